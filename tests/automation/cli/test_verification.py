"""When a rollout is over, and when it went wrong: the circuit breaker calls the old revision a success."""

from dataclasses import replace

from automation.cli.verification import is_rolled_out, rollout_fault
from automation.fleet.status import FleetStatus, WorkerTask

WORKER = WorkerTask(task_id="t", status="RUNNING", health="HEALTHY", revision="worker:2", started_at="")
GOOD = FleetStatus(
    environment="dev",
    desired=1,
    running=1,
    pending=0,
    rollout="COMPLETED",
    runs_deployed_revision=True,
    revision="worker:2",
    queues=(),
    workers=(WORKER,),
    last_event="",
)


def test_all_workers_on_the_new_revision_end_a_rollout() -> None:
    assert is_rolled_out(GOOD)
    assert rollout_fault(GOOD) == ""


def test_a_fleet_that_is_stopped_has_nothing_to_roll_out() -> None:
    assert is_rolled_out(replace(GOOD, desired=0, running=0, workers=()))


def test_the_old_revision_put_back_is_a_fault_though_ecs_calls_it_completed() -> None:
    assert "worker:1" in rollout_fault(replace(GOOD, runs_deployed_revision=False, revision="worker:1"))


def test_a_rollout_that_ecs_gave_up_is_a_fault() -> None:
    assert rollout_fault(replace(GOOD, rollout="FAILED"))
    assert not is_rolled_out(replace(GOOD, rollout="FAILED"))


def test_an_old_worker_that_still_drains_a_missing_one_or_one_that_starts_is_no_end_yet() -> None:
    old = replace(WORKER, revision="worker:1")
    for status in (replace(GOOD, workers=(WORKER, old)), replace(GOOD, running=0), replace(GOOD, pending=1)):
        assert not is_rolled_out(status)
        assert rollout_fault(status) == ""
