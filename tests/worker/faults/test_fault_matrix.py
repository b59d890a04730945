"""Whatever goes wrong between workers and AWS: each job ends once, its result never changes, and nothing is left behind."""

import signal
from random import Random
from typing import Any

import pytest

from tests.worker.faults.faults import Fault, Kind
from tests.worker.faults.stand import Stand
from tests.worker.processes.fleet import VISIBILITY_SECONDS, job

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

JOBS = 40
DRY_SECONDS = 90.0
PART, PART_OF_EACH = 0.25, 0.15


def faults_of(service: str, kind: Kind, *operations: str, **more: float) -> Fault:
    return Fault(service=service, kind=kind, operations=operations, **{"share": PART, **more})


BATCHES = ("DeleteMessageBatch", "ChangeMessageVisibilityBatch")
SERVICES = ("sqs", "s3", "dynamodb")
WAYS: dict[str, dict[str, Any]] = {
    "throttles": {"kind": Kind.THROTTLE},
    "answers 500": {"kind": Kind.ERROR},
    "does it and answers 500": {"kind": Kind.ERROR_AFTER},
    "hangs": {"kind": Kind.HANG, "share": 0.1, "times": 2, "seconds": 12},
    "is cut off before": {"kind": Kind.CUT_BEFORE},
    "is cut off after": {"kind": Kind.CUT_AFTER},
    "drips": {"kind": Kind.DRIP, "seconds": 1.0},
    "answers late": {"kind": Kind.LATE, "share": 0.5, "seconds": 1.0},
}
ALONE = {
    f"{service} {way}": [Fault(service=service, **{"share": PART, **how})]
    for way, how in WAYS.items()
    for service in SERVICES
}
"""One service at a time: every night."""
TOGETHER = {
    **{
        f"each {way}": [Fault(service=service, **{"share": PART_OF_EACH, **how}) for service in SERVICES]
        for way, how in WAYS.items()
    },
    "all of them fail": [
        Fault(service=service, kind=kind, share=0.08)
        for service in SERVICES
        for kind in (Kind.THROTTLE, Kind.ERROR_AFTER, Kind.CUT_AFTER)
    ],
    "batches are refused in part": [faults_of("sqs", Kind.REFUSE_ENTRIES, *BATCHES, share=0.5)],
    "one answer repeats its messages": [faults_of("sqs", Kind.REPEAT, "ReceiveMessage", share=0.7)],
    "messages are handed out twice": [faults_of("sqs", Kind.STEAL, "ReceiveMessage", share=0.5, seconds=0.1)],
}


MATRIX = {**ALONE, **TOGETHER}


@pytest.mark.parametrize(
    "case", [*TOGETHER, *(pytest.param(one, marks=pytest.mark.nightly) for one in ALONE)]
)
def test_nothing_is_lost_or_changed_when(case_stand: Stand, case: str) -> None:
    stand, random = case_stand, Random(case)
    while len(stand.fleet.processes) < 2:
        stand.start_worker()
    stand.proxy.faults = list(MATRIX[case])
    bodies = [job(at, seconds=random.uniform(0.02, 0.3), prefix=stand.prefix) for at in range(JOBS)]
    stand.fleet.send(bodies)
    stand.wait_until_dry(seconds=DRY_SECONDS)
    assert all(stand.proxy.applied[fault] for fault in MATRIX[case]), "the fault was never done"
    stand.proxy.heal()
    stand.assert_conserved([f"{stand.prefix}{at}" for at in range(JOBS)])


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in (1, 2))])
def test_nothing_is_lost_or_changed_when_workers_are_killed_at_random(stand: Stand, seed: int) -> None:
    """Three of five workers die, each at a moment of its own, or together where two moments pass between looks; the last find what they left."""
    random = Random(seed)
    # The last few are slow: on a busy machine all else may be done between two looks, and then nobody is left to kill.
    stand.fleet.send(
        [job(number, seconds=random.uniform(0.02, 0.4) if number < 74 else 8) for number in range(80)]
    )
    marks = sorted(random.sample(range(8, 60), 3))
    stand.start_worker()
    stand.start_worker()

    def kill_at_marks() -> None:
        while marks and len(stand.first_etags) >= marks[0]:
            marks.pop(0)
            random.choice([each for each in stand.fleet.processes if each.poll() is None]).kill()
            stand.start_worker()

    stand.wait_until_dry(seconds=DRY_SECONDS, meanwhile=kill_at_marks)
    stand.facts["faults"] = 3
    assert marks == []
    stand.assert_conserved([f"job-{number}" for number in range(80)])


def test_nothing_is_lost_or_changed_when_workers_are_stopped_under_load(stand: Stand) -> None:
    """Each stops cleanly, with a grace that some of its jobs don't fit."""
    stand.fleet.send([job(number, seconds=1.5 if number % 5 == 0 else 0.2) for number in range(JOBS)])
    stops = 3
    for _ in range(stops):
        worker = stand.start_worker(drain_grace_seconds=1)
        before = len(stand.etags())
        stand.fleet.wait_until(lambda before=before: len(stand.etags()) >= before + 5, seconds=90)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
        assert stand.fleet.depth()[1] == 0, "something is stuck in flight after a stop"
    stand.start_worker()
    stand.wait_until_dry(seconds=DRY_SECONDS)
    stand.assert_conserved([f"job-{number}" for number in range(JOBS)])


def test_a_message_that_becomes_visible_in_the_middle_of_its_work_is_finished_once(stand: Stand) -> None:
    stand.proxy.faults = [
        Fault(service="sqs", kind=Kind.STEAL, operations=("ReceiveMessage",), share=1.0, times=4, seconds=1.0)
    ]
    stand.fleet.send([job(number, seconds=3) for number in range(8)])
    stand.start_worker()
    stand.start_worker()
    stand.wait_until_dry(seconds=DRY_SECONDS)
    stand.proxy.heal()
    stand.assert_conserved([f"job-{number}" for number in range(8)])
    assert max(stand.attempts().values()) <= 3
    stand.assert_workers_live()


def test_heartbeats_that_fail_for_longer_than_the_visibility_end_in_one_result_each(stand: Stand) -> None:
    heartbeats = Fault(
        service="sqs", kind=Kind.THROTTLE, operations=("ChangeMessageVisibilityBatch",), share=1.0
    )
    stand.proxy.faults = [heartbeats]
    stand.fleet.send([job(number, seconds=VISIBILITY_SECONDS + 3) for number in range(4)])
    stand.start_worker()
    stand.start_worker()
    stand.fleet.wait_until(lambda: max(stand.proxy.deliveries.values(), default=0) > 1, seconds=90)
    stand.proxy.heal()
    stand.wait_until_dry(seconds=DRY_SECONDS)
    stand.assert_conserved([f"job-{number}" for number in range(4)])
    stand.assert_workers_live()


def test_the_same_job_sent_many_times_over_is_done_once(stand: Stand) -> None:
    bodies = [job(number, seconds=0.2) for number in range(10)] * 5
    Random(7).shuffle(bodies)
    stand.fleet.send(bodies)
    stand.start_worker()
    stand.start_worker()
    stand.wait_until_dry(seconds=DRY_SECONDS)
    stand.assert_conserved([f"job-{number}" for number in range(10)])
    stand.assert_workers_live()
