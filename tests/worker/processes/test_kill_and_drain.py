"""Nothing is lost and nothing is stored twice, however workers end."""

import time
from random import Random

import pytest

from tests.worker.processes.fleet import coded_job, job

pytestmark = pytest.mark.slow

SLACK_SECONDS = 18
"""Less than a whole long poll, and far more than a busy machine needs."""
"""A machine with other work may be so slow; a worker that hangs is ended at its deadline of 30 s, with another code."""


def test_workers_killed_in_the_middle_of_a_hundred_jobs_lose_none_and_store_none_twice(fleet):
    random = Random(20261122)
    fleet.send([job(number, seconds=random.uniform(0.02, 0.3)) for number in range(100)])
    first, second = fleet.start_worker(), fleet.start_worker()
    fleet.wait_until(lambda: len(fleet.result_versions()) >= 20, seconds=90)
    first.kill()
    third = fleet.start_worker()
    fleet.wait_until(lambda: len(fleet.result_versions()) >= 60, seconds=90)
    second.kill()
    fleet.wait_until(lambda: fleet.depth() == (0, 0), seconds=40)
    assert fleet.result_versions() == {f"test-results/job-{number}.json": 1 for number in range(100)}
    assert fleet.statuses() == {"succeeded": 100}
    assert fleet.depth("dead") == (0, 0)
    assert fleet.stop(third) == 0


def test_a_drain_under_load_finishes_what_runs_and_strands_nothing(idle_fleet):
    """With polls of 20 s, too: those of the two empty lanes must not hold up the exit."""
    idle_fleet.send([job(number, seconds=0.2) for number in range(60)])
    worker = idle_fleet.start_worker(receive_wait_seconds=20)
    idle_fleet.wait_until(lambda: len(idle_fleet.result_versions()) >= 8, seconds=40)
    began = time.monotonic()
    assert idle_fleet.stop(worker) == 0
    assert time.monotonic() - began < SLACK_SECONDS
    visible, in_flight = idle_fleet.depth()
    done = len(idle_fleet.result_versions())
    assert in_flight == 0
    assert visible + done == 60
    assert idle_fleet.log_of(0)[-1]["event"] == "drained"


def test_a_drain_gives_back_what_does_not_fit_the_grace(fleet):
    fleet.send([job(number, seconds=60) for number in range(4)])
    worker = fleet.start_worker(drain_grace_seconds=1)
    fleet.wait_until(lambda: fleet.depth() == (0, 4), seconds=90)
    assert fleet.stop(worker) == 0
    assert fleet.depth() == (4, 0)
    assert fleet.statuses() == {"queued": 4}


def test_what_arrives_after_the_signal_is_left_for_others(idle_fleet):
    worker = idle_fleet.start_worker(receive_wait_seconds=3)
    idle_fleet.wait_until(lambda: "ready" in idle_fleet.events_of(0), seconds=90)
    time.sleep(0.5)
    worker.terminate()
    idle_fleet.wait_until(lambda: "draining" in idle_fleet.events_of(0), seconds=90)
    idle_fleet.send([job(number, seconds=0.1) for number in range(20)])
    assert worker.wait(timeout=60) == 0
    assert idle_fleet.depth() == (20, 0)
    assert idle_fleet.result_versions() == {}


def test_what_is_sent_with_the_signal_runs_once_here_or_elsewhere(idle_fleet):
    """The signal needs a moment to be heard: what came before it still runs."""
    first = idle_fleet.start_worker(receive_wait_seconds=3)
    idle_fleet.wait_until(lambda: "ready" in idle_fleet.events_of(0), seconds=90)
    time.sleep(0.5)
    first.terminate()
    idle_fleet.send([job(number, seconds=0.1) for number in range(20)])
    assert first.wait(timeout=60) == 0
    visible, in_flight = idle_fleet.depth()
    assert (visible + len(idle_fleet.result_versions()), in_flight) == (20, 0)
    second = idle_fleet.start_worker()
    idle_fleet.wait_until(lambda: idle_fleet.depth() == (0, 0), seconds=90)
    assert idle_fleet.result_versions() == {f"test-results/job-{number}.json": 1 for number in range(20)}
    assert (idle_fleet.events_of(0) + idle_fleet.events_of(1)).count("attempt started") == 20
    assert idle_fleet.stop(second) == 0


def test_an_idle_worker_leaves_when_its_long_poll_ends(idle_fleet):
    worker = idle_fleet.start_worker(receive_wait_seconds=1)
    idle_fleet.wait_until(lambda: "ready" in idle_fleet.events_of(0), seconds=90)
    time.sleep(1.2)
    assert idle_fleet.stop(worker) == 0


def test_a_job_that_kills_its_worker_each_time_fails_with_its_reason_while_the_others_finish(fleet):
    fleet.let_sqs_give_up_after(6)
    innocent = 12
    fleet.send([coded_job("poison", "kill"), *[job(number, seconds=0.5) for number in range(innocent)]])
    fleet.start_worker()

    def is_done() -> bool:
        if fleet.processes[-1].poll() is not None:  # as the service scheduler would
            fleet.start_worker()
        return fleet.depth() == (0, 0)

    fleet.wait_until(is_done, seconds=90)
    result = fleet.result("poison")
    assert (result["status"], result["end_reason"]) == ("failed", "crashed")
    assert result["explanation"].startswith("3 workers died while working on it")
    assert len(fleet.processes) == 4
    assert fleet.statuses() == {"succeeded": innocent, "failed": 1}
    assert set(fleet.result_versions().values()) == {1}
    assert fleet.depth("dead") == (0, 0)


def test_jobs_longer_than_the_visibility_timeout_start_once_each(idle_fleet):
    idle_fleet.send([job(number, seconds=7) for number in range(4)])
    idle_fleet.start_worker(visibility_timeout_seconds=3)
    idle_fleet.start_worker(visibility_timeout_seconds=3)
    idle_fleet.wait_until(lambda: idle_fleet.depth() == (0, 0), seconds=40)
    starts = [line for at in range(2) for line in idle_fleet.log_of(at) if line["event"] == "attempt started"]
    assert len(starts) == 4
    assert sum(idle_fleet.result_versions().values()) == 4


def test_broken_messages_between_good_ones_do_no_harm(fleet):
    bodies = [
        "{",
        "[]",
        "null",
        '{"type": "poem", "job_id": "odd"}',
        '{"type": "test", "job_id": "empty", "code": ""}',
    ]
    fleet.send([*bodies, *[job(number, seconds=0.01) for number in range(5)], *bodies[:3]])
    worker = fleet.start_worker()
    fleet.wait_until(lambda: fleet.depth() == (0, 0), seconds=90)
    assert fleet.depth("dead") == (6, 0)
    assert "type 'poem' is not served" in fleet.result("odd")["explanation"]
    assert fleet.result("empty")["status"] == "failed"
    assert fleet.statuses() == {"succeeded": 5, "failed": 2}
    assert fleet.stop(worker) == 0
