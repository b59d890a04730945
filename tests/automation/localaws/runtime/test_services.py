"""The planner: services and tasks in, starts and stops out."""

import dataclasses
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.localaws.runtime.rollout import bounds
from automation.localaws.runtime.services import UNHEALTHY_REASON, has_arrived, is_complete, plan
from tests.automation.localaws.runtime.builders import a_service, a_service_task


def stopped(step):
    return [stop.arn for stop in step.stops]


def test_an_empty_service_starts_all_that_is_desired():
    assert plan(a_service(desired_count=3), [], may_launch=True).start == 3


def test_nothing_starts_while_the_launch_gate_is_shut():
    assert plan(a_service(), [], may_launch=False).start == 0


def test_a_full_service_is_left_alone():
    step = plan(a_service(), [a_service_task(1), a_service_task(2)], may_launch=True)
    assert (step.start, step.stops) == (0, ())


def test_scaling_in_stops_the_oldest_first():
    tasks = [a_service_task(3), a_service_task(1), a_service_task(2)]
    assert stopped(plan(a_service(desired_count=1), tasks, may_launch=True)) == ["task-1", "task-2"]


def test_scaling_in_goes_around_protected_tasks():
    tasks = [a_service_task(1, is_protected=True), a_service_task(2), a_service_task(3)]
    assert stopped(plan(a_service(desired_count=1), tasks, may_launch=True)) == ["task-2", "task-3"]


def test_scaling_in_waits_where_all_are_protected():
    tasks = [a_service_task(1, is_protected=True), a_service_task(2, is_protected=True)]
    assert stopped(plan(a_service(desired_count=0), tasks, may_launch=True)) == []


def test_scaling_in_during_a_rollout_stops_old_revisions_first():
    tasks = [a_service_task(1, is_current=False), a_service_task(2), a_service_task(3)]
    assert stopped(plan(a_service(desired_count=2), tasks, may_launch=True)) == ["task-1"]


def test_scaling_to_zero_in_the_middle_of_a_rollout_stops_both_revisions():
    tasks = [a_service_task(1, is_current=False), a_service_task(2)]
    assert stopped(plan(a_service(desired_count=0), tasks, may_launch=True)) == ["task-2", "task-1"]


def test_an_unhealthy_task_is_stopped_with_its_reason_and_replaced():
    step = plan(a_service(), [a_service_task(1, is_unhealthy=True), a_service_task(2)], may_launch=True)
    assert [(stop.arn, stop.reason) for stop in step.stops] == [("task-1", UNHEALTHY_REASON)]
    assert step.start == 1


def test_a_service_that_is_being_deleted_stops_everything_protected_or_not():
    step = plan(
        a_service(is_active=False, desired_count=2),
        [a_service_task(1, is_protected=True), a_service_task(2)],
        may_launch=True,
    )
    assert stopped(step) == ["task-1", "task-2"]
    assert not step.respects_protection


def test_a_rollout_starts_the_new_before_it_stops_the_old():
    old = [a_service_task(1, is_current=False), a_service_task(2, is_current=False)]
    step = plan(a_service(), old, may_launch=True)
    assert (step.start, stopped(step)) == (2, [])


def test_a_rollout_stops_one_old_task_for_each_new_one_that_serves():
    tasks = [
        a_service_task(1, is_current=False),
        a_service_task(2, is_current=False),
        a_service_task(3),
        a_service_task(4, is_serving=False),
    ]
    assert stopped(plan(a_service(), tasks, may_launch=True)) == ["task-1"]


def test_a_rollout_without_room_stops_only_what_makes_room():
    service = a_service(maximum_percent=100, minimum_healthy_percent=50)
    old = [a_service_task(1, is_current=False), a_service_task(2, is_current=False)]
    step = plan(service, old, may_launch=True)
    assert (step.start, stopped(step)) == (0, ["task-1"])


def test_an_old_task_that_never_served_goes_at_once():
    tasks = [a_service_task(1, is_current=False, is_serving=False), a_service_task(2, is_current=False)]
    assert stopped(plan(a_service(), tasks, may_launch=True)) == ["task-1"]


def test_a_rollout_that_may_not_launch_keeps_the_old_tasks():
    old = [a_service_task(1, is_current=False), a_service_task(2, is_current=False)]
    step = plan(a_service(), old, may_launch=False)
    assert (step.start, stopped(step)) == (0, [])


@pytest.mark.parametrize(
    ("tasks", "is_done"),
    [
        ([a_service_task(1), a_service_task(2)], True),
        ([a_service_task(1)], False),
        ([a_service_task(1), a_service_task(2, is_serving=False)], False),
        ([a_service_task(1), a_service_task(2), a_service_task(3, is_current=False)], False),
    ],
)
def test_a_rollout_is_complete_when_all_desired_serve_and_no_old_one_is_left(tasks, is_done):
    assert is_complete(a_service(), tasks) is is_done


def test_a_rollout_has_not_arrived_before_its_tasks_have_shown_that_they_last():
    tasks = [a_service_task(1), a_service_task(2, is_settled=False)]
    assert not has_arrived(a_service(), tasks)


@given(
    desired=st.integers(0, 6),
    old_count=st.integers(0, 6),
    minimum=st.sampled_from([0, 50, 100]),
    maximum=st.sampled_from([100, 150, 200]),
)
def test_every_rollout_with_room_ends_and_keeps_within_its_bounds(desired, old_count, minimum, maximum):
    service = a_service(desired_count=desired, minimum_healthy_percent=minimum, maximum_percent=maximum)
    limits = bounds(service)
    numbers = itertools.count(100)
    tasks = [a_service_task(number, is_current=False) for number in range(old_count)]
    has_room = limits.highest > limits.lowest or desired == 0
    for _ in range(40):
        step = plan(service, tasks, may_launch=True)
        gone = set(stopped(step))
        serving_before = sum(task.is_serving for task in tasks)
        tasks = [task for task in tasks if task.arn not in gone]
        serving = sum(task.is_serving for task in tasks)
        assert serving >= min(serving_before, limits.lowest)
        assert len(tasks) + step.start <= max(limits.highest, len(tasks))
        tasks = [dataclasses.replace(task, is_serving=True) for task in tasks]
        tasks += [a_service_task(next(numbers), is_serving=False) for _ in range(step.start)]
    if has_room:
        assert is_complete(service, tasks)
        assert len(tasks) == desired
