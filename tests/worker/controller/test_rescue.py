"""What the controller lets alarms do by themselves for the time when it is dead."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.scaling import SETTINGS, FakeWorld
from worker.controller.tick import Controller
from worker.domain.fleet_control import AutoStop, Hold, Terms, Wishes
from worker.domain.rescue import Permits, permits

BOTH, NEITHER = Permits(starts=True, stops=True), Permits(starts=False, stops=False)
PRICES = {"worker_hour_usd": 1.0, "budget_usd": 4.0}


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


def controller(world: FakeWorld, **settings) -> Controller:
    return Controller(world.ports(), replace(SETTINGS, **settings))


def hold(world: FakeWorld, desired: int) -> Wishes:
    return Wishes(hold=Hold(desired=desired, why="", by="ann", since=world.clock.now()))


def test_alarms_may_start_and_stop_a_fleet_that_nobody_holds(world):
    world.rescue.allowed = NEITHER
    controller(world).tick()
    assert world.rescue.allowed == BOTH


def test_alarms_wake_nobody_against_a_stop_and_stop_nobody_against_a_number_that_is_held(world):
    looks = controller(world)
    world.records.wanted = hold(world, 0)
    looks.tick()
    assert world.rescue.allowed == Permits(starts=False, stops=True)
    world.records.wanted = hold(world, 3)
    looks.tick()
    assert world.rescue.allowed == NEITHER
    world.records.wanted = Wishes()
    looks.tick()
    assert world.rescue.allowed == BOTH


def test_a_hold_that_has_ended_keeps_alarms_from_nothing(world):
    looks = controller(world)
    held = hold(world, 0).hold
    world.records.wanted = Wishes(hold=replace(held, until=world.clock.now() + timedelta(minutes=1)))
    looks.tick()
    assert not world.rescue.allowed.starts
    world.pass_time(61)
    looks.tick()
    assert world.rescue.allowed == BOTH


def test_alarms_start_nobody_on_a_budget_that_is_spent(world):
    world.fleet.desired = 2
    world.lanes.in_flight = 2
    looks = controller(world, **PRICES)
    looks.tick()
    assert world.rescue.allowed == BOTH
    world.pass_time(2 * 3600)
    looks.tick()
    assert world.rescue.allowed == Permits(starts=False, stops=True)


def test_alarms_stop_nobody_of_a_fleet_that_is_never_to_stop(world):
    controller(world, auto_stop_minutes=0).tick()
    assert world.rescue.allowed == Permits(starts=True, stops=False)
    world.records.wanted = Wishes(minimum=1)
    controller(world).tick()
    assert not world.rescue.allowed.stops
    world.records.wanted = Wishes(auto_stop=AutoStop(minutes=None))
    controller(world).tick()
    assert world.rescue.allowed == BOTH


def test_a_fleet_that_may_have_no_workers_is_not_started():
    none = Terms(minimum=0, maximum=0, idle_seconds=120.0)
    assert permits(hold=None, terms=none, may_spend=True) == Permits(starts=False, stops=True)


def test_what_alarms_may_do_is_said_once_and_again_by_a_new_process_and_after_a_silence(world):
    looks = controller(world)
    for _ in range(5):
        looks.tick()
        world.pass_time(60)
    assert world.rescue.times == 1
    controller(world).tick()
    assert world.rescue.times == 2
    world.pass_time(3600)
    looks.tick()  # somebody may have stopped the fleet meanwhile, and told the alarms
    assert world.rescue.times == 3


def test_what_could_not_be_said_is_told_and_said_at_the_next_look(world):
    looks = controller(world)
    world.rescue.fault = "say what alarms may do: AccessDenied"
    assert "AccessDenied" in looks.tick().trouble
    assert "AccessDenied" in world.records.record.trouble
    world.rescue.fault = ""
    world.pass_time(20)
    assert looks.tick().trouble == ""
    assert world.rescue.times == 1


def test_what_was_perhaps_said_in_part_is_said_again_though_it_was_said_before(world):
    looks = controller(world)
    looks.tick()
    world.records.wanted = hold(world, 3)
    world.rescue.fault = "say what alarms may do: ThrottlingException"
    looks.tick()
    world.rescue.fault = ""
    world.records.wanted = Wishes()
    looks.tick()
    assert world.rescue.times == 2
