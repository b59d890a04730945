"""Which lines a change made, as a fix job tells of it; pure."""

import difflib
from collections.abc import Sequence

from worker.domain.job import MAXIMUM_CHANGED_LINES
from worker.domain.patch import lines_of


def changed_lines_of(before: str | None, after: str) -> tuple[int, ...]:
    """Return what a job tells of a change: nothing where it made the file, or so many lines that it tells little."""
    lines = new_lines(before, after) if before is not None else ()
    return lines if len(lines) <= MAXIMUM_CHANGED_LINES else ()


def new_lines(before: str, after: str) -> tuple[int, ...]:
    """Return the lines of the later text (1-based) that the earlier one does not have there; where lines only went, the ones around the gap.

    Unlike a patch's diff it takes linear time: lines that stand in a long text again and again are matched by their neighbours alone.
    """
    earlier, later = lines_of(before), lines_of(after)
    head = _alike(earlier, later)
    tail = _alike(earlier[head:][::-1], later[head:][::-1])
    matcher = difflib.SequenceMatcher(
        None, earlier[head : len(earlier) - tail], later[head : len(later) - tail]
    )
    found: set[int] = set()
    for tag, _, _, begin, end in matcher.get_opcodes():
        if tag == "delete":
            found |= {head + begin, head + begin + 1}
        elif tag != "equal":
            found |= set(range(head + begin + 1, head + end + 1))
    return tuple(sorted(line for line in found if 1 <= line <= len(later)))


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the lines that two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
