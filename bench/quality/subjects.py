"""What suites are made for: tasks with a correct program and a buggy twin, and modules of the standard library."""

import ast
import importlib.util
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MODULES = (
    "bisect",
    "colorsys",
    "difflib",
    "fnmatch",
    "fractions",
    "graphlib",
    "heapq",
    "shlex",
    "string",
    "textwrap",
)
"""Pure ones whose source comes with Python, named before any side was run on them. One was exchanged since: Pynguin fails to instrument
statistics, so graphlib stands in its place. Those on which Pynguin starts and does not end stay, and count as a suite that is missing."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A program that a suite is made for."""

    name: str
    """As the tables show it."""
    module: str
    """Name of the module that the suite imports: no module of the standard library has it."""
    correct: str
    """The program that the suite is made from."""
    buggy: str | None = None
    """The same program with a bug that a person put in."""
    most_mutants: int = 30
    """Mutants that judge the suite, at most."""


def tasks_in(path: Path) -> list[Subject]:
    """Read the tasks of one language."""
    return [
        Subject(
            name=one["task_id"],
            module=one["task_id"].lower().replace("/", "_"),
            correct=one["prompt"] + one["canonical_solution"],
            buggy=one["prompt"] + one["buggy_solution"],
        )
        for one in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def stdlib_modules() -> list[Subject]:
    """Read the modules from the Python that runs, each under a name of its own and without what C would replace of it."""
    found = []
    for name in MODULES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            raise SystemExit(f"the source of the module {name} does not come with this Python")
        source = without_accelerators(Path(spec.origin).read_text(encoding="utf-8"))
        found.append(Subject(name=name, module=f"ddf_{name}", correct=source, most_mutants=60))
    return found


def without_accelerators(source: str) -> str:
    """Leave out each `try: from _module import ...` whose failing is foreseen: what it imports is not the code under test."""
    return without_lines(
        source,
        [
            (node.lineno, node.end_lineno or node.lineno)
            for node in ast.parse(source).body
            if isinstance(node, ast.Try) and all(map(_is_from_private_module, node.body)) and _foresees(node)
        ],
    )


def without_lines(source: str, spans: Iterable[tuple[int, int]]) -> str:
    """Leave out lines from the first to the last of each span, as Python numbers them: a form feed ends none."""
    gone = {number for first, last in spans for number in range(first, last + 1)}
    return "\n".join(line for number, line in enumerate(source.split("\n"), 1) if number not in gone)


def _is_from_private_module(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith("_")


def _foresees(node: ast.Try) -> bool:
    return any(
        isinstance(handler.type, ast.Name) and handler.type.id in {"ImportError", "ModuleNotFoundError"}
        for handler in node.handlers
    )


def spread(subjects: list[Subject], most: int) -> list[Subject]:
    """Take so many, evenly from all of them."""
    count = min(most, len(subjects))
    return [subjects[number * len(subjects) // count] for number in range(count)]
