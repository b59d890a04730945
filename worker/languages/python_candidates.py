"""Finding Python tests in an engine's answer, whatever surrounds them."""

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from worker.domain.candidate import Candidate, RejectionReason
from worker.domain.exchange import Subject
from worker.languages.answers import code_blocks
from worker.languages.python_survey import defined_names
from worker.languages.python_worth import reason_in

_TEST_START = re.compile(r"^(?:async\s+)?def\s+(test\w*)", re.MULTILINE)
_TOP_LEVEL = re.compile(r"^(?=(?:@|def |async def |class |import |from ))", re.MULTILINE)
_AT_MARGIN = re.compile(r"^(?=[^\s#)\]}])", re.MULTILINE)
_NOTE = re.compile(r"#\s*about (?P<target>\S+) \((?P<oracle>\w+)\)\s*$")
MAXIMUM_CANDIDATES = 400
"""Of one answer; what a model repeats beyond it is not worth a run."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def note(target: str, oracle: str) -> str:
    """Write the comment that tells where the next test comes from."""
    return f"# about {target} ({oracle})"


def candidates_in(text: str, subject: Subject) -> tuple[Candidate, ...]:
    """List the tests of an answer, each with the imports and helpers that it needs."""
    found: list[Candidate] = []
    names: set[str] = set()
    for block in code_blocks(text, "python"):
        for candidate in _candidates_of(textwrap.dedent(block), subject):
            name = _unique(candidate.name, names)
            names.add(name)
            code = re.sub(rf"\bdef {re.escape(candidate.name)}\b", f"def {name}", candidate.code, count=1)
            found.append(replace(candidate, name=name, code=code))
    return tuple(found[:MAXIMUM_CANDIDATES])


def fault_in(candidate: Candidate) -> RejectionReason | None:
    """Say whether the text alone disqualifies it."""
    try:
        tree = ast.parse("\n".join([*candidate.imports, candidate.code]))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return RejectionReason.UNPARSABLE
    functions = [node for node in tree.body if isinstance(node, Function) and node.name == candidate.name]
    if not functions:
        return RejectionReason.UNPARSABLE
    if not _asserts(functions[0]):
        return RejectionReason.ASSERTS_NOTHING
    return reason_in(functions[0], candidate.imports) if candidate.oracle == "engine" else None


def _asserts(function: Function) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Attribute) and (
            node.attr in ("raises", "warns") or node.attr.startswith("assert")
        ):
            return True
    return False


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}_{number}"
    return unique


def _candidates_of(block: str, subject: Subject) -> Iterator[Candidate]:
    try:
        tree = ast.parse(block)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from _salvaged(block, subject)
        return
    yield from _from_tree(tree, block, subject)


def _salvaged(block: str, subject: Subject) -> Iterator[Candidate]:
    """Take what can be read piece by piece; what can't be still counts as a candidate, to be rejected as such."""
    pieces = [piece for piece in _TOP_LEVEL.split(block) if piece.strip()]
    readable = []
    for piece in pieces:
        whole = next((text for text in (piece, _without_prose(piece)) if _is_python(text)), None)
        broken = _TEST_START.search(piece) if whole is None else None
        if whole is not None:
            readable.append(whole)
        elif broken:
            yield Candidate(name=broken[1], code=piece, oracle="engine")
    text = "".join(readable)
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    yield from _from_tree(tree, text, subject)


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _without_prose(piece: str) -> str:
    """Cut what a model says after a function, at the margin."""
    head, _, body = piece.partition("\n")
    return f"{head}\n{_AT_MARGIN.split(body, maxsplit=1)[0]}"


@dataclass
class _Surroundings:
    """What the tests of a block may need besides themselves."""

    imports: list[str] = field(default_factory=list)
    helpers: dict[str, ast.stmt] = field(default_factory=dict)


def _from_tree(tree: ast.Module, text: str, subject: Subject) -> Iterator[Candidate]:
    around = _surroundings(tree, subject)
    lines = text.splitlines()
    for node in tree.body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield _candidate(node, text, lines, around)
        elif isinstance(node, ast.ClassDef):
            for test in _tests_of_class(node):
                yield _candidate(test, "", lines, around)


