"""Pure: what a step changes, property by property; policy documents are compared as JSON, not as one long string."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from automation.driver.events import Step

ABSENT = object()
"""Stands for a property that is not there."""


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One property of one resource."""

    path: str
    """Dotted path; JSON documents are entered."""
    kind: str
    """add, update or delete."""
    before: Any
    """Old value, None where added."""
    after: Any
    """New value, None where deleted."""
    forces_replacement: bool = False
    """The resource must be replaced for it."""


def property_changes(step: Step) -> tuple[PropertyChange, ...]:
    """List a step's changes in path order; the engine's detailed diff says which of them force a replacement."""
    forcing = {
        path.split(".")[0].split("[")[0] for path, kind in step.diff.items() if kind.endswith("replace")
    }
    changed = {path.split(".")[0].split("[")[0] for path in step.diff}
    keys = sorted(changed or (set(step.before) | set(step.after)))
    found: list[PropertyChange] = []
    for key in keys:
        if key.startswith("__") or key == "tagsAll":
            continue
        for path, before, after in _walk(key, step.before.get(key, ABSENT), step.after.get(key, ABSENT)):
            found.append(_change(path, before, after, forces_replacement=key in forcing))
    return tuple(found)


def _change(path: str, before: Any, after: Any, *, forces_replacement: bool) -> PropertyChange:
    kind = "add" if before is ABSENT else "delete" if after is ABSENT else "update"
    return PropertyChange(
        path=path,
        kind=kind,
        before=None if before is ABSENT else before,
        after=None if after is ABSENT else after,
        forces_replacement=forces_replacement,
    )


def _walk(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    before, after = _opened(before), _opened(after)
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(set(before) | set(after), key=str):
            yield from _walk(f"{path}.{key}", before.get(key, ABSENT), after.get(key, ABSENT))
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _walk(f"{path}[{index}]", old, new)
        return
    yield path, before, after


def _opened(value: Any) -> Any:
    """Parse a string that holds a JSON object or array."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
