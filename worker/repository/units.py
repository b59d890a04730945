"""Units: a module with the tests that reach it and all that those need, found by names and imports; pure.

What the change touched comes first: that is where the fault most likely is.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.domain.job import SourceFile
from worker.repository.data_files import Shelf, bounded
from worker.repository.layouts import is_test, is_unit, layout_of

MOST_UNITS = 12
"""Modules of one job."""

MOST_TEST_FILES = 10
"""Test files of one unit."""

MOST_FILES = 50
"""Files that go along with one unit, its tests and their data included."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A module and its tests."""

    path: str
    """The module, from the repository's root."""
    language: str
    """Its language."""
    tests: tuple[str, ...]
    """Its test files, those that import it themselves first."""
    files: tuple[str, ...]
    """What else is laid out beside it, tests included."""
    root: str = ""
    """The folder that the tests import it from, with a slash: files below it are laid out as if it were the root."""
    is_changed: bool = False
    """The change touched it or one of its tests."""

    def laid_out(self, texts: Mapping[str, str]) -> tuple[SourceFile, ...]:
        """Return the files as its tests import them."""
        return tuple(SourceFile(path=self.inward(path), text=texts[path]) for path in self.files)

    def inward(self, path: str) -> str:
        """Return where a file is laid out."""
        return path.removeprefix(self.root)


@dataclass(frozen=True, kw_only=True)
class Links:
    """Which file imports which."""

    imports: Mapping[str, Mapping[str, str]]
    """File -> what it imports -> the folder that the import was told from."""

    def reached(self, path: str) -> dict[str, None]:
        """Return what a file imports, itself or by others, the nearest first."""
        found: dict[str, None] = {}
        waiting = [path]
        while waiting:
            nearest = dict.fromkeys(target for source in waiting for target in self.imports.get(source, {}))
            waiting = [target for target in nearest if target != path and target not in found]
            found.update(dict.fromkeys(waiting))
        return found


def links_of(texts: Mapping[str, str]) -> Links:
    """Read what every file imports."""
    found: dict[str, Mapping[str, str]] = {}
    for path, text in texts.items():
        layout = layout_of(path)
        if layout is not None:
            found[path] = layout.imports(path, text, texts.keys())
    return Links(imports=found)


class Neighbours:
    """What goes along with units; each file is looked at once."""

    def __init__(self, links: Links, texts: Mapping[str, str]) -> None:
        """Look among these."""
        self.links = links
        """Which file imports which."""
        self._texts = texts
        self._shelf = Shelf.of(texts.keys())
        self._taken: dict[str, tuple[str, ...]] = {}
        self._named: dict[str, tuple[str, ...]] = {}

    def beside(self, path: str, tests: Sequence[str]) -> Iterator[str]:
        """The tests, what they and the module import, what runners take along, data that these name; never the module itself."""
        wanted = dict.fromkeys(tests)
        for test in (*tests, path):
            wanted.update(self.links.reached(test))
        for each in [*wanted, path]:
            wanted.update(dict.fromkeys(self._taken_along(each)))
        wanted.pop(path, None)
        code = list(wanted)[:MOST_FILES]
        yield from code
        named = dict.fromkeys(data for each in (*code, path) for data in self._data_of(each))
        yield from bounded(
            [data for data in named if data not in code], self._texts, most=MOST_FILES - len(code)
        )

    def _taken_along(self, path: str) -> tuple[str, ...]:
        if path not in self._taken:
            layout = layout_of(path)
            self._taken[path] = layout.surroundings(path, self._texts.keys()) if layout is not None else ()
        return self._taken[path]

    def _data_of(self, path: str) -> tuple[str, ...]:
        if path not in self._named:
            self._named[path] = tuple(self._shelf.named_in(path, self._texts[path]))
        return self._named[path]


def find_units(
    texts: Mapping[str, str], changed: Collection[str], neighbours: Neighbours | None = None
) -> list[Unit]:
    """Find the units, the likeliest first; to read what imports what takes long: who knows it already hands it over."""
    neighbours = neighbours or Neighbours(links_of(texts), texts)
    links = neighbours.links
    tests = {path: links.reached(path) for path in sorted(texts) if is_test(path)}
    wanted: dict[str, None] = {}
    for path, reached in tests.items():
        direct = links.imports.get(path, {})
        wanted.update(
            dict.fromkeys(
                target for target in reached if is_unit(target) and (target in direct or target in changed)
            )
        )
    units = [unit for path in wanted if (unit := _unit(path, tests, neighbours, changed)) is not None]
    return sorted(units, key=lambda unit: (not unit.is_changed, unit.path not in changed, unit.path))


def groups_of(units: Sequence[Unit]) -> list[list[Unit]]:
    """Put units together that share a test file: what mends one of them may mend the other."""
    groups: list[list[Unit]] = []
    for unit in units:
        touched = [group for group in groups if any(set(unit.tests) & set(other.tests) for other in group)]
        merged = [*(other for group in touched for other in group), unit]
        groups = [*(group for group in groups if group not in touched), merged]
    order = {unit.path: place for place, unit in enumerate(units)}
    for group in groups:
        group.sort(key=lambda unit: order[unit.path])
    return sorted(groups, key=lambda group: order[group[0].path])


def _unit(
    path: str,
    tests: Mapping[str, Mapping[str, None]],
    neighbours: Neighbours,
    changed: Collection[str],
) -> Unit | None:
    layout, links = layout_of(path), neighbours.links
    if layout is None:
        return None
    reaching = [test for test, reached in tests.items() if path in reached]
    reaching.sort(key=lambda test: (path not in links.imports[test], test))
    own = tuple(reaching[:MOST_TEST_FILES])
    roots = [links.imports[test][path] for test in own if path in links.imports[test]]
    return Unit(
        path=path,
        language=layout.language,
        tests=own,
        files=tuple(neighbours.beside(path, own)),
        root=max(roots, key=len, default=""),
        is_changed=path in changed or not set(changed).isdisjoint(own),
    )
