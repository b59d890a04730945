"""Finding tests in what an engine answered: fenced or not, in `describe` or not, in the manner of node:test or of Jest.

Each test becomes a Candidate of its own. What tests share at the top of the answer (constants, functions) goes along with those that use
it, in a block; imports of the subject and of the test library are left out, because the assembled file has its own.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tree_sitter import Node

from worker.domain.candidate import Candidate, RejectionReason
from worker.languages.answers import code_blocks
from worker.languages.javascript_expect import without_expect
from worker.languages.javascript_syntax import IDENTIFIER, parse, text_of, walk
from worker.languages.javascript_worth import reason_in

OBSERVED_MARK = "// ddf: observed"
"""First line of an answer whose expected values were observed by running the code."""

_OBSERVED = {
    "characterization": OBSERVED_MARK,
    "property": "// ddf: held for every input",
    "docstring": "// ddf: promised by a comment",
}
"""Oracle -> what stands before its tests in the answer of the built-in engine."""

_STATEMENT = re.compile(
    r"\s*(?:(?:test|it|describe|suite|context)\b[.(]|(?:import|export|const|let|var|function|async|class)\s|//|/\*|['\"]use strict)"
)
_LAST = re.compile(r"[)}\]]|(?:test|it)\(.*\);?\s*$")
"""The last line of a statement at the margin."""
_SENTENCE = re.compile(r"[A-Z][\w']*[ ,]")
_TESTS = frozenset({"test", "it", "test.only", "it.only"})
_GROUPS = frozenset({"describe", "suite", "context", "describe.only"})
_LIBRARIES = re.compile(r"^(node:)?(test|assert|assert/strict)$|^(jest|vitest|mocha|chai|@jest/globals)$")
_SHARED = frozenset(
    {"lexical_declaration", "variable_declaration", "function_declaration", "class_declaration"}
)
_SOURCE = re.compile(r"""(?:require\s*\(\s*|from\s+|import\s+)['"]([^'"]+)['"]""")
_ESM_IMPORT = re.compile(r"""^import\s+(?:\*\s+as\s+)?(.+?)\s+from\s+(['"][^'"]+['"]);?$""", re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL)
_MAXIMUM = 200


@dataclass(frozen=True, kw_only=True)
class _Found:
    """A call of `test` in an answer."""

    call: Node
    """The call."""
    shared: tuple[str, ...]
    """Declarations in reach of it."""


def observed_text(entries: Sequence[Mapping[str, Any]]) -> str:
    """Write what exploration reported, by oracle, so that `find_candidates` finds it again."""
    lines: list[str] = []
    for oracle, mark in _OBSERVED.items():
        lines += [mark, *(one["test"] for one in entries if "test" in one and one.get("oracle") == oracle)]
    return "\n".join([*lines, ""])


def find_candidates(text: str, *, module_names: Sequence[str]) -> tuple[Candidate, ...]:
    """Find the tests; `module_names` are the names bound to the subject in the assembled file."""
    found: dict[str, Candidate] = {}
    for block, oracle in _blocks(text):
        root = parse(without_expect(block) if oracle == "engine" else block)
        imports = tuple(_imports(root))
        for test in _tests(root.children, ()):
            candidate = _candidate(test, imports, module_names, oracle)
            name, number = candidate.name, 2
            while candidate.name in found:
                candidate = _renamed(test, candidate, f"{name} ({number})")
                number += 1
            found[candidate.name] = candidate
            if len(found) >= _MAXIMUM:
                return tuple(found.values())
    return tuple(found.values())


def fault_in(candidate: Candidate) -> RejectionReason | None:
    """Judge by the text alone."""
    root = parse(candidate.code)
    if root.has_error:
        return RejectionReason.UNPARSABLE
    is_asserting = any(node.type == "identifier" and text_of(node) == "assert" for node in walk(root))
    if not is_asserting:
        return RejectionReason.ASSERTS_NOTHING
    return reason_in(candidate.code, candidate.roots) if candidate.oracle == "engine" else None


def _blocks(text: str) -> list[tuple[str, str]]:
    """Return the texts that may hold tests, each with its oracle."""
    if text.lstrip().startswith(OBSERVED_MARK):
        marks = {mark: oracle for oracle, mark in _OBSERVED.items()}
        parts = re.split(rf"^({'|'.join(map(re.escape, marks))})$", text, flags=re.MULTILINE)
        return [(tests, marks[mark]) for mark, tests in zip(parts[1::2], parts[2::2], strict=True)]
    return [(without_prose(block), "engine") for block in code_blocks(text, "javascript")]


def without_prose(code: str) -> str:
    """Cut the sentences before and after code that stands in no fence."""
    lines = code.split("\n")
    first = next((at for at, line in enumerate(lines) if _STATEMENT.match(line)), 0)
    last = next((at for at in range(len(lines) - 1, first, -1) if _LAST.match(lines[at])), None)
    is_said = last is not None and any(_SENTENCE.match(line) for line in lines[last + 1 :])
    return "\n".join(lines[first : last + 1 if is_said and last is not None else None])


def _tests(nodes: Sequence[Node], outer: tuple[str, ...]) -> Iterator[_Found]:
    """Yield the tests among statements, those in groups and in prose that the parser could not read too."""
    shared = list(outer)
    for node in nodes:
        if node.type in _SHARED and not _SOURCE.search(text_of(node)):
            shared.append(text_of(node))
        if node.type == "ERROR":
            yield from _tests(node.children, tuple(shared))
        call = node.named_children[0] if node.type == "expression_statement" and node.named_children else node
        if call.type != "call_expression":
            continue
        called = text_of(call.child_by_field_name("function"))
        if called in _TESTS:
            yield _Found(call=call, shared=tuple(shared))
        elif called in _GROUPS:
            body = _body_of(call)
            if body is not None:
                yield from _tests(body.children, tuple(shared))


def _body_of(call: Node) -> Node | None:
    arguments = call.child_by_field_name("arguments")
    for argument in reversed(arguments.named_children if arguments else []):
        body = argument.child_by_field_name("body")
        if body is not None:
            return body
    return None


def _candidate(test: _Found, imports: tuple[str, ...], module_names: Sequence[str], oracle: str) -> Candidate:
    code = text_of(test.call)
    shared = [
        one
        for one in test.shared
        if any(re.search(rf"\b{re.escape(name)}\b", code) for name in _declared(one))
    ]
    used = {match[0] for match in IDENTIFIER.finditer(code)}
    target = next((name for name in module_names if name in used), "")
    return _renamed(
        test,
        Candidate(
            name=_name_of(test.call) or "a test without a name",
            code="\n".join(["{", *shared, "@test", "}"]) if shared else "@test",
            imports=tuple(one for one in imports if any(name in used for name in _declared(one))),
            oracle=oracle,
            target=target,
            roots=tuple(name for name in module_names if name in used or any(name in one for one in shared)),
        ),
        None,
    )


def _renamed(test: _Found, candidate: Candidate, name: str | None) -> Candidate:
    """Write the call under a name; the engine's own spelling of `it` and `test.only` becomes `test`."""
    arguments = test.call.child_by_field_name("arguments")
    written = [text_of(one) for one in arguments.named_children] if arguments else []
    named = name or candidate.name
    rest = written[1:] if _name_of(test.call) else written
    call = f"test({', '.join([quoted(named), *rest])});"
    if name is None:
        return _with(candidate, named, candidate.code.replace("@test", call, 1))
    shared = candidate.code.startswith("{\n")
    head = candidate.code[: candidate.code.index("\ntest(") + 1] if shared else ""
    return _with(candidate, named, f"{head}{call}\n}}" if shared else call)


def _with(candidate: Candidate, name: str, code: str) -> Candidate:
    return replace(candidate, name=name, code=code)


def quoted(text: str) -> str:
    """Write text as a JavaScript string, in single quotes unless double quotes read better."""
    quote = '"' if "'" in text and '"' not in text else "'"
    body = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    plain = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in body)
    return f"{quote}{plain}{quote}"


