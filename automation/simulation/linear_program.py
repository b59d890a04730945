"""A small exact method for linear programs whose rows touch neighbouring variables only: a primal-dual interior point.

minimise cost · z  subject to  rows · z >= bounds. Newton's system is banded, so that a step takes time in proportion to the
number of variables, without any library. Method: S. Mehrotra, On the Implementation of a Primal-Dual Interior Point Method, 1992.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Row = tuple[tuple[int, float], ...]
BAND = 3
"""No row reaches further than from a variable to the third after it."""
MOST_IN_ROW, MOST_ROWS = 3, 4
"""Most variables in a row, and most rows that a variable is in: so each sum can be written out, which is what makes it fast."""
MOST_STEPS = 80
STEP_SHARE = 0.995
"""How far towards the border a step may go."""
REGULARITY = 1e-11
"""Added to the diagonal: late systems are nearly singular."""


@dataclass(frozen=True, kw_only=True)
class BandedProgram:
    """A program; its rows keep to the limits above."""

    cost: Sequence[float]
    """Of each variable."""
    rows: Sequence[Row]
    """Variables with their coefficients."""
    bounds: Sequence[float]
    """Right side of each row."""

    def prices(self, *, gap: float = 1e-5) -> list[float]:
        """Return the dual values of the rows, once the relative gap is this small or no further step helps."""
        iteration = _Iteration(self)
        for _ in range(MOST_STEPS):
            if iteration.is_solved(gap) or not iteration.step():
                break
        return iteration.dual


class _Matrix:
    """The rows, laid out for each way in which they are gone through; what is missing points at a zero behind the end."""

    def __init__(self, rows: Sequence[Row], size: int) -> None:
        columns: list[list[tuple[int, float]]] = [[] for _ in range(size)]
        nowhere = (len(rows), 0.0)
        self.pairs = [[nowhere] * size for _ in range(BAND)]
        for number, row in enumerate(rows):
            for index, coefficient in row:
                columns[index].append((number, coefficient))
                for other, factor in row:
                    if other < index and self.pairs[index - other - 1][index] is not nowhere:
                        raise ValueError(f"variables {other} and {index} share two rows")
                    if other < index:
                        self.pairs[index - other - 1][index] = (number, coefficient * factor)
        self.by_row = [
            (i, a, j, b, k, c) for (i, a), (j, b), (k, c) in (_padded(row, MOST_IN_ROW, size) for row in rows)
        ]
        self.by_variable = [
            (i, a, j, b, k, c, m, d)
            for (i, a), (j, b), (k, c), (m, d) in (_padded(one, MOST_ROWS, len(rows)) for one in columns)
        ]

    def times(self, point: list[float]) -> list[float]:
        """Return rows · point."""
        at = [*point, 0.0]
        return [a * at[i] + b * at[j] + c * at[k] for i, a, j, b, k, c in self.by_row]

    def pulled(self, base: Iterable[float], pulls: list[float]) -> list[float]:
        """Return base + rows' · pulls."""
        at = [*pulls, 0.0]
        return [
            one + a * at[i] + b * at[j] + c * at[k] + d * at[m]
            for one, (i, a, j, b, k, c, m, d) in zip(base, self.by_variable, strict=True)
        ]

    def bands(self, weights: list[float]) -> list[list[float]]:
        """Return the diagonal of rows' · weights · rows and the three below it; no two variables share two rows."""
        at = [*weights, 0.0]
        diagonal = [
            at[i] * a * a + at[j] * b * b + at[k] * c * c + at[m] * d * d
            for i, a, j, b, k, c, m, d in self.by_variable
        ]
        return [diagonal, *([at[number] * product for number, product in pairs] for pairs in self.pairs)]


def _padded(entries: Sequence[tuple[int, float]], width: int, nowhere: int) -> list[tuple[int, float]]:
    return [*entries, *[(nowhere, 0.0)] * (width - len(entries))]