def _surroundings(tree: ast.Module, subject: Subject) -> _Surroundings:
    around = _Surroundings()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            around.imports += _imports(node, subject)
        elif isinstance(node, Function) and not node.name.startswith("test"):
            around.helpers[node.name] = node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    around.helpers[target.id] = node
    return around


def _imports(node: ast.Import | ast.ImportFrom, subject: Subject) -> Iterator[str]:
    """One statement for each name; those of the subject become bindings, since it is loaded from its file."""
    name = subject.module_name
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[-1] != name:
                yield ast.unparse(ast.Import(names=[alias]))
            elif alias.asname or alias.name != name:
                yield f"{alias.asname or alias.name.split('.')[0]} = {name}"
    elif (node.module or "").split(".")[-1] == name or node.level > 0:
        for alias in node.names:
            yield from _bindings(alias, subject)
    else:
        for alias in node.names:
            yield ast.unparse(ast.ImportFrom(module=node.module, names=[alias], level=0))


def _bindings(alias: ast.alias, subject: Subject) -> Iterator[str]:
    name = subject.module_name
    if alias.name == "*":
        public = (each for each in sorted(defined_names(subject.source)) if not each.startswith("_"))
        yield from (f"{each} = {name}.{each}" for each in public)
    elif alias.name != name:
        yield f"{alias.asname or alias.name} = {name}.{alias.name}"
    elif alias.asname:
        yield f"{alias.asname} = {name}"


def _candidate(node: Function, text: str, lines: Sequence[str], around: _Surroundings) -> Candidate:
    used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    helpers = _needed(used, around)
    is_verbatim = bool(text) and not node.decorator_list
    code = "\n".join(lines[node.lineno - 1 : node.end_lineno]) if is_verbatim else None
    if helpers or code is None:
        node.body = [*helpers, *node.body]
        code = ast.unparse(ast.fix_missing_locations(node))
    used |= {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    imports = tuple(dict.fromkeys(line for line in around.imports if _bound(line) & used))
    known = _NOTE.search(lines[node.lineno - 2]) if text and node.lineno >= 2 else None
    return Candidate(
        name=node.name,
        code=code.rstrip() + "\n",
        imports=imports,
        oracle=known["oracle"] if known else "engine",
        target=known["target"] if known else "",
    )


def _needed(used: set[str], around: _Surroundings) -> list[ast.stmt]:
    """Helpers that the names reach, in the order of the block."""
    reached: set[str] = set()
    pending = set(used)
    while pending:
        name = pending.pop()
        if name in around.helpers and name not in reached:
            reached.add(name)
            pending |= {each.id for each in ast.walk(around.helpers[name]) if isinstance(each, ast.Name)}
    return list(dict.fromkeys(statement for name, statement in around.helpers.items() if name in reached))


def _bound(line: str) -> set[str]:
    """Names that an import or binding makes."""
    if " = " in line:
        return {line.partition(" = ")[0]}
    return {line.rpartition(" as ")[2] if " as " in line else line.rpartition("import ")[2].partition(".")[0]}


def _tests_of_class(node: ast.ClassDef) -> Iterator[Function]:
    """Turn methods into functions; `self` becomes a TestCase, which has every assertion and takes attributes."""
    methods = {each.name: each for each in node.body if isinstance(each, Function)}
    setup = [
        statement for name in ("setUp", "setup_method") if name in methods for statement in methods[name].body
    ]
    for method in methods.values():
        if not method.name.startswith("test") or not method.args.args:
            continue
        method.args.args = method.args.args[1:]
        uses_self = any(
            isinstance(each, ast.Name) and each.id == "self"
            for part in (*setup, method)
            for each in ast.walk(part)
        )
        start = ast.parse("import unittest\nself = unittest.TestCase()").body if uses_self else []
        method.body = [*start, *(setup if uses_self else []), *method.body]
        yield method
