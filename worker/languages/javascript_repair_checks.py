"""What the text of a patch alone speaks against it: it is only ever a candidate, whoever wrote it."""

import re
from collections import Counter
from collections.abc import Sequence

from tree_sitter import Node

from worker.domain.errors import PatchInapplicable
from worker.domain.job import SourceFile
from worker.domain.patch import Patch, PatchOrigin, changed_lines
from worker.domain.repair import Broken
from worker.languages.javascript_syntax import parse, syntax_fault, text_of, top_level, walk

_HARMLESS = frozenset(
    {
        "assert",
        "path",
        "url",
        "util",
        "events",
        "querystring",
        "string_decoder",
        "punycode",
        "buffer",
        "crypto",
    }
)
"""Modules that a fix may bring in; nothing of them reaches another process, host or file."""
_FORBIDDEN = frozenset(
    {
        "eval", "Function", "process", "globalThis", "global", "require", "WebAssembly", "fetch", "XMLHttpRequest", "WebSocket", "Worker",
        "__proto__", "constructor", "prototype", "setPrototypeOf", "defineProperty", "__defineGetter__", "Proxy", "Reflect", "Error.prepareStackTrace",
        "mainModule", "binding", "reallyExit", "__ddf", "assert", "describe", "test", "it", "expect",
    }
)  # fmt: skip
_IMPORT = re.compile(r"""(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)(['"`])(?P<name>[^'"`]+)\1""")
_LARGEST_LINES, _LARGEST_SHARE = 12, 0.4
_TELLING = 2
_LONG_VALUE = 3


def objection_to(
    patch: Patch, broken: Broken, *, parsed: str | None = None, before: str | None = None
) -> str:
    """Say what speaks against it, or nothing. A language with types gives what is left of both texts without them."""
    source = broken.subject.source
    try:
        changed = patch.applied_to(source)
    except PatchInapplicable as error:
        return str(error)
    if changed == source:
        return "it changes nothing"
    now, then = (
        parse(parsed if parsed is not None else changed),
        parse(before if before is not None else source),
    )
    fault = syntax_fault(now)
    if fault is not None:
        return f"it does not parse: {fault}"[:200]
    was_readable = syntax_fault(then) is None
    is_foreign = patch.origin is PatchOrigin.ENGINE
    is_by_rule = patch.origin is PatchOrigin.FIXER  # it imports what the code already speaks of
    return (
        ("" if is_by_rule else _imported(changed, source))
        or (_forbidden(now, then) if was_readable and not is_by_rule else "")
        or (_too_large(source, changed) if is_foreign else "")
        or (_lost(now, then) if was_readable else "")
        or (_knows_tests(now, then, broken.tests) if is_foreign else "")
    )


def _imported(changed: str, source: str) -> str:
    had = {found["name"] for found in _IMPORT.finditer(source)}
    for found in _IMPORT.finditer(changed):
        name = found["name"]
        if name not in had and name.removeprefix("node:") not in _HARMLESS:
            return f"it brings in the module {name}"
    return ""


def _forbidden(now: Node, then: Node) -> str:
    new = _names(now) - _names(then)
    return next((f"it uses {name}" for name in sorted(new) if name in _FORBIDDEN), "")


def _names(root: Node) -> Counter[str]:
    kinds = {"identifier", "property_identifier", "shorthand_property_identifier"}
    found = Counter(text_of(node) for node in walk(root) if node.type in kinds)
    found.update(
        text_of(node)[1:-1]
        for node in walk(root)
        if node.type == "string" and text_of(node)[1:-1] in _FORBIDDEN
    )
    return found


def _too_large(source: str, changed: str) -> str:
    lines = changed_lines(source, changed)
    most = max(_LARGEST_LINES, int(_LARGEST_SHARE * (source.count("\n") + 1)))
    return f"it changes {lines} lines, more than {most}" if lines > most else ""


def _lost(now: Node, then: Node) -> str:
    """See that everything that stood at the top is still there, and that what is exported is."""
    kept = {name for name, _ in top_level(now)}
    for name, _ in top_level(then):
        if name not in kept:
            return f"it takes {name} away"
    exports = _exports(then) - _exports(now)
    return f"it no longer exports {min(exports)[:60]}" if exports else ""


def _exports(root: Node) -> set[str]:
    found = set()
    for node in walk(root):
        left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
        if left is not None and text_of(left).startswith(("module.exports", "exports.")):
            found.add(text_of(left))
    return found


def _knows_tests(now: Node, then: Node, tests: Sequence[SourceFile]) -> str:
    """See whether it answers by values that only the tests hold."""
    new = _values(now) - _values(then)
    texts = "\n".join(file.text for file in tests)
    telling = [value for value in sorted(new) if len(value) >= _LONG_VALUE and value in texts]
    return f"it holds values of the tests: {', '.join(telling)[:100]}" if len(telling) >= _TELLING else ""


def _values(root: Node) -> set[str]:
    return {text_of(node) for node in walk(root) if node.type in {"string", "number", "template_string"}}