class _Iteration:
    """The point reached so far: variables, slacks and dual values, all of the latter positive."""

    def __init__(self, program: BandedProgram) -> None:
        scale = max((abs(bound) for bound in program.bounds), default=1.0) or 1.0
        self.program = program
        self.matrix = _Matrix(program.rows, len(program.cost))
        self.point = [0.0] * len(program.cost)
        self.slack = [max(scale * 0.1, 1.0)] * len(program.rows)
        self.dual = [1.0] * len(program.rows)

    def is_solved(self, gap: float) -> bool:
        value = sum(cost * one for cost, one in zip(self.program.cost, self.point, strict=True))
        between = sum([slack * dual for slack, dual in zip(self.slack, self.dual, strict=True)])
        if between > gap * (1 + abs(value)):
            return False
        return max(map(abs, self._primal_residual()), default=0.0) <= gap

    def step(self) -> bool:
        """Predict, correct, move; False if the way is too short to be worth it."""
        primal, dual = self._primal_residual(), self._dual_residual()
        weights = [one / slack for one, slack in zip(self.dual, self.slack, strict=True)]
        factor = _Cholesky(self.matrix.bands(weights))
        products = [slack * one for slack, one in zip(self.slack, self.dual, strict=True)]
        mean = sum(products) / len(products)
        _, slack_way, dual_way = self._way(factor, primal, dual, products)
        share = min(_reach(self.slack, slack_way), _reach(self.dual, dual_way))
        ahead = sum(
            [
                (slack + share * ds) * (one + share * dy)
                for slack, ds, one, dy in zip(self.slack, slack_way, self.dual, dual_way, strict=True)
            ]
        ) / len(products)
        centre = mean * (max(ahead, 0.0) / mean) ** 3
        corrected = [
            product + ds * dy - centre for product, ds, dy in zip(products, slack_way, dual_way, strict=True)
        ]
        way, slack_way, dual_way = self._way(factor, primal, dual, corrected)
        primal_share = STEP_SHARE * _reach(self.slack, slack_way)
        dual_share = STEP_SHARE * _reach(self.dual, dual_way)
        self.point = _moved(self.point, way, primal_share)
        self.slack = _moved(self.slack, slack_way, primal_share)
        self.dual = _moved(self.dual, dual_way, dual_share)
        return max(primal_share, dual_share) > 1e-6

    def _way(
        self, factor: "_Cholesky", primal: list[float], dual: list[float], products: list[float]
    ) -> tuple[list[float], list[float], list[float]]:
        """Solve Newton's equations for the given products of slacks and dual values."""
        pulls = [
            (one * missing - product) / slack
            for missing, product, slack, one in zip(primal, products, self.slack, self.dual, strict=True)
        ]
        way = factor.solve(self.matrix.pulled(dual, pulls))
        moves = self.matrix.times(way)
        slack_way = [moved - missing for moved, missing in zip(moves, primal, strict=True)]
        dual_way = [
            pull - one / slack * moved
            for pull, one, slack, moved in zip(pulls, self.dual, self.slack, moves, strict=True)
        ]
        return way, slack_way, dual_way

    def _primal_residual(self) -> list[float]:
        """What each row lacks: bound + slack - row · z."""
        there = self.matrix.times(self.point)
        return [
            bound + slack - one
            for bound, slack, one in zip(self.program.bounds, self.slack, there, strict=True)
        ]

    def _dual_residual(self) -> list[float]:
        """What the dual values leave of each cost, with the sign of Newton's right side."""
        return self.matrix.pulled([-cost for cost in self.program.cost], self.dual)


class _Cholesky:
    """Factor of a matrix that is given by its diagonal and the three below it."""

    def __init__(self, bands: list[list[float]]) -> None:
        self.lines: list[tuple[float, float, float, float]] = []
        add = self.lines.append
        # of the three lines before: diagonal, first and second below it; before the first there is nothing
        back3 = back2 = back1 = (1.0, 0.0, 0.0)
        for diagonal, near, middle, far in zip(*bands, strict=True):
            third = far / back3[0]
            second = (middle - third * back2[1]) / back2[0]
            first = (near - second * back1[1] - third * back1[2]) / back1[0]
            total = diagonal - first * first - second * second - third * third
            root = max(total, REGULARITY * (1.0 + diagonal)) ** 0.5
            add((root, first, second, third))
            back3, back2, back1 = back2, back1, (root, first, second)

    def solve(self, right: list[float]) -> list[float]:
        """Solve forward, then backward."""
        found: list[float] = []
        add = found.append
        one = two = three = 0.0
        for value, (root, first, second, third) in zip(right, self.lines, strict=True):
            one, two, three = (value - first * one - second * two - third * three) / root, one, two
            add(one)
        result: list[float] = []
        add = result.append
        # what the three lines after this one take from it
        near = middle = middle_next = far = far_next = far_last = 0.0
        for value, (root, first, second, third) in zip(reversed(found), reversed(self.lines), strict=True):
            here = (value - far - middle - near) / root
            add(here)
            near = first * here
            middle, middle_next = middle_next, second * here
            far, far_next, far_last = far_next, far_last, third * here
        result.reverse()
        return result


def _reach(values: list[float], way: list[float]) -> float:
    """Return how far all values stay positive."""
    return min([-value / move for value, move in zip(values, way, strict=True) if move < 0], default=1.0)


def _moved(values: list[float], way: list[float], share: float) -> list[float]:
    return [value + share * move for value, move in zip(values, way, strict=True)]
