"""Two patches as one: of the same source, or of what the other one makes of it; pure."""

from dataclasses import replace
from itertools import pairwise

from worker.domain.patch import Edit, Patch, between


def rebased(patch: Patch, over: Patch) -> Patch | None:
    """Return a patch of what another one makes of a source as a patch of the source; None where both touch the same place."""
    found: list[Edit] = []
    for edit in patch.edits:
        shift = 0
        for below in over.edits:
            start, end = below.start + shift, below.start + shift + len(below.text)
            if edit.start <= end and start <= edit.end:
                return None
            if edit.end < start:
                break
            shift += len(below.text) - (below.end - below.start)
        found.append(Edit(start=edit.start - shift, end=edit.end - shift, text=edit.text))
    return replace(patch, edits=tuple(found))


def both(first: Patch, second: Patch) -> Patch | None:
    """Make one patch of two of the same source; None where they touch the same place."""
    edits = sorted((*first.edits, *second.edits), key=lambda edit: (edit.start, edit.end))
    if any(one.end >= other.start for one, other in pairwise(edits)):
        return None
    return _as_one(first, second, tuple(edits))


def in_turn(source: str, first: Patch, second: Patch) -> Patch:
    """Make one patch of a source and a patch of what the first one makes of it."""
    changed = second.applied_to(first.applied_to(source))
    return _as_one(first, second, between(source, changed))


def _as_one(first: Patch, second: Patch, edits: tuple[Edit, ...]) -> Patch:
    return replace(
        first,
        edits=edits,
        origin=second.origin,
        operator=f"{first.operator}+{second.operator}",
        description=f"{first.description}; {second.description}",
        cost=first.cost + second.cost,
        costs=(*first.parts, *second.parts),
    )
