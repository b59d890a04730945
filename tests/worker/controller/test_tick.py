"""A tick: observe, decide, act, write down why."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.scaling import SETTINGS, FakeWorld
from worker.controller.handler import SawNothing, is_asked_for, run
from worker.controller.tick import Controller
from worker.domain.fleet_control import AutoStop, Hold, Wishes
from worker.domain.looks import SUBMITTED


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


def controller(world: FakeWorld, **settings) -> Controller:
    return Controller(world.ports(), replace(SETTINGS, **settings))


def hold(world: FakeWorld, desired: int, *, minutes: float | None = None) -> Wishes:
    now = world.clock.now()
    until = None if minutes is None else now + timedelta(minutes=minutes)
    return Wishes(hold=Hold(desired=desired, why="night", by="ann", since=now, until=until))


def a_minute(world: FakeWorld) -> Callable[[], float]:
    """What is left of the time that Lambda gives."""
    end = world.clock.now() + timedelta(seconds=55)

    def remaining() -> float:
        return (end - world.clock.now()).total_seconds()

    return remaining


def test_a_backlog_wakes_the_fleet_and_the_reason_is_written_down(world):
    world.lanes.visible = 30
    tick = controller(world).tick()
    assert world.fleet.desired >= 1
    assert (tick.before, tick.after) == (0, world.fleet.desired)
    record = world.records.record
    assert (record.reason, record.desired) == ("wake", world.fleet.desired)
    assert "30 jobs waiting" in record.sentence
    (change,) = world.records.changes
    assert (change.before, change.after) == (0, world.fleet.desired)


def test_a_large_backlog_grows_the_fleet_by_limited_steps_up_to_its_maximum(world):
    world.lanes.visible = 500
    sizes = []
    for _ in range(5):
        controller(world, maximum_instances=8).tick()
        sizes.append(world.fleet.desired)
        world.pass_time(60)
    assert max(after - before for before, after in zip([0, *sizes], sizes, strict=False)) <= 5
    assert sizes[-1] == 8
    assert world.records.record.reason == "at-maximum"


def test_an_idle_fleet_stops_at_its_timer_which_every_new_process_knows(world):
    world.fleet.desired = 1
    controller(world).tick()
    stops_at = world.records.record.next_at
    assert stops_at == world.clock.now() + timedelta(minutes=2)
    world.pass_time(100)
    controller(world).tick()
    assert world.fleet.desired == 1
    world.pass_time(20)
    controller(world).tick()
    assert world.records.record.reason == "idle-stop"
    world.pass_time(5)
    controller(world).tick()
    assert world.fleet.desired == 0


def test_a_timer_longer_than_the_promise_stops_within_fifteen_minutes_all_the_same(world):
    world.fleet.desired = 1
    seconds = 0
    while world.fleet.desired:
        controller(world, auto_stop_minutes=600).tick()
        world.pass_time(60)
        seconds += 60
    assert seconds <= 900


def test_a_fleet_that_never_stops_keeps_its_instances_and_goes_back_to_them(world):
    world.fleet.desired = 5
    for _ in range(30):
        controller(world, auto_stop_minutes=0, instances=2).tick()
        world.pass_time(60)
    assert world.fleet.desired == 2
    world.fleet.desired = 0
    controller(world, auto_stop_minutes=0, instances=2).tick()
    assert world.fleet.desired == 2


def test_a_quiet_fleet_is_not_asked_for_again(world):
    for _ in range(5):
        controller(world).tick()
        world.pass_time(60)
    assert world.fleet.asked == []
    assert world.records.version == 5


def test_workers_without_a_job_are_asked_and_leave_when_they_have_answered_while_all_others_are_protected(
    world,
):
    world.fleet.desired = 4
    world.lanes.in_flight = 2
    world.works("task-1", "task-2")
    world.idles("task-3", "task-4")
    tick = controller(world).tick()
    assert (world.fleet.desired, tick.pause_seconds) == (4, 5)
    assert "have closed" in world.records.record.next_change
    assert world.fleet.shielded == set()
    world.pass_time(5)
    world.answer()
    controller(world).tick()
    assert world.fleet.desired == 2
    assert world.fleet.shielded == {"task-1", "task-2"}
    (change,) = world.records.changes
    assert (change.before, change.after) == (4, 2)


def test_as_long_as_the_platform_still_has_to_choose_whom_it_stops_all_others_stay_protected(world):
    world.fleet.desired = 4
    world.lanes.in_flight = 2
    world.works("task-1", "task-2")
    world.idles("task-3", "task-4")
    controller(world).tick()
    world.pass_time(5)
    world.answer()
    controller(world).tick()
    world.fleet.leaving = 2
    world.fleet.shielded.clear()
    world.pass_time(5)
    world.answer()
    controller(world).tick()
    assert (world.fleet.desired, world.fleet.shielded) == (2, {"task-1", "task-2"})


def test_a_worker_that_got_a_job_since_its_last_report_is_not_taken_away(world):
    world.fleet.desired = 2
    world.lanes.in_flight = 1
    world.works("task-1")
    world.idles("task-2")
    controller(world).tick()
    world.works("task-1", "task-2")  # instead of an answer
    world.lanes.in_flight = 2
    for _ in range(20):
        world.pass_time(5)
        world.answer()
        controller(world).tick()
    assert world.fleet.asked == []


def test_work_that_comes_while_workers_close_opens_them_again(world):
    world.fleet.desired = 3
    world.lanes.in_flight = 1
    world.works("task-1")
    world.idles("task-2", "task-3")
    controller(world).tick()
    world.pass_time(5)
    world.answer()
    assert {one.closed_for for one in world.activity.roster[1:]} != {None}
    world.lanes.visible = 9
    controller(world).tick()
    world.answer()
    assert world.fleet.desired == 3
    assert {one.closed_for for one in world.activity.roster} == {None}


def test_workers_that_do_not_answer_go_with_an_idle_fleet_all_the_same(world):
    world.fleet.desired = 2
    world.idles("task-1", "task-2")
    seconds = 0
    while world.fleet.desired:
        world.idles("task-1", "task-2")
        controller(world, auto_stop_minutes=14).tick()
        world.pass_time(20)
        seconds += 20
    assert 780 < seconds <= 880


def test_answers_that_another_controller_has_used_up_take_nobody_away_again(world):
    world.fleet.desired = 3
    world.lanes.in_flight = 2
    world.works("task-1", "task-2")
    world.idles("task-3")
    controller(world).tick()
    world.pass_time(5)
    world.answer()
    stale = world.records.last()
    world.records.version += 1  # of the other one
    world.records.last = lambda: stale
    tick = controller(world).tick()
    assert world.fleet.desired == 3
    assert "another controller" in tick.trouble


def test_nobody_leaves_where_those_that_work_cannot_be_protected(world):
    world.fleet.desired = 4
    world.lanes.in_flight = 2
    world.works("task-1", "task-2")
    world.idles("task-3", "task-4")
    world.fleet.refuses = "protect workers: ThrottlingException"
    for _ in range(3):
        tick = controller(world).tick()
        world.pass_time(5)
        world.answer()
        if "ThrottlingException" in tick.trouble:
            break
    assert world.fleet.desired == 4
    assert "ThrottlingException" in tick.trouble
    assert "ThrottlingException" in world.records.record.trouble
    world.fleet.refuses = ""
    for _ in range(40):
        world.pass_time(5)
        world.answer()
        controller(world).tick()
    assert world.fleet.desired == 2


def test_a_roster_that_is_half_a_minute_old_does_not_hide_the_jobs_in_flight(world):
    world.fleet.desired = 4
    world.lanes.in_flight = 3
    world.works("task-1")
    for _ in range(4):
        controller(world).tick()
        world.pass_time(20)
        world.works("task-1")
    assert world.fleet.desired == 3


def test_a_stop_is_kept_whatever_waits_and_says_who_and_until_when(world):
    world.lanes.visible = 50
    world.fleet.desired = 3
    world.records.wanted = hold(world, 0)
    controller(world).tick()
    assert world.fleet.desired == 0
    record = world.records.record
    assert record.reason == "paused"
    assert "stopped by ann" in record.sentence
    assert "night" in record.sentence
    assert "until start or submit" in record.next_change


def test_a_hold_ends_by_itself_and_scaling_goes_on(world):
    world.fleet.desired = 1
    world.records.wanted = hold(world, 3, minutes=10)
    controller(world).tick()
    assert world.fleet.desired == 3
    assert world.records.record.next_at == world.clock.now() + timedelta(minutes=10)
    world.pass_time(601)
    controller(world).tick()
    assert world.records.record.reason != "paused"


def test_bounds_that_people_set_go_before_those_that_were_deployed(world):
    world.records.wanted = Wishes(minimum=1, maximum=2)
    controller(world).tick()
    assert world.fleet.desired == 1
    world.lanes.visible = 1000
    for _ in range(3):
        world.pass_time(60)
        controller(world).tick()
    assert world.fleet.desired == 2


def test_auto_stop_can_be_changed_and_switched_off_while_the_fleet_runs(world):
    world.fleet.desired = 1
    world.records.wanted = Wishes(auto_stop=AutoStop(minutes=0), minimum=1)
    for _ in range(30):
        controller(world).tick()
        world.pass_time(60)
    assert world.fleet.desired == 1
    world.records.wanted = Wishes(auto_stop=AutoStop(minutes=1))
    for _ in range(2):
        controller(world).tick()
        world.pass_time(5)
    assert world.fleet.desired == 0


def test_measured_times_reach_the_policy(world):
    world.lanes.visible = 20
    world.activity.seconds = 1.0
    controller(world).tick()
    quick = world.fleet.desired
    other = FakeWorld()
    other.lanes.visible, other.activity.seconds = 20, 120.0
    controller(other).tick()
    assert quick < other.fleet.desired
    assert other.records.record.memory.service_seconds == 120.0


def test_a_start_is_measured_from_the_request_to_the_workers_first_word(world):
    world.fleet.desired = 1
    world.lanes.visible = 1
    world.works("task-1")
    (worker,) = world.activity.roster
    world.activity.roster = [replace(worker, started_at=world.clock.now() - timedelta(seconds=10))]
    world.fleet.created = {"task-1": world.clock.now() - timedelta(seconds=75)}
    controller(world).tick()
    assert world.records.record.memory.start_seconds == 65


def test_an_invocation_looks_three_times_a_minute_while_there_is_something_to_do(world):
    world.lanes.visible = 5
    ran = run(controller(world), world.clock, a_minute(world))
    assert ran["looks"] == 3
    assert world.records.version == 3


def test_an_invocation_looks_once_at_a_fleet_that_sleeps(world):
    ran = run(controller(world), world.clock, lambda: 55.0)
    assert (ran["looks"], ran["workers"], ran["reason"]) == (1, 0, "asleep")


def test_an_invocation_looks_sooner_while_workers_are_asked(world):
    world.fleet.desired = 2
    world.lanes.in_flight = 1
    world.works("task-1")
    world.idles("task-2")
    ran = run(controller(world), world.clock, a_minute(world))
    assert ran["looks"] > 3


def test_a_submission_has_the_controller_look_once_or_for_a_minute_where_the_fleet_slept(world):
    run(controller(world), world.clock, lambda: 55.0)
    world.lanes.visible = 5
    assert run(controller(world), world.clock, a_minute(world), is_extra=True)["looks"] == 3
    assert world.fleet.desired >= 1
    assert run(controller(world), world.clock, lambda: 55.0, is_extra=True)["looks"] == 1


def test_a_look_for_a_submission_leaves_a_fleet_that_works_to_those_of_the_schedule(world):
    world.fleet.desired = 1
    world.lanes.in_flight = 1
    world.works("task-1")
    run(controller(world), world.clock, lambda: 5.0)
    assert run(controller(world), world.clock, a_minute(world), is_extra=True)["looks"] == 1
    assert run(controller(world), world.clock, a_minute(world))["looks"] > 1


def test_looks_of_the_schedule_are_told_from_those_that_somebody_asked_for():
    assert not is_asked_for({"source": "aws.events", "detail-type": "Scheduled Event"})
    assert is_asked_for(SUBMITTED)
    assert is_asked_for({})


def test_a_run_that_sees_nothing_fails_so_that_alarms_hear_of_it(world):
    world.records.fault = "read the last look: AccessDeniedException"
    with pytest.raises(SawNothing, match="AccessDenied"):
        run(controller(world), world.clock, a_minute(world))
    world.records.fault = ""
    world.fleet.fault = "look at the service: ServerException"
    with pytest.raises(SawNothing, match="ServerException"):
        run(controller(world), world.clock, a_minute(world))


def test_a_run_in_which_one_look_saw_the_fleet_is_none_of_a_dead_controller(world):
    world.fleet.desired = 1
    world.lanes.in_flight = 1
    looks = controller(world)
    remaining = a_minute(world)

    def failing_later():
        world.records.fault = "read the last look: InternalServerError"
        return remaining()

    assert run(looks, world.clock, failing_later)["trouble"]
