"""V8's block counts, laid on the points of a source."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from worker.domain.candidate import Coverage
from worker.languages.javascript_points import Point, Points

Range = tuple[int, int, int]
"""Start and end in UTF-16 units, and how often it ran."""


def coverage_from(
    points: Points, source: str, scripts: Sequence[Sequence[Range]], *, only: frozenset[int] | None = None
) -> Coverage:
    """Tell which lines ran and which branches were taken in any of the processes; of `only` these lines where some are given."""
    units = _Units(source)
    asked = [point for point in points.points if only is None or point.line in only]
    lines: set[int] = set()
    branches: set[tuple[int, str]] = set()
    for ranges in scripts:
        ordered = sorted(ranges, key=lambda one: (one[0], -one[1]))
        for point in asked:
            if not _is_passed(point, ordered, units):
                continue
            if point.branch:
                branches.add((point.origin, point.branch))
            else:
                lines.add(point.line)
    return _coverage(asked, lines, branches)


def _is_passed(point: Point, ordered: Sequence[Range], units: "_Units") -> bool:
    count = _count_at(ordered, units.of_byte(point.offset))
    if point.outer >= 0:
        count = _count_at(ordered, units.of_byte(point.outer)) - count
    return count > 0


def _coverage(asked: Sequence[Point], lines: set[int], branches: set[tuple[int, str]]) -> Coverage:
    every_line = {point.line for point in asked if not point.branch}
    every_branch = {(point.origin, point.branch) for point in asked if point.branch}
    taken, there = Counter(line for line, _ in branches), Counter(line for line, _ in every_branch)
    return Coverage(
        lines_covered=len(lines),
        lines_total=len(every_line),
        branches_covered=len(branches),
        branches_total=len(every_branch),
        covered_lines=tuple(sorted(lines)),
        missed_lines=tuple(sorted(every_line - lines)),
        branch_lines=tuple((line, taken[line], there[line]) for line in sorted(there)),
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
