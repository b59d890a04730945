"""V8's block counts, laid on the points of a source."""

from bisect import bisect_left
from collections.abc import Sequence

from worker.domain.candidate import Coverage
from worker.languages.javascript_points import Points

Range = tuple[int, int, int]
"""Start and end in UTF-16 units, and how often it ran."""


def coverage_from(points: Points, source: str, scripts: Sequence[Sequence[Range]]) -> Coverage:
    """Tell which lines ran and which branches were taken in any of the processes."""
    units = _Units(source)
    lines: set[int] = set()
    branches: set[str] = set()
    for ranges in scripts:
        ordered = sorted(ranges, key=lambda one: (one[0], -one[1]))
        for point in points.points:
            count = _count_at(ordered, units.of_byte(point.offset))
            if point.outer >= 0:
                count = _count_at(ordered, units.of_byte(point.outer)) - count
            if count <= 0:
                continue
            if point.branch:
                branches.add(point.branch)
            else:
                lines.add(point.line)
    return Coverage(
        lines_covered=len(lines),
        lines_total=len(points.lines),
        branches_covered=len(branches),
        branches_total=len(points.branches),
    )


def _count_at(ordered: Sequence[Range], offset: int) -> int:
    """Return the count of the innermost range around an offset: the last that starts before and has not ended."""
    count = 0
    for start, end, times in ordered:
        if start > offset:
            break
        if offset < end:
            count = times
    return count


class _Units:
    """Byte offsets as UTF-16 offsets."""

    def __init__(self, source: str) -> None:
        self._bytes: list[int] = []
        self._units: list[int] = []
        byte = unit = 0
        self._is_plain = source.isascii()
        for character in "" if self._is_plain else source:
            self._bytes.append(byte)
            self._units.append(unit)
            byte += len(character.encode())
            unit += 1 if ord(character) < 0x10000 else 2

    def of_byte(self, offset: int) -> int:
        """Return the UTF-16 offset of the character at a byte offset."""
        if self._is_plain or offset < 0:
            return offset
        at = bisect_left(self._bytes, offset)
        return self._units[at] if at < len(self._units) else offset
