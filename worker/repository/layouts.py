"""Where the languages of a repository keep code and tests, and which file imports which: read from names and text, nothing is run."""

from collections.abc import Collection, Mapping
from typing import Protocol

from worker.repository.python_layout import PythonLayout
from worker.repository.script_layout import JAVASCRIPT, TYPESCRIPT

IGNORED_FOLDERS = frozenset(
    {
        *("node_modules", "site-packages", "vendor", "third_party", "bower_components"),
        *("venv", ".venv", "env", "__pycache__", "dist", "build", "out", "coverage", "target"),
        *(".git", ".tox", ".nox", ".eggs", ".next", ".cache", ".yarn"),
    }
)
"""What others wrote, or a machine."""


class Layout(Protocol):
    """The conventions of one language."""

    @property
    def language(self) -> str:
        """As jobs name it."""

    def is_code(self, path: str) -> bool:
        """Whether it is a file of this language that a person wrote."""

    def is_test(self, path: str) -> bool:
        """Whether it holds tests, by its name."""

    def is_unit(self, path: str) -> bool:
        """Whether it is worth mending or testing: no test, no setting."""

    def imports(self, path: str, text: str, known: Collection[str]) -> Mapping[str, str]:
        """Return the files that it imports, each with the folder that the import was told from."""

    def surroundings(self, path: str, known: Collection[str]) -> tuple[str, ...]:
        """Return what a runner takes along without being told."""


LAYOUTS: tuple[Layout, ...] = (PythonLayout(), JAVASCRIPT, TYPESCRIPT)


def layout_of(path: str) -> Layout | None:
    """Return the layout of a file's language; None where nobody knows it, or others wrote it."""
    if IGNORED_FOLDERS.intersection(path.split("/")[:-1]):
        return None
    return next((layout for layout in LAYOUTS if layout.is_code(path)), None)


def is_test(path: str) -> bool:
    """Whether it holds tests in a language that is known."""
    layout = layout_of(path)
    return layout is not None and layout.is_test(path)


def is_unit(path: str) -> bool:
    """Whether it is worth mending or testing in a language that is known."""
    layout = layout_of(path)
    return layout is not None and layout.is_unit(path)
