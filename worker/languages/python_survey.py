"""Reading Python source without running it: what there is to test, and what stands in the way."""

import ast
import re
import sys
from collections.abc import Iterator, Sequence

from worker.domain.errors import SourceRejected
from worker.domain.exchange import Survey
from worker.languages.python_skips import skipped_in


def parse(source: str) -> ast.Module:
    """Parse; SourceRejected says where and why it can't be."""
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise SourceRejected(f"line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceRejected(f"the code can't be parsed: {error or type(error).__name__}") from error


def survey(source: str, *, only: Sequence[str] = ()) -> Survey:
    """List the public functions and methods, or those that were asked for, and the lines that can be covered."""
    tree = parse(source)
    skipped = skipped_in(tree)
    left_out = {name for name, _ in skipped}
    targets = tuple(name for name in _targets(tree.body, "") if name not in left_out)
    if skipped and not targets:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:5])
        raise SourceRejected(f"the sandbox forbids what there is to test ({reasons})")
    public = tuple(name for name in targets if not any(_is_private(part) for part in name.split(".")))
    lines = _executable_lines(source)
    if not only:
        return Survey(
            targets=public or targets,
            executable_lines=lines,
            skipped=skipped,
            decisions=_decisions(tree),
        )
    wanted = tuple(name for name in targets if any(_is_within(name, unit) for unit in only))
    asked = tuple(item for item in skipped if any(_is_within(item[0], unit) for unit in only))
    if not wanted:
        raise SourceRejected(_none_of(only, asked))
    return Survey(
        targets=wanted,
        executable_lines=lines & (lines_of(source, only) or frozenset()),
        skipped=asked,
        decisions=_decisions(tree),
    )


def _none_of(only: Sequence[str], skipped: Sequence[tuple[str, str]]) -> str:
    if not skipped:
        return f"the code has none of {', '.join(only)[:200]}"
    return (
        f"the sandbox forbids what was asked for ({'; '.join(f'{name}: {why}' for name, why in skipped[:5])})"
    )


def lines_of(source: str, only: Sequence[str]) -> frozenset[int] | None:
    """Return the lines of the units that were asked for, 1-based; None where all were."""
    if not only:
        return None
    lines: set[int] = set()
    for name, node in _units(parse(source).body, ""):
        if name in only:
            lines.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(lines)


def _units(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.stmt]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef) and not prefix:
            yield from _units(node.body, f"{node.name}.")


def _decisions(tree: ast.Module) -> dict[str, int]:
    """Count the places at which each unit branches."""
    return {
        name: sum(isinstance(inner, _DECISIONS) for inner in ast.walk(node))
        for name, node in _units(tree.body, "")
    }


_DECISIONS = (
    *(ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.BoolOp),
    *(ast.ExceptHandler, ast.comprehension, ast.match_case, ast.Assert),
)


def _is_within(name: str, unit: str) -> bool:
    return name == unit or name.startswith(f"{unit}.")


def _targets(body: Sequence[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name
        elif isinstance(node, ast.ClassDef) and not prefix:
            yield from _targets(node.body, f"{node.name}.")


def _is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def _executable_lines(source: str) -> frozenset[int]:
    """Lines that the compiler made code for."""
    try:
        pending = [compile(source, "<subject>", "exec", dont_inherit=True)]
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else str(error)
        raise SourceRejected(f"the code can't be compiled: {line}") from error
    lines: set[int] = set()
    while pending:
        code = pending.pop()
        lines.update(line for _, _, line in code.co_lines() if line)
        pending += [constant for constant in code.co_consts if isinstance(constant, type(code))]
    return frozenset(lines)


def accelerators(source: str) -> tuple[str, ...]:
    """Modules that replace the code under test where they are there: `try: from _bisect import *` … `except ImportError`.

    They are left out while testing, or the tests would say nothing about the code at hand.
    """
    found = []
    for node in parse(source).body:
        if isinstance(node, ast.Try) and _catches_import_error(node):
            found += [
                statement.module
                for statement in node.body
                if isinstance(statement, ast.ImportFrom)
                and statement.module
                and statement.module.startswith("_")
            ]
    return tuple(dict.fromkeys(found))


def _catches_import_error(node: ast.Try) -> bool:
    names = {ast.unparse(handler.type) for handler in node.handlers if handler.type}
    return bool(names & {"ImportError", "ModuleNotFoundError"})


def defined_names(source: str) -> frozenset[str]:
    """Names that the module binds at its top level, as far as the text shows."""
    names: set[str] = set()
    for node in ast.walk(parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return frozenset(names)


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset({"pytest", "conftest", "sys", "builtins", "ddf_harness", "importlib"})
"""Names that a file beside a test can't have without breaking the runner itself."""


def module_name_of(path: str | None) -> str:
    """Make a module name of a sender's path."""
    if not path:
        return "subject"
    stem = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].removesuffix(".py").removesuffix(".pyi")
    name = "_".join(_WORD.findall(stem.replace("-", "_")))[:60]
    if not name or name == "__init__":
        return "subject"
    is_taken = name in _RESERVED or name.startswith("test_") or name in _KEYWORDS
    return f"{name}_subject" if is_taken else name


_KEYWORDS = frozenset({"None", "True", "False", "print", *sys.builtin_module_names}) | frozenset(
    [
        "and",
        "as",
        "assert",
        "async",
        "await",
        "break",
        "class",
        "continue",
        "def",
        "del",
        "elif",
        "else",
        "except",
        "finally",
        "for",
        "from",
        "global",
        "if",
        "import",
        "in",
        "is",
        "lambda",
        "nonlocal",
        "not",
        "or",
        "pass",
        "raise",
        "return",
        "try",
        "while",
        "with",
        "yield",
    ]
)
