"""The small changes of a source as patches, the likeliest first: cheap kinds on suspicious lines."""

from bisect import bisect_right
from collections.abc import Sequence

from tree_sitter import Node

from worker.domain.diagnosis import Location
from worker.domain.patch import Edit, Patch, PatchOrigin
from worker.languages.javascript_repair_calls import decision_changes
from worker.languages.javascript_repair_everywhere import everywhere_changes
from worker.languages.javascript_repair_literals import literal_changes
from worker.languages.javascript_repair_operators import operator_changes
from worker.languages.javascript_repair_statements import statement_changes
from worker.languages.javascript_repair_stock import Stock
from worker.languages.javascript_repair_tree import Change, places_in
from worker.languages.javascript_repair_values import value_changes

MOST_PATCHES = 30_000
"""More take longer to write down than any search goes on."""

_UNSUSPECTED = 1.8
"""How much later a change comes on a line that no failing test runs, against the most suspicious line."""
_SHOWN = 48


class Offsets:
    """Byte offsets as offsets of characters, and lines."""

    def __init__(self, source: str) -> None:
        self._is_plain = source.isascii()
        self._starts: list[int] = []
        at = 0
        for character in "" if self._is_plain else source:
            self._starts.append(at)
            at += len(character.encode("utf-8", "surrogatepass"))
        self._lines = [0, *(at + 1 for at, character in enumerate(source) if character == "\n")]

    def character(self, byte: int) -> int:
        """Return the offset of the character that starts at a byte."""
        return byte if self._is_plain else bisect_right(self._starts, byte - 1)

    def line(self, character: int) -> int:
        """Return the line of a character, 1-based."""
        return bisect_right(self._lines, character)


class Suspicion:
    """How suspicious each line is, 0 to 1; a line that is no statement of its own is as suspicious as the one it belongs to."""

    def __init__(self, locations: Sequence[Location], executable: Sequence[int] = ()) -> None:
        self._known = {one.line: one.suspicion for one in locations}
        self._most = max(self._known.values(), default=0.0)
        self._executable = sorted({*executable, *self._known})

    def of(self, line: int) -> float:
        """Return it relative to the most suspicious line; 1 everywhere where nothing is known."""
        if not self._most:
            return 1.0
        if line not in self._known and self._executable:
            at = bisect_right(self._executable, line) - 1
            line = self._executable[at] if at >= 0 else 0
        return self._known.get(line, 0.0) / self._most


def patches_of(source: str, root: Node, suspicion: Suspicion, *, most: int = MOST_PATCHES) -> list[Patch]:
    """Make all patches of one change each, the likeliest first; of two ways to the same text the cheaper one stays."""
    text, stock, offsets = source.encode("utf-8", "surrogatepass"), Stock(root), Offsets(source)
    changes: list[Change] = []
    places = sorted(places_in(root), key=lambda place: -suspicion.of(place.node.start_point.row + 1))
    for place in places:
        if len(changes) > 2 * most:
            break  # a long source: what is left is on the least suspicious lines
        changes += operator_changes(place, stock)
        changes += literal_changes(place, stock)
        changes += value_changes(place, stock)
        changes += decision_changes(place, stock)
        changes += everywhere_changes(place, stock, text)
        changes += statement_changes(place, stock, text)
    kept: dict[tuple[int, int, bytes], tuple[float, Change]] = {}
    for change in changes:
        key = _narrowed(change, text)
        if key is None:
            continue
        weight = _UNSUSPECTED - (_UNSUSPECTED - 1) * suspicion.of(
            offsets.line(offsets.character(change.start))
        )
        rank = change.cost * weight
        if key not in kept or rank < kept[key][0]:
            kept[key] = (rank, change)
    ordered = sorted(kept.values(), key=lambda one: (one[0], one[1].start, one[1].text))
    return [patch_of(change, source, offsets) for _, change in ordered[:most]]


def _narrowed(change: Change, text: bytes) -> tuple[int, int, bytes] | None:
    """Leave out what stays the same at both ends, so that one change told in two ways is one; None for no change."""
    new, old = change.text.encode("utf-8", "surrogatepass"), text[change.start : change.end]
    if new == old:
        return None
    first = 0
    while first < min(len(new), len(old)) and new[first] == old[first]:
        first += 1
    last = 0
    while last < min(len(new), len(old)) - first and new[-1 - last] == old[-1 - last]:
        last += 1
    return change.start + first, change.end - last, new[first : len(new) - last]


def patch_of(
    change: Change, source: str, offsets: Offsets, *, origin: PatchOrigin = PatchOrigin.BUILTIN
) -> Patch:
    """Write a change as a patch."""
    start, end = offsets.character(change.start), offsets.character(change.end)
    line = offsets.line(start)
    before, after = _short(source[start:end]), _short(change.text)
    if start == end:
        told = f"line {line}: {after} is put in"
    else:
        told = (
            f"line {line}: {before} is taken out"
            if not after.strip(";")
            else f"line {line}: {before} becomes {after}"
        )
    return Patch(
        edits=(Edit(start=start, end=end, text=change.text),),
        origin=origin,
        operator=change.operator,
        description=told,
        cost=change.cost,
        line=line,
    )


def joined(one: Patch, two: Patch) -> Patch | None:
    """Make one patch of two that touch different places; None where they overlap."""
    first, second = sorted((one, two), key=lambda each: (each.edits[0].start, each.edits[0].end))
    if first.edits[-1].end >= second.edits[0].start:
        return None
    return Patch(
        edits=(*first.edits, *second.edits),
        origin=PatchOrigin.BUILTIN,
        operator=f"{first.operator}+{second.operator}",
        description=f"{first.description}; {second.description}",
        cost=first.cost + second.cost + 1,
        line=first.line,
    )


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat[: _SHOWN - 1] + "…" if len(flat) > _SHOWN else flat
