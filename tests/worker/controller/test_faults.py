"""What the controller does where the world fails: it holds, says why, and goes on at the next tick."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.scaling import SETTINGS, FakeWorld
from worker.controller.tick import Controller
from worker.domain.fleet_control import Hold, Wishes


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


def tick(world: FakeWorld, **settings):
    return Controller(world.ports(), replace(SETTINGS, **settings)).tick()


def test_lanes_that_do_not_answer_leave_the_size_as_it_is(world):
    world.fleet.desired = 3
    world.lanes.fault = "ask the lanes how full they are: RequestThrottled"
    for _ in range(30):
        told = tick(world)
        world.pass_time(60)
    assert world.fleet.desired == 3
    assert "RequestThrottled" in told.trouble
    assert world.records.record.reason == "unknown"
    world.lanes.fault = ""
    world.lanes.visible = 100
    tick(world)
    assert world.fleet.desired > 3


def test_a_ledger_that_throttles_changes_nothing_since_somebody_may_have_stopped_the_fleet(world):
    world.records.fault = "read the last look: ProvisionedThroughputExceededException"
    world.lanes.visible = 100
    told = tick(world)
    assert (told.after, world.fleet.asked) == (None, [])
    assert "ProvisionedThroughput" in told.trouble
    world.records.fault = ""
    tick(world)
    assert world.fleet.desired >= 1


def test_a_service_that_cannot_be_read_is_left_alone_and_the_memory_kept(world):
    world.fleet.desired = 1
    tick(world)
    memory = world.records.record.memory
    world.fleet.fault = "look at the service: ServerException"
    world.pass_time(20)
    tick(world)
    assert world.records.record.desired is None
    assert "ServerException" in world.records.record.trouble
    assert world.records.record.memory == memory
    world.fleet.fault = ""
    for seconds in (100, 5):
        world.pass_time(seconds)
        tick(world)
    assert world.fleet.desired == 0


def test_a_refused_change_is_said_and_tried_again(world):
    world.lanes.visible = 5
    world.fleet.refuses = "ask for 1 workers: AccessDeniedException"
    told = tick(world)
    assert (told.before, told.after) == (0, 0)
    assert "AccessDenied" in world.records.record.trouble
    assert world.records.changes == []
    world.fleet.refuses = ""
    world.pass_time(20)
    tick(world)
    assert world.fleet.desired >= 1


def test_a_quota_that_is_reached_stops_the_asking_and_is_told_in_the_platforms_words(world):
    world.lanes.visible = 2000
    world.fleet.capacity = 2
    world.fleet.last_event = "(service workers) was unable to place a task: You've reached the limit on vCPUs"
    for _ in range(40):
        tick(world, maximum_instances=50)
        world.pass_time(20)
    record = world.records.record
    assert record.reason == "not-starting"
    assert "limit on vCPUs" in record.trouble
    asked = world.fleet.desired
    for _ in range(10):
        tick(world, maximum_instances=50)
        world.pass_time(20)
    assert world.fleet.desired == asked
    world.fleet.capacity = 100
    world.pass_time(20)
    tick(world, maximum_instances=50)
    assert world.records.record.reason != "not-starting"


def test_a_controller_that_was_dead_for_an_hour_goes_on_where_the_world_is_now(world):
    world.fleet.desired = 2
    world.lanes.in_flight = 2
    world.works("task-1", "task-2")
    tick(world)
    world.pass_time(3600)
    world.works("task-1", "task-2")
    tick(world)
    assert world.fleet.desired == 2
    world.lanes.visible = 300
    tick(world)
    assert world.fleet.desired > 2


def test_the_hour_that_nobody_looked_at_is_paid_for_with_the_larger_number_of_workers(world):
    prices = {"worker_hour_usd": 0.10, "budget_usd": 100.0}
    world.fleet.desired = 4
    world.lanes.in_flight = 4
    tick(world, **prices)
    world.pass_time(3600)
    tick(world, **prices)
    (meter,) = world.records.months.values()
    assert meter.spent_usd == pytest.approx(0.40)


def test_a_clock_that_is_set_back_neither_stops_a_fleet_early_nor_lets_it_run_for_ever(world):
    world.fleet.desired = 1
    tick(world)
    world.pass_time(-3600)
    tick(world)
    assert world.fleet.desired == 1
    world.pass_time(110)
    tick(world)
    assert world.fleet.desired == 1
    for seconds in (10, 5):
        world.pass_time(seconds)
        tick(world)
    assert world.fleet.desired == 0


def test_a_clock_far_ahead_takes_nobody_away_that_has_a_message(world):
    world.fleet.desired = 3
    world.lanes.in_flight = 3
    world.works("task-1", "task-2", "task-3")
    tick(world)
    world.clock.moment += timedelta(hours=5)  # now the whole roster seems silent
    tick(world)
    world.pass_time(300)
    tick(world)
    assert world.fleet.desired == 3


def test_two_controllers_at_once_do_not_overwrite_each_other(world):
    world.lanes.visible = 5
    first = tick(world)
    stale = world.records.last()
    world.pass_time(1)
    tick(world)
    world.records.last = lambda: stale
    assert first.trouble == ""
    assert "another controller" in tick(world).trouble


def test_a_record_that_cannot_be_read_is_written_anew(world):
    world.records.version = 7
    world.records.record = None
    tick(world)
    assert world.records.version == 8


def test_a_roster_that_cannot_be_read_takes_nobody_away_that_a_message_keeps_busy(world):
    world.fleet.desired = 4
    world.lanes.in_flight = 4
    world.activity.fault = "read the roster: InternalServerError"
    for _ in range(5):
        tick(world)
        world.pass_time(60)
    assert world.fleet.desired == 4


def test_a_budget_that_is_spent_freezes_the_fleet_and_an_overspent_one_empties_it(world):
    prices = {"worker_hour_usd": 1.0, "budget_usd": 4.0}
    world.fleet.desired = 2
    world.lanes.in_flight, world.lanes.visible = 2, 1000
    world.records.wanted = Wishes(maximum=2)
    tick(world, **prices)
    world.pass_time(2 * 3600)
    world.records.wanted = Wishes()
    tick(world, **prices)
    assert world.fleet.desired == 2
    assert world.records.record.reason == "budget-frozen"
    world.pass_time(3600)
    tick(world, **prices)
    assert world.fleet.desired == 0
    assert world.records.record.reason == "budget-zero"
    assert [subject.rpartition(", ")[2] for subject in world.announcer.told] == [
        "mail",
        "alert",
        "freeze",
        "zero",
    ]


def test_somebody_who_holds_more_workers_does_not_get_them_beyond_the_budget(world):
    prices = {"worker_hour_usd": 1.0, "budget_usd": 4.0}
    world.fleet.desired = 2
    world.lanes.in_flight = 2
    tick(world, **prices)
    world.pass_time(2 * 3600)
    now = world.clock.now()
    world.records.wanted = Wishes(hold=Hold(desired=5, why="", by="ann", since=now))
    tick(world, **prices)
    assert world.fleet.desired == 2
    assert "the budget allows no more" in world.records.record.sentence


def test_a_budget_of_nothing_allows_nothing_and_a_price_that_is_missing_freezes(world):
    world.lanes.visible = 10
    tick(world, budget_usd=0.0, worker_hour_usd=1.0)
    assert world.fleet.desired == 0
    tick(world, budget_usd=100.0)
    assert world.fleet.desired == 0
    assert world.records.record.reason == "budget-frozen"
    tick(world, budget_usd=100.0, worker_hour_usd=1.0)
    assert world.fleet.desired >= 1


def test_a_meter_that_cannot_be_read_allows_no_more_workers_than_there_are(world):
    world.fleet.desired = 1
    world.lanes.visible = 500
    world.records.meter_fault = "read the meter: ThrottlingException"
    told = tick(world, budget_usd=100.0, worker_hour_usd=1.0)
    assert world.fleet.desired == 1
    assert "read the meter" in told.trouble


def test_a_rung_that_could_not_be_told_is_told_at_the_next_look(world):
    prices = {"worker_hour_usd": 1.0, "budget_usd": 4.0}
    world.fleet.desired = 2
    world.lanes.in_flight = 2
    tick(world, **prices)
    world.pass_time(3600)
    world.announcer.fault = "publish to the topic: InternalError"
    assert "publish" in tick(world, **prices).trouble
    world.announcer.fault = ""
    world.pass_time(20)
    tick(world, **prices)
    assert len(world.announcer.told) == 1
