"""The Pareto chart: what each scaler costs, and how long the slowest jobs wait. Down and to the left is better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from automation.simulation.canvas import Canvas, Colour

WIDTH, HEIGHT = 1100, 700
LEFT, RIGHT, TOP, BOTTOM = 90, 40, 60, 80
INK: Colour = (40, 44, 52)
PALE: Colour = (222, 225, 230)
OURS: Colour = (0, 122, 94)
THEIRS: Colour = (190, 84, 30)
LIMIT: Colour = (60, 90, 190)
DISC = 6.0


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One scaler in the chart."""

    label: str
    """Its name."""
    hours: float
    """Across, logarithmic."""
    wait_seconds: float
    """Upwards, logarithmic: p99."""
    is_ours: bool = False
    """Drawn in another colour."""


class _Scale:
    """Where a value lies on an axis; logarithmic, with a margin on both sides."""

    def __init__(self, values: Sequence[float], begin: float, end: float) -> None:
        self.low = max(min(values), 1e-3) / 1.4
        self.high = max(*values, self.low * 2) * 1.4
        self._begin, self._end = begin, end

    def at(self, value: float) -> float:
        share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self._begin + (self._end - self._begin) * share

    def ticks(self) -> list[float]:
        """Return round values within the axis."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        values = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
        return [value for value in values if self.low <= value <= self.high]


def pareto_chart(
    title: str, marks: Sequence[Mark], *, bound_hours: float | None, slo_seconds: float
) -> bytes:
    """Draw the chart; returns a PNG file."""
    canvas = Canvas(WIDTH, HEIGHT)
    hours = [mark.hours for mark in marks] + ([bound_hours] if bound_hours else [])
    across = _Scale(hours, LEFT, WIDTH - RIGHT)
    upwards = _Scale([mark.wait_seconds for mark in marks] + [slo_seconds], HEIGHT - BOTTOM, TOP)
    canvas.text(LEFT, 20, title, INK)
    _axes(canvas, across, upwards)
    if bound_hours:
        x = round(across.at(bound_hours))
        canvas.bar(x, TOP, x + 1, HEIGHT - BOTTOM, colour=LIMIT)
        canvas.text(x + 6, TOP + 2, "LP bound", LIMIT)
    y = round(upwards.at(slo_seconds))
    canvas.bar(LEFT, y, WIDTH - RIGHT, y + 1, colour=LIMIT)
    canvas.text(WIDTH - RIGHT - canvas.text_width("goal"), y - canvas.text_height, "goal", LIMIT)
    _front(canvas, marks, across, upwards)
    _marks(canvas, marks, across, upwards)
    return canvas.png()


def front(marks: Sequence[Mark]) -> list[Mark]:
    """Return who is beaten by nobody in both figures, the cheapest first."""
    best: list[Mark] = []
    for mark in sorted(marks, key=lambda one: (one.hours, one.wait_seconds)):
        if not best or mark.wait_seconds < best[-1].wait_seconds:
            best.append(mark)
    return best


def _axes(canvas: Canvas, across: _Scale, upwards: _Scale) -> None:
    for value in across.ticks():
        x = round(across.at(value))
        canvas.bar(x, TOP, x, HEIGHT - BOTTOM, colour=PALE)
        label = f"{value:g}"
        canvas.text(x - canvas.text_width(label) / 2, HEIGHT - BOTTOM + 8, label, INK)
    for value in upwards.ticks():
        y = round(upwards.at(value))
        canvas.bar(LEFT, y, WIDTH - RIGHT, y, colour=PALE)
        label = f"{value:g}"
        canvas.text(LEFT - 10 - canvas.text_width(label), y - canvas.text_height / 2, label, INK)
    canvas.bar(LEFT, TOP, LEFT, HEIGHT - BOTTOM, colour=INK)
    canvas.bar(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, colour=INK)
    name = "paid worker hours (logarithmic)"
    canvas.text((WIDTH - canvas.text_width(name)) / 2, HEIGHT - 38, name, INK)
    canvas.text(12, TOP - 24, "p99 wait, s", INK)


def _front(canvas: Canvas, marks: Sequence[Mark], across: _Scale, upwards: _Scale) -> None:
    best = front(marks)
    for one, following in pairwise(best):
        canvas.line(
            (across.at(one.hours), upwards.at(one.wait_seconds)),
            (across.at(following.hours), upwards.at(following.wait_seconds)),
            PALE,
        )


def _marks(canvas: Canvas, marks: Sequence[Mark], across: _Scale, upwards: _Scale) -> None:
    """Discs with their names; a name that would lie on another moves down."""
    taken: list[tuple[float, float, float]] = []
    for mark in sorted(marks, key=lambda one: not one.is_ours):
        colour = OURS if mark.is_ours else THEIRS
        x, y = across.at(mark.hours), upwards.at(mark.wait_seconds)
        canvas.disc((x, y), DISC + 3 * mark.is_ours, colour)
        width = canvas.text_width(mark.label)
        left = x + 14 if x + 14 + width < WIDTH - RIGHT else x - 14 - width
        top = y - canvas.text_height / 2
        while any(
            abs(top - other) < canvas.text_height and left < end and begin < left + width
            for begin, end, other in taken
        ):
            top += 2
        taken.append((left, left + width, top))
        canvas.text(left, top, mark.label, colour)
