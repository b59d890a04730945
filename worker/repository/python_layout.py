"""Python's conventions; pure."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

_SETTINGS = frozenset({"setup.py", "conftest.py", "noxfile.py", "tasks.py", "__main__.py"})
_PREFIXES = ("", "src/", "lib/")
_LINE = re.compile(
    r"^[ \t]*(?:from[ \t]{1,9}([\w.]+)[ \t]{1,9}import[ \t]{1,9}([\w, \t*]+)|import[ \t]{1,9}([\w., \t]+))",
    re.MULTILINE,
)
"""Bounded where two parts could share what they match: strangers write what it reads."""


class PythonLayout:
    """A `worker.repository.layouts.Layout`."""

    language = "python"

    def is_code(self, path: str) -> bool:
        """By its suffix."""
        return path.endswith(".py")

    def is_test(self, path: str) -> bool:
        """As pytest finds them."""
        name = PurePosixPath(path).name
        return name.endswith(".py") and (name.startswith("test_") or name.endswith(("_test.py", "_tests.py")))

    def is_unit(self, path: str) -> bool:
        """Neither a test nor what configures a tool."""
        name = PurePosixPath(path).name
        return self.is_code(path) and not self.is_test(path) and name not in _SETTINGS

    def imports(self, path: str, text: str, known: Collection[str]) -> Mapping[str, str]:
        """Look from the importing file's folder upwards, with and without src/."""
        found: dict[str, str] = {}
        for level, module, names in _imported(text):
            wanted = [f"{module}.{name}" if module else name for name in names]
            for dotted in [*wanted, module] if module else wanted:
                place = _place(path, level, dotted, known)
                if place is not None and place[0] != path:
                    found.setdefault(*place)
        return found

    def surroundings(self, path: str, known: Collection[str]) -> tuple[str, ...]:
        """conftest.py of each folder up to the root, and what makes a folder a package."""
        folders = ["", *(f"{folder}/" for folder in map(str, PurePosixPath(path).parents) if folder != ".")]
        names = [f"{folder}{name}" for folder in folders for name in ("conftest.py", "__init__.py")]
        return tuple(name for name in names if name in known)


def _imported(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Dots in front, module, names that are taken from it."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from _imported_by_lines(text)
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield 0, alias.name, ()
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or "", tuple(alias.name for alias in node.names)


def _imported_by_lines(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Read what does not parse: a missing bracket must not hide what the rest imports."""
    for source, names, modules in _LINE.findall(text):
        for module in modules.split(","):
            if module.strip():
                yield 0, module.split()[0], ()
        if source:
            taken = tuple(name.split()[0] for name in names.split(",") if name.strip())
            yield len(source) - len(source.lstrip(".")), source.lstrip("."), taken


def _place(importer: str, level: int, dotted: str, known: Collection[str]) -> tuple[str, str] | None:
    parents = [f"{folder}/" if str(folder) != "." else "" for folder in PurePosixPath(importer).parents]
    relative = dotted.replace(".", "/")
    if level:
        folders = parents[level - 1 : level]
    else:
        folders = [f"{folder}{prefix}" for folder in parents for prefix in _PREFIXES]
    for folder in folders:
        for name in (f"{folder}{relative}.py", f"{folder}{relative}/__init__.py"):
            if name in known:
                return name, "" if level else folder
    return None
