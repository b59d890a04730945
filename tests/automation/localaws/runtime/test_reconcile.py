"""Rounds of the agent against ECS and processes in memory."""

import dataclasses

import pytest
from botocore.exceptions import ClientError

from automation.localaws.runtime.reconcile import Reconciler
from automation.localaws.runtime.services import UNHEALTHY_REASON
from tests.automation.localaws.runtime.builders import a_service
from tests.automation.localaws.runtime.fake_ecs import FakeEcs, FakeRunner


@pytest.fixture
def world():
    return World(a_service())


class World:
    """ECS, processes and the reconciler between them."""

    def __init__(self, *services):
        self.ecs = FakeEcs(*services)
        self.runner = FakeRunner()
        self.reconciler = Reconciler(ecs=self.ecs, runner=self.runner, time_scale=0.0)

    def rounds(self, count):
        for _ in range(count):
            self.reconciler.round()
            self.runner.finish_stopping()
        return self.reconciler.round()

    def change(self, **changes):
        service = self.ecs.by_name["web"]
        self.ecs.by_name["web"] = dataclasses.replace(service, **changes)

    def arns(self):
        return list(self.runner.running)


def test_desired_tasks_are_started_and_reported_running(world):
    assert world.rounds(1) is False
    assert [(arn, status) for arn, status, _, _ in world.ecs.reports] == [
        (arn, "RUNNING") for arn in world.arns()
    ]
    assert len(world.arns()) == 2


def test_a_service_that_ecs_refuses_to_serve_does_not_keep_the_others_waiting():
    world = World(a_service(name="bad", arn="arn:bad"), a_service())
    world.ecs.refused = {"bad"}
    world.rounds(1)
    assert len(world.arns()) == 2


def test_a_settled_world_is_left_alone(world):
    world.rounds(2)
    before = (world.arns(), list(world.ecs.reports))
    world.rounds(3)
    assert (world.arns(), world.ecs.reports) == before


def test_a_killed_task_is_reported_with_its_exit_code_and_replaced_in_the_same_round(world):
    world.rounds(2)
    victim = world.arns()[0]
    world.runner.finish(victim, code=137)
    world.reconciler.round()
    assert (victim, "STOPPED", "Essential container in task exited", {"worker": 137}) in world.ecs.reports
    assert len(world.arns()) == 2
    assert victim not in world.arns()


def test_scaling_in_asks_ecs_and_the_process_with_one_reason(world):
    world.rounds(2)
    oldest = world.arns()[0]
    world.change(desired_count=1)
    world.reconciler.round()
    ((arn, reason),) = world.ecs.stops
    assert (arn, world.runner.running[oldest].stop_reason) == (oldest, reason)
    assert "Scaling activity" in reason


def test_a_protected_task_survives_scaling_in(world):
    world.rounds(2)
    first, second = world.arns()
    world.ecs.guarded = {first}
    world.change(desired_count=1)
    world.rounds(2)
    assert world.arns() == [first]
    assert second not in world.runner.running


def test_protection_is_asked_for_only_where_something_would_stop(world):
    world.rounds(4)
    assert world.ecs.protection_calls == 0


def test_a_task_that_someone_stops_by_hand_is_stopped_here_and_replaced(world):
    world.rounds(2)
    victim = world.arns()[0]
    world.ecs.stop(world.ecs.records[victim], "by hand")
    world.rounds(2)
    assert victim not in world.arns()
    assert len(world.arns()) == 2


def test_a_task_that_someone_runs_by_hand_runs_and_is_not_replaced_when_it_ends():
    world = World()
    task = world.ecs.add(group="family:web", started_by="")
    world.rounds(1)
    assert world.arns() == [task.arn]
    world.runner.finish(task.arn, code=0)
    world.rounds(2)
    assert world.arns() == []
    assert world.ecs.reports[-1][1:] == ("STOPPED", "Essential container in task exited", {"worker": 0})


def test_a_new_revision_replaces_all_tasks(world):
    world.rounds(2)
    world.change(task_definition="web:2", deployment_id="ecs-svc/2")
    world.rounds(4)
    assert {running.definition.arn for running in world.runner.running.values()} == {"web:2"}
    assert len(world.arns()) == 2


def test_a_forced_deployment_of_the_same_revision_replaces_all_tasks(world):
    world.rounds(2)
    before = set(world.arns())
    world.change(deployment_id="ecs-svc/2")
    world.rounds(4)
    assert len(world.arns()) == 2
    assert not before & set(world.arns())


def test_an_image_without_a_local_command_is_told_and_given_up_without_a_revision_to_go_back_to():
    world = World(a_service(task_definition="bad:1"))
    world.runner.unstartable = {"bad:1"}
    world.rounds(6)
    stopped = [reason for _, status, reason, _ in world.ecs.reports if status == "STOPPED"]
    assert set(stopped) == {"CannotPullContainerError: no local command"}
    assert len(stopped) in {3, 4}  # three failures trip the breaker; two tasks start at a time
    assert world.rounds(1) is False


def test_a_bad_revision_rolls_back_to_the_last_good_one_without_losing_a_serving_task(world):
    world.rounds(2)
    world.runner.unstartable = {"web:2"}
    world.change(task_definition="web:2", deployment_id="ecs-svc/2")
    world.rounds(6)
    assert world.ecs.by_name["web"].task_definition == "web:1"
    assert len(world.arns()) == 2


def test_tasks_that_die_young_trip_the_breaker():
    world = World(a_service(desired_count=1))
    for _ in range(8):
        world.reconciler.round()
        world.runner.not_serving = set(world.arns())
        for arn in world.arns():
            world.runner.finish(arn, code=1, had_served=False)
    assert len([status for _, status, _, _ in world.ecs.reports if status == "STOPPED"]) == 3


def test_an_unhealthy_task_is_reported_as_failed_and_replaced(world):
    world.rounds(2)
    sick = world.arns()[0]
    world.runner.unhealthy = {sick}
    world.rounds(2)
    assert (sick, "STOPPED", UNHEALTHY_REASON, {"worker": 143}) in world.ecs.reports
    assert len(world.arns()) == 2


def test_a_deleted_service_takes_its_tasks_with_it(world):
    world.rounds(2)
    world.ecs.by_name.clear()
    world.rounds(2)
    assert world.arns() == []


def test_a_draining_service_stops_its_protected_tasks_too(world):
    world.rounds(2)
    world.ecs.guarded = set(world.arns())
    world.change(is_active=False)
    world.rounds(2)
    assert world.arns() == []


def test_a_deleted_cluster_takes_its_tasks_with_it(world):
    world.rounds(2)
    world.ecs.is_cluster_there = False
    world.rounds(2)
    assert world.arns() == []


def test_a_report_that_fails_does_not_start_a_dead_task_again(world):
    world.rounds(2)
    victim = world.arns()[0]

    def refuse(*_args):
        raise ClientError({"Error": {"Code": "ServerException"}}, "SubmitTaskStateChange")

    world.ecs.report = refuse
    world.runner.finish(victim, code=1)
    world.rounds(3)
    assert victim not in world.arns()
    assert len(world.arns()) == 2


def test_services_of_one_name_do_not_touch_each_other():
    other = a_service(name="other", arn="arn:other", deployment_id="ecs-svc/9", desired_count=1)
    world = World(a_service(), other)
    world.rounds(2)
    world.change(desired_count=0)
    world.rounds(3)
    assert [running.task.service for running in world.runner.running.values()] == ["other"]