def _name_of(call: Node) -> str:
    arguments = call.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments and arguments.named_children else None
    if first is None or first.type not in {"string", "template_string"}:
        return ""
    body = text_of(first)[1:-1]
    return _ESCAPE.sub(_unescaped, body).replace("\n", " ").strip()


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return " " if match[2] in "nrt" else match[2]


def _declared(statement: str) -> list[str]:
    """Name what a declaration or a `const … = require(…)` binds."""
    head = (
        statement.partition("=")[0]
        if not statement.startswith(("function", "class", "async"))
        else statement[:200]
    )
    words = [word for word in IDENTIFIER.findall(head) if word not in {"const", "let", "var", "async"}]
    if statement.startswith(("function", "class", "async")):
        return [word for word in words if word not in {"function", "class"}][:1]
    return words


def _imports(root: Node) -> Iterator[str]:
    """Yield imports of Node's own modules, all written as `const … = require(…)`."""
    for node in root.children:
        source = _SOURCE.search(text_of(node)) if node.type in {"import_statement", *_SHARED} else None
        if source is None or _LIBRARIES.match(source[1]) or source[1].startswith((".", "/")):
            continue
        if node.type != "import_statement":
            yield text_of(node)
            continue
        parts = _ESM_IMPORT.match(text_of(node))
        if parts is not None:
            yield f"const {re.sub(r' as ', ': ', parts[1])} = require({parts[2]});"
