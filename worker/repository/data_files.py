"""Files that tests and modules read: found by the names that stand in their text, bounded in size and number; pure.

`path.join(here, 'fixtures', 'users.json')` names a file, `'fixtures'` in a test a whole folder. What lies outside of the tree can't be
named: only plain files of the commit are looked at, no links.
"""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from worker.repository.layouts import IGNORED_FOLDERS, is_test, layout_of

MOST_DATA_FILES = 100
"""Data files that are read of one commit…"""

MOST_DATA_BYTES = 100_000
"""…each of so many bytes at most."""

MOST_BESIDE = 20
"""Data files that go along with one unit…"""

MOST_BYTES_BESIDE = 500_000
"""…of so many characters in all."""

_SUFFIXES = (
    *(".json", ".jsonl", ".ndjson", ".json5", ".txt", ".csv", ".tsv", ".xml", ".html", ".htm", ".md", ".svg"),
    *(".yaml", ".yml", ".toml", ".ini", ".sql", ".graphql", ".css", ".log", ".properties", ".xsd", ".tmpl"),
)
_SETTINGS = re.compile(r"^(?:package(?:-lock)?|tsconfig.*)\.json$")
_LITERAL = re.compile(r"""(['"`])((?:\\.|(?!\1)[^\\\n]){1,200})\1""")
_JOINED = 4
"""Literals of one line that may stand for one path."""


def is_data(path: str) -> bool:
    """Whether it is a text that tests may read, by its name."""
    folders = path.split("/")[:-1]
    name = posixpath.basename(path)
    return (
        name.endswith(_SUFFIXES)
        and _SETTINGS.match(name) is None
        and IGNORED_FOLDERS.isdisjoint(folders)
        and not any(folder.startswith(".") for folder in folders)
    )


@dataclass(frozen=True)
class Shelf:
    """The data files of a repository."""

    files: frozenset[str]
    """Paths."""
    folders: Mapping[str, tuple[str, ...]]
    """Folder -> the files below it."""
    names: frozenset[str]
    """Last parts of all of these: what does not end so names nothing here."""

    @classmethod
    def of(cls, paths: Collection[str]) -> "Shelf":
        """Sort them."""
        files = sorted(path for path in paths if is_data(path))
        folders: dict[str, list[str]] = {}
        for path in files:
            folder = posixpath.dirname(path)
            while folder:
                folders.setdefault(folder, []).append(path)
                folder = posixpath.dirname(folder)
        places = [*files, *folders]
        return cls(
            files=frozenset(files),
            folders={folder: tuple(below) for folder, below in folders.items()},
            names=frozenset(posixpath.basename(place) for place in places),
        )

    def named_in(self, path: str, text: str) -> dict[str, None]:
        """Return the files that a text at a path names, seen from its folder or from one above; of a test whole folders, too."""
        found: dict[str, None] = {}
        for name in _names_in(text, self.names):
            for place in _places(path, name):
                if place in self.files:
                    found[place] = None
                elif is_test(path):
                    found.update(dict.fromkeys(self.folders.get(place, ())))
        return found


def data_for(texts: Mapping[str, str], paths: Collection[str]) -> list[str]:
    """Choose what is worth reading besides code: what tests name comes first."""
    shelf = Shelf.of(paths)
    if not shelf.files:
        return []
    found: dict[str, None] = {}
    for path in sorted(texts, key=lambda one: (not is_test(one), one)):
        if layout_of(path) is not None:
            found.update(shelf.named_in(path, texts[path]))
    return list(found)[:MOST_DATA_FILES]


def bounded(named: Collection[str], texts: Mapping[str, str], *, most: int) -> Iterator[str]:
    """Yield as many data files as may go along with one unit."""
    count, room = min(most, MOST_BESIDE), MOST_BYTES_BESIDE
    for path in named:
        if count > 0 and len(texts[path]) <= room:
            count, room = count - 1, room - len(texts[path])
            yield path


def _names_in(text: str, ends: Collection[str]) -> Iterator[str]:
    for line in text.splitlines():
        parts = [match[2] for match in _LITERAL.finditer(line)]
        for at, last in enumerate(parts):
            if posixpath.basename(last.rstrip("/")) in ends:
                for first in range(max(0, at - _JOINED + 1), at + 1):
                    yield "/".join(parts[first : at + 1])


def _places(path: str, name: str) -> Iterator[str]:
    """A name as it is meant in the file's folder, then in each above."""
    folder = posixpath.dirname(path)
    while True:
        yield posixpath.normpath(posixpath.join(folder, name))
        if not folder:
            return
        folder = posixpath.dirname(folder)
