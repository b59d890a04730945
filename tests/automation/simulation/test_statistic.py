"""Means, intervals and quantiles."""

import pytest

from automation.simulation.statistic import Estimate, quantile


def test_an_interval_is_student_s():
    estimate = Estimate.of([1.0, 2.0, 3.0])
    assert estimate.mean == 2.0
    assert estimate.margin == pytest.approx(4.303 * 1.0 / 3**0.5)


def test_one_seed_says_nothing_of_others():
    assert Estimate.of([5.0]) == Estimate(mean=5.0, margin=0.0)


def test_many_seeds_take_the_normal_quantile():
    values = [float(index % 2) for index in range(100)]
    assert Estimate.of(values).margin == pytest.approx(1.96 * (25 / 99) ** 0.5 / 10)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.99, 4), (1.0, 4)])
def test_a_quantile_is_one_of_the_values(share, value):
    assert quantile([1, 2, 3, 4], share) == value


def test_nothing_has_the_quantile_0():
    assert quantile([], 0.5) == 0.0
