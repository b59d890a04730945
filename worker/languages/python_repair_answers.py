"""Patches in what an engine answered: a whole module, or whole functions that take the place of those of the same name."""

import ast
import textwrap
from collections.abc import Iterator

from worker.domain.patch import Patch, as_written
from worker.domain.repair import Broken
from worker.languages.answers import code_blocks

_MOST = 8
_COST = 5.0
"""Of an engine's patch: behind what follows from a rule, and beside the dearer of the small changes."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def patches_in(text: str, broken: Broken) -> tuple[Patch, ...]:
    """Find them; what can't be read is left out."""
    found: dict[str, Patch] = {}
    for block in code_blocks(text, "python"):
        for changed in _changed_by(textwrap.dedent(block), broken.subject.source):
            if changed != broken.subject.source and changed not in found:
                found[changed] = as_written(broken.subject.source, changed, cost=_COST)
    return tuple(found.values())[:_MOST]


def _changed_by(block: str, source: str) -> Iterator[str]:
    tree, whole = _parsed(block), _parsed(source)
    if tree is None:
        return
    if whole is None or _names(whole) <= _names(tree):
        yield block if block.endswith("\n") else f"{block}\n"
        return
    changed = source
    for node in tree.body:
        if isinstance(node, Function):
            changed = _with_function(changed, block, node)
    yield _with_new_imports(changed, source, tree)


def _with_new_imports(changed: str, source: str, tree: ast.Module) -> str:
    """Keep what the answer imports besides; whether it may is asked later."""
    wanted = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    fresh = [line for line in wanted if line not in source]
    return "".join(f"{line}\n" for line in fresh) + changed if fresh and changed != source else changed


def _with_function(source: str, block: str, node: Function) -> str:
    """Put a function in the place of the only one of its name, at that one's depth."""
    tree = _parsed(source)
    if tree is None:
        return source
    others = [each for each in ast.walk(tree) if isinstance(each, Function) and each.name == node.name]
    if len(others) != 1:
        return source
    old, lines = others[0], source.split("\n")
    first = min([old.lineno, *(each.lineno for each in old.decorator_list)])
    own = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    written = textwrap.dedent("\n".join(block.split("\n")[own - 1 : node.end_lineno]))
    indented = textwrap.indent(written, " " * old.col_offset)
    return "\n".join([*lines[: first - 1], *indented.split("\n"), *lines[old.end_lineno or first :]])


def _names(tree: ast.Module) -> frozenset[str]:
    return frozenset(node.name for node in tree.body if isinstance(node, Function | ast.ClassDef))


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
