"""Units that only a compiler can judge: TypeScript that no test reaches, in a project whose settings are there; pure.

What a log names comes first, then what the change touched, then what imports that: a change is felt where it is used.
"""

import posixpath
import re
from collections.abc import Collection, Iterator, Mapping

from worker.repository.layouts import is_unit, layout_of
from worker.repository.script_layout import TYPESCRIPT
from worker.repository.units import MOST_FILES, Links, Neighbours, Unit

COMPILE = "tsc --noEmit"
"""Stands for the log of such a unit where nobody sent one: the worker compiles it itself."""

_TOLD = re.compile(r"([^\s('\":]{1,500}\.[cm]?tsx?)[(:]\d+[,:]\d+\)?(?:: | - )error TS\d")


def named_in(log: str, paths: Collection[str]) -> frozenset[str]:
    """Return the files that a compiler's log names, wherever the compiler was started."""
    told = {match[1].replace("\\", "/").removeprefix("./") for match in _TOLD.finditer(log)}
    return frozenset(path for path in paths if any(_is_same(path, name) for name in told))


def find_compiled(
    neighbours: Neighbours,
    texts: Mapping[str, str],
    changed: Collection[str],
    named: Collection[str],
    *,
    tested: Collection[str],
) -> list[Unit]:
    """Find them; where nothing is known of a change, and no log names a file, all of them."""
    links = neighbours.links
    ranks: dict[str, int] = {}
    for path in texts:
        rank = _rank(path, links, changed, named)
        if rank is not None and path not in tested and _is_of_project(path, texts):
            ranks[path] = rank
    return [
        Unit(
            path=path,
            language=TYPESCRIPT.language,
            tests=(),
            files=tuple(_around(path, neighbours)),
            is_changed=ranks[path] < 3,
        )
        for path in sorted(ranks, key=lambda path: (ranks[path], path))
    ]


def _rank(path: str, links: Links, changed: Collection[str], named: Collection[str]) -> int | None:
    if path in named:
        return 0
    if path in changed:
        return 1
    if not set(changed).isdisjoint(links.imports.get(path, {})):
        return 2
    return None if changed or named else 3


def _is_of_project(path: str, texts: Mapping[str, str]) -> bool:
    return (
        is_unit(path)
        and layout_of(path) is TYPESCRIPT
        and TYPESCRIPT.project_of(path, texts.keys()) is not None
    )


def _around(path: str, neighbours: Neighbours) -> Iterator[str]:
    """What it needs, then what needs it: a patch must not break that."""
    found = dict.fromkeys(neighbours.beside(path, ()))
    users = [
        other
        for other, imports in sorted(neighbours.links.imports.items())
        if path in imports and other != path
    ]
    for user in users:
        found.setdefault(user)
    yield from list(found)[:MOST_FILES]


def _is_same(path: str, name: str) -> bool:
    return (
        path == name
        or path.endswith(f"/{name}")
        or name.endswith(f"/{path}")
        or posixpath.normpath(name) == path
    )
