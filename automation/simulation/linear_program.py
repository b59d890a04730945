"""A small exact method for linear programs whose rows touch neighbouring variables only: a primal-dual interior point.

minimise cost · z  subject to  rows · z >= bounds. Newton's system is banded, so that a step takes time in proportion to the
number of variables, without any library. Method: S. Mehrotra, On the Implementation of a Primal-Dual Interior Point Method, 1992.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[tuple[int, float], ...]
MOST_STEPS = 80
STEP_SHARE = 0.995
"""How far towards the border a step may go."""
REGULARITY = 1e-11
"""Added to the diagonal: late systems are nearly singular."""


@dataclass(frozen=True, kw_only=True)
class BandedProgram:
    """A program; no row spans more than `band` + 1 variables."""

    cost: Sequence[float]
    """Of each variable."""
    rows: Sequence[Row]
    """Variables with their coefficients."""
    bounds: Sequence[float]
    """Right side of each row."""
    band: int
    """Widest distance of two variables in a row."""

    def prices(self, *, gap: float = 1e-5) -> list[float]:
        """Return the dual values of the rows, once the relative gap is this small or no further step helps."""
        iteration = _Iteration(self)
        for _ in range(MOST_STEPS):
            if iteration.is_solved(gap) or not iteration.step():
                break
        return iteration.dual


class _Iteration:
    """The point reached so far: variables, slacks and dual values, all of the latter positive."""

    def __init__(self, program: BandedProgram) -> None:
        scale = max((abs(bound) for bound in program.bounds), default=1.0) or 1.0
        self.program = program
        self.point = [0.0] * len(program.cost)
        self.slack = [max(scale * 0.1, 1.0)] * len(program.rows)
        self.dual = [1.0] * len(program.rows)

    def is_solved(self, gap: float) -> bool:
        program = self.program
        value = sum(cost * one for cost, one in zip(program.cost, self.point, strict=True))
        between = sum(slack * dual for slack, dual in zip(self.slack, self.dual, strict=True))
        missing = max(map(abs, self._primal_residual()), default=0.0)
        return between <= gap * (1 + abs(value)) and missing <= gap

    def step(self) -> bool:
        """Predict, correct, move; False if the way is too short to be worth it."""
        primal, dual = self._primal_residual(), self._dual_residual()
        weights = [one / slack for one, slack in zip(self.dual, self.slack, strict=True)]
        factor = _Cholesky(self.program, weights)
        products = [slack * one for slack, one in zip(self.slack, self.dual, strict=True)]
        mean = sum(products) / len(products)
        _, slack_way, dual_way = self._way(factor, primal, dual, products)
        share = min(_reach(self.slack, slack_way), _reach(self.dual, dual_way))
        ahead = sum(
            (slack + share * ds) * (one + share * dy)
            for slack, ds, one, dy in zip(self.slack, slack_way, self.dual, dual_way, strict=True)
        ) / len(products)
        centre = mean * (max(ahead, 0.0) / mean) ** 3
        corrected = [
            product + ds * dy - centre for product, ds, dy in zip(products, slack_way, dual_way, strict=True)
        ]
        way, slack_way, dual_way = self._way(factor, primal, dual, corrected)
        primal_share = STEP_SHARE * _reach(self.slack, slack_way)
        dual_share = STEP_SHARE * _reach(self.dual, dual_way)
        _move(self.point, way, primal_share)
        _move(self.slack, slack_way, primal_share)
        _move(self.dual, dual_way, dual_share)
        return max(primal_share, dual_share) > 1e-6

    def _way(
        self, factor: "_Cholesky", primal: list[float], dual: list[float], products: list[float]
    ) -> tuple[list[float], list[float], list[float]]:
        """Solve Newton's equations for the given products of slacks and dual values."""
        right = list(dual)
        pulls = []
        for row, missing, product, slack, one in zip(
            self.program.rows, primal, products, self.slack, self.dual, strict=True
        ):
            pull = (one * missing - product) / slack
            pulls.append(pull)
            for index, coefficient in row:
                right[index] += coefficient * pull
        way = factor.solve(right)
        slack_way, dual_way = [], []
        for row, missing, pull, slack, one in zip(
            self.program.rows, primal, pulls, self.slack, self.dual, strict=True
        ):
            moved = sum(coefficient * way[index] for index, coefficient in row)
            slack_way.append(moved - missing)
            dual_way.append(pull - one / slack * moved)
        return way, slack_way, dual_way

    def _primal_residual(self) -> list[float]:
        """What each row lacks: bound + slack - row · z."""
        return [
            bound + slack - sum(coefficient * self.point[index] for index, coefficient in row)
            for row, bound, slack in zip(self.program.rows, self.program.bounds, self.slack, strict=True)
        ]

    def _dual_residual(self) -> list[float]:
        """What the dual values leave of each cost, with the sign of Newton's right side."""
        left = [-cost for cost in self.program.cost]
        for row, one in zip(self.program.rows, self.dual, strict=True):
            for index, coefficient in row:
                left[index] += coefficient * one
        return left


class _Cholesky:
    """Factor of rows' · weights · rows, kept as bands below the diagonal."""

    def __init__(self, program: BandedProgram, weights: list[float]) -> None:
        self.band = program.band
        size = len(program.cost)
        bands = [[0.0] * (self.band + 1) for _ in range(size)]
        for row, weight in zip(program.rows, weights, strict=True):
            for index, coefficient in row:
                for other, factor in row:
                    if other <= index:
                        bands[index][index - other] += weight * coefficient * factor
        self.bands = bands
        for index in range(size):
            self._eliminate(index)

    def _eliminate(self, index: int) -> None:
        """Turn one line into its line of the factor: entry d stands d columns left of the diagonal."""
        line = self.bands[index]
        for distance in range(min(self.band, index), -1, -1):
            other = self.bands[index - distance]
            total = line[distance]
            for further in range(distance + 1, min(self.band, index) + 1):
                if further - distance <= self.band:
                    total -= line[further] * other[further - distance]
            if distance:
                line[distance] = total / other[0]
            else:
                line[0] = max(total, REGULARITY * (1.0 + line[0])) ** 0.5

    def solve(self, right: list[float]) -> list[float]:
        """Solve forward, then backward."""
        size, band = len(right), self.band
        found = list(right)
        for index in range(size):
            line = self.bands[index]
            total = found[index]
            for distance in range(1, min(band, index) + 1):
                total -= line[distance] * found[index - distance]
            found[index] = total / line[0]
        for index in range(size - 1, -1, -1):
            line = self.bands[index]
            found[index] /= line[0]
            for distance in range(1, min(band, index) + 1):
                found[index - distance] -= line[distance] * found[index]
        return found


def _reach(values: list[float], way: list[float]) -> float:
    """Return how far all values stay positive, 1 at most."""
    return min((-value / move for value, move in zip(values, way, strict=True) if move < 0), default=1.0)


def _move(values: list[float], way: list[float], share: float) -> None:
    for index, move in enumerate(way):
        values[index] += share * move
