"""What the text of a patch alone speaks against it: it is only ever a candidate, whoever wrote it."""

import ast
import sys
from collections import Counter
from collections.abc import Sequence

from worker.domain.errors import PatchInapplicable
from worker.domain.job import SourceFile
from worker.domain.patch import Patch, PatchOrigin, changed_lines
from worker.domain.repair import Broken

HARMLESS = frozenset(
    [
        "abc",
        "array",
        "bisect",
        "calendar",
        "cmath",
        "collections",
        "copy",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "json",
        "math",
        "numbers",
        "operator",
        "random",
        "re",
        "statistics",
        "string",
        "textwrap",
        "types",
        "typing",
        "unicodedata",
        "zoneinfo",
        "contextlib",
        "io",
        "pathlib",
        "time",
    ]
)
"""Modules that a fix may bring in; nothing of them reaches another process or host."""
_CALLS = frozenset(
    [
        "eval",
        "exec",
        "compile",
        "__import__",
        "open",
        "input",
        "breakpoint",
        "globals",
        "locals",
        "vars",
        "setattr",
        "delattr",
        "exit",
        "quit",
        "memoryview",
    ]
)
_NAMES = frozenset(
    [
        "__builtins__",
        "__loader__",
        "__spec__",
        "PYTEST_CURRENT_TEST",
        "pytest",
        "unittest",
        "sys",
        "os",
        "subprocess",
        "socket",
        "ctypes",
        "importlib",
        "inspect",
        "gc",
        "builtins",
    ]
)
_LARGEST_LINES, _LARGEST_SHARE = 12, 0.4
"""A patch may change so many lines, or such a share of a larger module."""
_TELLING = 2
"""So many values that only the tests hold make a patch one that knows its tests."""


def objection_to(patch: Patch, broken: Broken) -> str:
    """Say what speaks against it, or nothing."""
    source = broken.subject.source
    try:
        changed = patch.applied_to(source)
    except PatchInapplicable as error:
        return str(error)
    if changed == source:
        return "it changes nothing"
    try:
        tree = ast.parse(changed)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"it does not parse: {error}"[:200]
    before = _tree_or_none(source)
    return (
        _forbidden(tree, before)
        or (_too_large(source, changed) if patch.origin is PatchOrigin.ENGINE else "")
        or (_lost(tree, before) if before is not None else "")
        or (_knows_tests(tree, before, broken.tests) if patch.origin is PatchOrigin.ENGINE else "")
    )


def _tree_or_none(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _forbidden(tree: ast.Module, before: ast.Module | None) -> str:
    """Look for modules, calls and names that were not there; in a source that did not parse, all count as new."""
    had = _modules(before) if before is not None else frozenset(sys.stdlib_module_names)
    for name in sorted(_modules(tree) - had):
        if name not in HARMLESS:
            return f"it brings in the module {name}"
    if before is None:
        return ""
    new = _uses(tree) - _uses(before)
    for name in sorted(new):
        if name in _CALLS or name in _NAMES or (name.startswith("__") and name.endswith("__")):
            return f"it uses {name}"
    return ""


def _modules(tree: ast.Module) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or ".").partition(".")[0])
    return frozenset(found)


def _uses(tree: ast.Module) -> Counter[str]:
    """Count names, and what is reached or defined between two underscores: an `__eq__` that is always true passes any test."""
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found[node.id] += 1
        elif isinstance(node, ast.Attribute) and node.attr.startswith("__"):
            found[node.attr] += 1
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("__"):
            found[node.name] += 1
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _NAMES:
            found[node.value] += 1
    return found


def _too_large(source: str, changed: str) -> str:
    lines = changed_lines(source, changed)
    most = max(_LARGEST_LINES, int(_LARGEST_SHARE * (source.count("\n") + 1)))
    return f"it changes {lines} lines, more than {most}" if lines > most else ""


def _lost(tree: ast.Module, before: ast.Module) -> str:
    """See that every definition is still there and called in the same way."""
    now = _signatures(tree)
    for name, signature in _signatures(before).items():
        if name not in now:
            return f"it takes {name} away"
        if now[name] != signature:
            return f"it changes how {name} is called"
    return ""


def _signatures(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for node in tree.body:
        members = node.body if isinstance(node, ast.ClassDef) else []
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        for inner in [node, *members]:
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = inner.args
                every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                found[prefix + inner.name] = tuple(one.arg for one in every)
            elif isinstance(inner, ast.ClassDef):
                found[inner.name] = ()
    return found


def _knows_tests(tree: ast.Module, before: ast.Module | None, tests: Sequence[SourceFile]) -> str:
    """Values that are in the tests and were not in the code: the answers, written down."""
    own = _values(before) if before is not None else frozenset()
    known: set[str] = set()
    for file in tests:
        parsed = _tree_or_none(file.text)
        known |= _values(parsed) if parsed is not None else frozenset()
    copied = sorted((_values(tree) - own) & known)
    return f"it repeats values of the tests ({', '.join(copied)[:80]})" if len(copied) >= _TELLING else ""


def _values(tree: ast.Module) -> frozenset[str]:
    """Constants that hardly two people write by chance."""
    values = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return frozenset(
        repr(value)
        for value in values
        if (isinstance(value, str) and len(value) > 2)
        or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) > 10)
    )
