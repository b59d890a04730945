"""The controller sends jobs that wait for their time: none is lost, none is sent twice, and who comes late is told of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.scaling import SETTINGS, FakeWorld
from worker.controller.later import JOBS_A_LOOK
from worker.controller.tick import Controller
from worker.domain.job import Lane
from worker.domain.later import KeptJob


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


def controller(world: FakeWorld) -> Controller:
    return Controller(world.ports(), replace(SETTINGS, instances=1))


def keep(world: FakeWorld, name: str, *, minutes: float) -> None:
    due_at = world.clock.now() + timedelta(minutes=minutes)
    world.later.keep(KeptJob(job_id=name, due_at=due_at, lane=Lane.NORMAL, body="{}"))


def sent(world: FakeWorld) -> list[str]:
    return [name for name, _ in world.sender.sent]


def test_a_job_that_is_not_due_for_long_wakes_nobody_however_often_the_controller_looks(world):
    keep(world, "tomorrow", minutes=600)
    looks = controller(world)
    for _ in range(60):
        assert looks.tick().is_asleep
        world.pass_time(60)
    assert (world.sender.sent, len(world.later.kept), world.fleet.asked) == ([], 1, [])


def test_a_job_is_sent_shortly_before_it_is_due_to_show_when_it_is_and_only_once(world):
    keep(world, "soon", minutes=5)
    keep(world, "later", minutes=30)
    looks = controller(world)
    for _ in range(10):
        looks.tick()
        world.pass_time(60)
    assert world.sender.sent == [("soon", 120)]
    assert [one.job_id for one in world.later.kept] == ["later"]


def test_a_controller_that_was_dead_for_an_hour_sends_all_that_waited_and_says_so(world):
    keep(world, "one", minutes=20)
    keep(world, "two", minutes=40)
    looks = controller(world)
    looks.tick()
    world.pass_time(3600)
    told = looks.tick()
    assert world.sender.sent == [("one", 0), ("two", 0)]
    assert "2 jobs were sent up to 40 min after they were due" in told.trouble
    assert world.records.record.trouble == told.trouble
    world.pass_time(20)
    assert looks.tick().trouble == ""


def test_jobs_that_the_queue_does_not_take_wait_on_and_are_told(world):
    keep(world, "good", minutes=1)
    keep(world, "odd", minutes=1)
    world.sender.refuses = {"odd"}
    looks = controller(world)
    assert "1 jobs that are due were not taken" in looks.tick().trouble
    assert sent(world) == ["good"]
    world.sender.refuses = set()
    world.pass_time(20)
    looks.tick()
    assert (sent(world), world.later.kept) == (["good", "odd"], [])


def test_a_queue_that_does_not_answer_loses_nothing(world):
    keep(world, "one", minutes=1)
    world.sender.fault = "send jobs that are due: RequestThrottled"
    looks = controller(world)
    assert "RequestThrottled" in looks.tick().trouble
    assert len(world.later.kept) == 1
    world.sender.fault = ""
    world.pass_time(20)
    looks.tick()
    assert sent(world) == ["one"]


def test_a_job_that_could_not_be_struck_off_is_sent_again_rather_than_lost(world):
    keep(world, "one", minutes=1)
    world.later.unforgettable = "strike off a job that was sent: InternalServerError"
    looks = controller(world)
    assert "InternalServerError" in looks.tick().trouble
    world.later.unforgettable = ""
    world.pass_time(20)
    looks.tick()
    assert (sent(world), world.later.kept) == (["one", "one"], [])


def test_of_two_controllers_at_once_one_sends_and_the_other_takes_over_where_that_one_died(world):
    keep(world, "one", minutes=1)
    first, second = controller(world), controller(world)
    assert world.later.take_turn("somebody", now=world.clock.now(), seconds=60)
    second.tick()
    assert sent(world) == []
    world.pass_time(61)
    second.tick()
    keep(world, "two", minutes=1)
    world.pass_time(20)
    first.tick()
    assert sent(world) == ["one"]
    second.tick()
    assert sent(world) == ["one", "two"]


def test_a_store_that_does_not_answer_keeps_nobody_from_setting_the_size(world):
    world.later.fault = "read which jobs are due: ThrottlingException"
    world.lanes.visible = 5
    told = controller(world).tick()
    assert "ThrottlingException" in told.trouble
    assert world.fleet.desired >= 1


def test_jobs_are_sent_also_where_the_service_cannot_be_read(world):
    keep(world, "one", minutes=-10)
    world.fleet.fault = "look at the service: ServerException"
    told = controller(world).tick()
    assert sent(world) == ["one"]
    assert "ServerException" in told.trouble
    assert "after they were due" in world.records.record.trouble


def test_more_jobs_than_a_look_has_time_for_go_with_the_next_looks(world):
    for number in range(JOBS_A_LOOK + 5):
        keep(world, f"j{number:04d}", minutes=1)
    looks = controller(world)
    looks.tick()
    assert len(world.sender.sent) == JOBS_A_LOOK
    world.pass_time(20)
    looks.tick()
    assert len(set(sent(world))) == len(world.sender.sent) == JOBS_A_LOOK + 5
