"""Savings and the baselines that they are measured against."""

import pytest

from automation.cost.baselines import (
    ORIGINAL_MONTH_USD,
    compared,
    original_fleet_without_them,
    original_plan,
)
from automation.cost.estimate import estimate
from automation.cost.usage import UseOfFleet
from components.prices import PriceTable, read_prices
from tests.automation.cost.plans import fargate

TABLE = read_prices()
HOME = "us-east-1"


def test_the_original_plan_is_reproduced_from_the_prices_of_today():
    plan = original_plan(TABLE, HOME)
    assert plan is not None
    assert plan.always_on_usd == pytest.approx(237.26, abs=0.1)
    assert plan.month_usd(0.21) == pytest.approx(ORIGINAL_MONTH_USD[0], abs=0.5)
    assert plan.month_usd(0.31) == pytest.approx(ORIGINAL_MONTH_USD[1], abs=0.5)
    assert (plan.saving(0.21), plan.saving(0.31)) == (
        pytest.approx(0.57, abs=0.005),
        pytest.approx(0.49, abs=0.005),
    )


def test_its_largest_saving_needs_a_duty_at_which_its_dollars_are_others():
    plan = original_plan(TABLE, HOME)
    assert plan is not None
    assert plan.duty_for_saving(0.46) == pytest.approx(0.36, abs=0.005)
    assert plan.month_usd(plan.duty_for_saving(0.68)) == pytest.approx(76, abs=0.5)


def test_without_load_balancer_and_nat_the_same_tasks_cost_half():
    plan, lean = original_plan(TABLE, HOME), original_fleet_without_them(TABLE, HOME)
    assert plan is not None
    assert lean is not None
    assert lean.fixed_usd == pytest.approx(5.23, abs=0.05)
    assert lean.month_usd(0.27) == pytest.approx(53, abs=0.5)
    assert lean.month_usd(0.27) < 0.5 * plan.month_usd(0.27)


def test_no_saving_passes_what_is_not_fixed():
    plan = original_plan(TABLE, HOME)
    assert plan is not None
    assert plan.saving(0.0) == pytest.approx(1 - plan.fixed_usd / plan.always_on_usd)


def test_a_region_whose_prices_are_not_known_has_no_baseline_rather_than_a_wrong_one():
    stack = estimate(fargate(), TABLE, "eu-west-1", UseOfFleet())
    assert [design.name for design in compared(stack, TABLE)] == ["this stack as planned, 1 worker"]
    assert original_plan(PriceTable(prices=()), HOME) is None
