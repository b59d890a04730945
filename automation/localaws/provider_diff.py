"""Pure: what differs between two sets of inputs, and what a cloud's answer means for the inputs that made it.

Equal are documents that say the same JSON, "1" and 1, and lists in another order (AWS holds them as sets).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2

from automation.localaws.handler import ResourceType
from automation.localaws.provider_cloud import parse_json
from automation.localaws.provider_wire import Props, Unknown

Kind = provider_pb2.PropertyDiff.Kind
FREE_MAPS = frozenset({"tags", "tagsAll", "triggers", "variables", "requestParameters"})
"""Maps whose keys are the user's: one that only the cloud has is drift."""
ABSENT = object()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a diff found."""

    changed: frozenset[str]
    """Top-level inputs that differ."""
    replaces: frozenset[str]
    """Those of them that need a new resource."""
    deletes_first: bool
    """The new one can't stand beside the old."""
    paths: Mapping[str, Any]
    """Path -> kind of difference."""


def compare(kind: ResourceType, old: Props, new: Props) -> Difference:
    """Compare the inputs that made a resource with those wanted now."""
    changed = frozenset(
        name
        for name in old.keys() | new.keys()
        if not name.startswith("__") and not _same_input(kind, name, old, new)
    )
    replaces = changed & (kind.replace | {"region"}) if kind.update or kind.retag else changed
    paths: dict[str, int] = {}
    for name in sorted(changed):
        for path, difference in _paths(name, old.get(name, ABSENT), new.get(name, ABSENT)):
            paths[path] = _replacing(difference) if name in replaces else difference
    return Difference(
        changed=changed, replaces=replaces, deletes_first=_collides(kind, old, new, replaces), paths=paths
    )


def _same_input(kind: ResourceType, name: str, old: Props, new: Props) -> bool:
    if name in kind.computed and name not in new:
        return True
    default = kind.defaults.get(name, {} if name in FREE_MAPS else None)
    return same(old.get(name, default), new.get(name, default))


def _collides(kind: ResourceType, old: Props, new: Props, replaces: frozenset[str]) -> bool:
    if not replaces:
        return False
    identity = kind.identity or ({kind.name} if kind.name else frozenset())
    if kind.name and kind.name in new.get("__defaults", []):
        return False  # the replacement gets a name of its own
    return bool(identity) and all(same(old.get(name), new.get(name)) for name in identity)


def same(left: Any, right: Any) -> bool:
    """Whether two values mean the same to AWS."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return False
    return bool(canonical(left) == canonical(right))


def canonical(value: Any) -> Any:
    """Return a form in which equal meanings are equal."""
    if isinstance(value, Mapping):
        return {name: canonical(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return sorted((canonical(item) for item in value), key=_sort_key)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value) if value == int(value) else value)
    document = parse_json(value)
    return value if document is None else canonical(document)


def _sort_key(item: Any) -> str:
    return json.dumps(item, sort_keys=True, default=repr)


def _paths(path: str, old: Any, new: Any) -> Iterator[tuple[str, int]]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _paths_within(path, old, new)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            if not same(before, after):
                yield from _paths(f"{path}[{index}]", before, after)
    elif old is ABSENT:
        yield path, Kind.ADD
    elif new is ABSENT:
        yield path, Kind.DELETE
    else:
        yield path, Kind.UPDATE


def _paths_within(path: str, old: Props, new: Props) -> Iterator[tuple[str, int]]:
    for name in sorted(old.keys() | new.keys()):
        step = f"{path}.{name}" if name.isidentifier() else f"{path}[{json.dumps(name)}]"
        if not same(old.get(name), new.get(name)):
            yield from _paths(step, old.get(name, ABSENT), new.get(name, ABSENT))


def _replacing(kind: int) -> int:
    return kind + 1  # each kind is followed by its replacing form


def settle(before: Any, cloud: Any, name: str = "") -> Any:
    """Return what the cloud holds, spelled as before wherever it means the same.

    What the cloud adds to an object that the program wrote (defaults, ids) is left out, else each refresh would be a change.
    """
    if cloud is None or same(before, cloud):
        return before
    if isinstance(before, dict) and isinstance(cloud, dict):
        if name in FREE_MAPS:
            return {key: settle(before.get(key), value) for key, value in cloud.items()}
        return {key: settle(value, cloud.get(key), key) for key, value in before.items()}
    if isinstance(before, list) and isinstance(cloud, list) and len(before) == len(cloud):
        return _settle_list(before, cloud)
    return cloud


def _settle_list(before: list[Any], cloud: list[Any]) -> list[Any]:
    """Pair items by likeness: the cloud keeps its own order."""
    left = list(cloud)
    settled = []
    for item in before:
        best = max(left, key=lambda candidate: _likeness(item, candidate))
        left.remove(best)
        settled.append(settle(item, best))
    return settled


def _likeness(item: Any, candidate: Any) -> int:
    if isinstance(item, dict) and isinstance(candidate, dict):
        return sum(same(value, candidate.get(name)) for name, value in item.items())
    return int(same(item, candidate))
