"""What is recommended for a load: the cheapest that meets the goal, against a baseline that is told."""

from dataclasses import replace

import pytest

from automation.simulation.functions import run_functions
from automation.simulation.offers import offers
from automation.simulation.recommendation import recommend
from components.prices import read_prices
from tests.automation.simulation.loads import load
from worker.domain.scaling import ScalingPolicy

OFFERS = offers(read_prices())
POLICY = ScalingPolicy(maximum=8)
SPARSE = load(*[(hour * 3600.0, 30.0) for hour in range(24)], span_seconds=86_400.0)
BULK = load(*[(day * 40_000.0, 60.0) for day in range(2) for _ in range(100)], span_seconds=86_400.0)


def test_sparse_jobs_are_cheapest_as_functions_and_bulk_as_tasks():
    assert recommend(SPARSE, POLICY, OFFERS).best.compute == "lambda"
    fargate_only = recommend(BULK, replace(POLICY, slo_seconds=3600), OFFERS).best
    assert fargate_only.compute == "ecs-fargate"


def test_the_recommended_choice_meets_the_goal_and_is_the_cheapest_that_does():
    found = recommend(SPARSE, POLICY, OFFERS)
    assert found.best.meets_goal()
    assert found.best.usd_per_month == min(one.usd_per_month for one in found.choices if one.meets_goal())


def test_the_baseline_is_the_fewest_workers_that_meet_the_goal():
    found = recommend(SPARSE, POLICY, {"ecs-fargate": OFFERS["ecs-fargate"]})
    assert (found.baseline.workers, found.baseline.meets_goal) == (1, True)
    assert found.baseline.usd_per_month == pytest.approx(0.12152 * 730)
    assert 0.5 < found.saving < 1


def test_a_goal_that_nobody_meets_is_said_to_be_missed():
    found = recommend(BULK, replace(POLICY, maximum=1), {"ecs-fargate": OFFERS["ecs-fargate"]})
    assert not found.best.meets_goal()
    assert not found.baseline.meets_goal


def test_jobs_beyond_a_quarter_of_an_hour_are_not_for_functions():
    long = load((0.0, 901.0), (5000.0, 10.0))
    assert {one.compute for one in recommend(long, POLICY, OFFERS).choices} == {"ecs-fargate", "ec2-gpu"}


def test_a_function_pays_for_its_job_and_a_cold_start_and_for_no_pause():
    meter = run_functions(load((0.0, 30.0), (60.0, 30.0), (1000.0, 30.0)), maximum=10, start_seconds=10)
    assert meter.billed_seconds == 90 + 2 * 10
    assert meter.waits == [10, 0, 10]


def test_functions_begin_with_five_at_once():
    meter = run_functions(load(*[(0.0, 30.0)] * 6), maximum=100, start_seconds=10)
    assert max(meter.waits) == 40
