"""A fleet of functions and its budget: what is counted, what is narrowed, closed and given back, and what a person's word does to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.spending import SETTINGS, FakePurseWorld
from worker.controller.spending import SpendingController, SpendingLook
from worker.controller.spending_handler import SawNothing, told
from worker.domain.fleet_control import Hold, Wishes


@pytest.fixture
def world() -> FakePurseWorld:
    return FakePurseWorld()


def look(world: FakePurseWorld, **settings) -> SpendingLook:
    """A process of its own each time: all that is remembered stands in the ledger."""
    return SpendingController(world.ports(), replace(SETTINGS, **settings)).look()


def spend(world: FakePurseWorld, usd: float) -> SpendingLook:
    world.spend(usd)
    return look(world)


def hold(world: FakePurseWorld, desired: int, *, hours: float | None = None) -> None:
    now = world.clock.now()
    until = None if hours is None else now + timedelta(hours=hours)
    world.records.wanted = Wishes(hold=Hold(desired=desired, why="dear", by="ann", since=now, until=until))


def widths(world: FakePurseWorld) -> set[int]:
    return set(world.intake.lanes.values())


def reason(world: FakePurseWorld) -> str:
    assert world.records.record is not None
    return world.records.record.reason


def test_within_the_budget_lambda_scales_and_nobody_touches_a_lane(world):
    world.intake.lanes["low"] = 9  # somebody's own choice
    spend(world, 4.0)
    assert (world.intake.asked, reason(world)) == ([], "steady")
    assert "4.00 of 10.00 USD" in world.records.record.budget
    assert world.announcer.told == []


def test_each_rung_is_told_once_and_the_upper_two_are_acted_on(world):
    seen = {}
    for usd in (5.0, 3.0, 2.0, 2.0, 1.0):
        spend(world, usd)
        seen[round(world.records.months["2026-03"].spent_usd)] = widths(world)
    assert seen == {5: {5}, 8: {5}, 10: {2}, 12: {0}, 13: {0}}
    assert [one.rpartition(" ")[2] for one in world.announcer.told] == ["mail", "alert", "freeze", "zero"]
    assert [(one.before, one.after) for one in world.records.changes] == [(5, 2), (2, 0)]
    assert reason(world) == "budget-zero"
    assert "messages stay" in world.records.record.sentence


def test_a_budget_of_nothing_lets_nobody_work(world):
    look(world, budget_usd=0.0)
    assert (widths(world), reason(world)) == ({0}, "budget-zero")


def test_time_without_a_price_narrows_the_lanes_for_nobody_knows_what_it_costs(world):
    look(world, worker_hour_usd=None)
    assert (widths(world), reason(world)) == ({2}, "budget-frozen")


def test_a_higher_budget_gives_back_what_was_taken_and_a_little_higher_one_a_part_of_it(world):
    spend(world, 12.0)
    world.clock.sleep(300)
    look(world, budget_usd=11.0)
    assert (widths(world), reason(world)) == ({2}, "budget-frozen")
    world.clock.sleep(300)
    look(world, budget_usd=100.0)
    assert (widths(world), reason(world)) == ({5}, "steady")


def test_the_next_month_gives_back_and_counts_from_nothing(world):
    spend(world, 12.0)
    world.clock.moment = datetime(2026, 4, 1, 0, 5, tzinfo=UTC)
    look(world)
    assert widths(world) == {5}
    assert world.records.months["2026-04"].spent_usd == 0


def test_a_stop_is_kept_through_a_budget_that_is_raised(world):
    spend(world, 12.0)
    hold(world, 0)
    look(world, budget_usd=100.0)
    assert (widths(world), reason(world)) == ({0}, "paused")
    assert "stopped by ann" in world.records.record.sentence
    world.records.wanted = Wishes()
    look(world, budget_usd=100.0)
    assert widths(world) == {5}


def test_a_width_that_is_held_is_kept_as_far_as_the_budget_allows_and_ends_by_itself(world):
    hold(world, 8, hours=1)
    look(world)
    assert (widths(world), reason(world)) == ({8}, "paused")
    spend(world, 11.0)
    assert widths(world) == {2}
    look(world, budget_usd=100.0)
    assert widths(world) == {8}
    world.clock.sleep(3600)
    look(world, budget_usd=100.0)
    assert widths(world) == {5}


def test_who_starts_an_overspent_fleet_by_hand_does_not_get_far(world):
    spend(world, 12.0)
    world.intake.lanes = dict.fromkeys(world.intake.lanes, 5)
    look(world)
    assert widths(world) == {0}


def test_a_fleet_that_was_deployed_switched_off_is_not_switched_on_by_money(world):
    world.intake.lanes = dict.fromkeys(world.intake.lanes, 0)
    for budget in (0.0, 100.0):
        look(world, instances=0, budget_usd=budget)
    assert (widths(world), reason(world)) == ({0}, "asleep")


def test_a_lane_that_can_not_be_changed_now_does_not_keep_the_others_open_and_is_tried_again(world):
    world.intake.stuck = {"normal"}
    seen = spend(world, 12.0)
    assert world.intake.lanes == {"high": 0, "normal": 5, "low": 0}
    assert "normal is being updated" in seen.trouble
    assert "normal is being updated" in world.records.record.trouble
    world.intake.stuck = set()
    look(world)
    assert widths(world) == {0}


def test_what_could_not_be_given_back_is_still_owed(world):
    spend(world, 12.0)
    world.intake.stuck = {"low"}
    look(world, budget_usd=100.0)
    assert (world.intake.lanes["low"], reason(world)) == (0, "budget-zero")
    world.intake.stuck = set()
    look(world, budget_usd=100.0)
    assert (widths(world), reason(world)) == ({5}, "steady")


def test_where_lambdas_count_can_not_be_read_nothing_changes_and_the_reason_is_remembered(world):
    spend(world, 12.0)
    world.usage.fault = "CloudWatch is throttled"
    world.clock.sleep(300)
    seen = look(world, budget_usd=100.0)
    assert (widths(world), reason(world), seen.before) == ({0}, "budget-zero", None)
    assert "throttled" in world.records.record.trouble
    assert world.records.record.looked_at == world.clock.now()
    world.usage.fault = ""
    look(world, budget_usd=100.0)
    assert widths(world) == {5}


@pytest.mark.parametrize("blind", ["records", "intake"])
def test_without_ledger_or_lanes_nothing_is_changed_and_the_alarm_hears_of_it(world, blind):
    getattr(world, blind).fault = "no answer"
    seen = look(world, budget_usd=0.0)
    assert world.intake.asked == []
    with pytest.raises(SawNothing, match="no answer"):
        told(seen)


def test_a_look_that_saw_something_is_no_failure_whatever_it_could_not_do(world):
    world.announcer.fault = "no topic"
    world.spend(6.0)
    seen = look(world)
    assert told(seen)["trouble"] == "no topic"


def test_a_look_is_old_only_after_three_were_missed(world):
    look(world)
    record = world.records.record
    assert not record.is_stale(world.clock.now() + timedelta(minutes=14))
    assert record.is_stale(world.clock.now() + timedelta(minutes=16))
