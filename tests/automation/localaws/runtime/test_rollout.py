"""Bounds of a rolling update, restart delays, the circuit breaker."""

import pytest

from automation.localaws.runtime.rollout import Rollout, bounds, breaker_threshold
from tests.automation.localaws.runtime.builders import a_service

FRESH = Rollout(deployment_id="ecs-svc/1", task_definition="web:1")


def failed(rollout, times, now=0.0):
    for _ in range(times):
        rollout = rollout.after_failure(now, time_scale=1.0)
    return rollout


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "lowest", "highest"),
    [(3, 50, 150, 2, 4), (1, 100, 200, 1, 2), (4, 0, 100, 0, 4), (0, 100, 200, 0, 0), (3, 100, 133, 3, 3)],
)
def test_the_lower_bound_rounds_up_and_the_upper_down(desired, minimum, maximum, lowest, highest):
    limits = bounds(
        a_service(desired_count=desired, minimum_healthy_percent=minimum, maximum_percent=maximum)
    )
    assert (limits.lowest, limits.highest) == (lowest, highest)


def test_a_fresh_deployment_launches_at_once():
    assert FRESH.may_launch(0.0)


def test_restart_delays_double_and_stop_growing():
    rollout, delays = FRESH, []
    for _ in range(8):
        now = rollout.retry_at
        rollout = rollout.after_failure(now, time_scale=1.0)
        delays.append(rollout.retry_at - now)
    assert delays == [1, 2, 4, 8, 16, 32, 60, 60]


def test_tasks_that_fail_together_are_delayed_once_but_counted_each():
    rollout = failed(FRESH, 4, now=10.0)
    assert (rollout.retry_at, rollout.failures) == (11.0, 4)


def test_a_time_scale_shortens_delays():
    assert FRESH.after_failure(5.0, time_scale=0.1).retry_at == pytest.approx(5.1)


def test_success_forgets_failures():
    assert failed(FRESH, 3).after_success() == FRESH


@pytest.mark.parametrize(("desired", "threshold"), [(0, 3), (2, 3), (10, 5), (1000, 200)])
def test_the_breaker_waits_for_half_the_desired_count_within_its_limits(desired, threshold):
    assert breaker_threshold(desired) == threshold


def test_the_breaker_trips_after_enough_failures():
    assert not failed(FRESH, 2).trips(a_service())
    assert failed(FRESH, 3).trips(a_service())


def test_the_breaker_stays_out_of_a_deployment_that_arrived_once():
    assert not failed(FRESH.after_arrival(), 9).trips(a_service())


def test_the_breaker_does_nothing_where_it_is_off():
    assert not failed(FRESH, 9).trips(a_service(has_circuit_breaker=False))


def test_a_deployment_that_was_given_up_launches_nothing_and_trips_no_more():
    given_up = failed(FRESH, 3).after_trip()
    assert not given_up.may_launch(1e9)
    assert not given_up.trips(a_service())


def test_a_roll_back_goes_to_the_last_revision_that_arrived():
    second = FRESH.after_arrival().succeeded_by(a_service(deployment_id="ecs-svc/2", task_definition="web:2"))
    third = failed(second, 3).succeeded_by(a_service(deployment_id="ecs-svc/3", task_definition="web:3"))
    assert second.rollback_target(a_service()) == "web:1"
    assert third.rollback_target(a_service()) == "web:1"


def test_there_is_no_roll_back_without_a_good_revision_or_where_it_is_off():
    assert FRESH.rollback_target(a_service()) == ""
    second = FRESH.after_arrival().succeeded_by(a_service(deployment_id="ecs-svc/2", task_definition="web:2"))
    assert second.rollback_target(a_service(rolls_back=False)) == ""


def test_a_failing_roll_back_is_not_rolled_back_to_itself():
    back = Rollout(deployment_id="ecs-svc/3", task_definition="web:1", previous_good="web:1")
    assert back.rollback_target(a_service()) == ""
