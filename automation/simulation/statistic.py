"""Means with their 95 % intervals, and quantiles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STUDENT_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045,
)  # fmt: skip
"""97.5 % quantile of Student's t for 1, 2, ... degrees of freedom; beyond them the normal one."""
NORMAL = 1.96


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean over seeds and half the width of its 95 % interval."""

    mean: float
    """Mean."""
    margin: float
    """The mean of all seeds lies within mean ± margin; 0 with one seed, where nothing can be said."""

    @classmethod
    def of(cls, values: Sequence[float]) -> "Estimate":
        """Estimate from one value a seed."""
        count = len(values)
        mean = sum(values) / count
        if count < 2:
            return cls(mean=mean, margin=0.0)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
        student = STUDENT_T[count - 2] if count - 2 < len(STUDENT_T) else NORMAL
        return cls(mean=mean, margin=student * deviation / math.sqrt(count))

    def __str__(self) -> str:
        return f"{self.mean:.0f} ± {self.margin:.0f}" if self.margin else f"{self.mean:.0f}"


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which this share of sorted values lies; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
