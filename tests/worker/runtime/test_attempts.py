"""The life of one attempt, on fakes: every end, every fault, every place where it may be cut off."""

import asyncio
import json
from dataclasses import dataclass

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger, JobRecord
from tests.fakes.pipeline import PROVED, FakePipeline
from tests.fakes.queue import FakeQueue
from tests.fakes.slots import FakeSlots
from tests.worker.runtime.stage import make_backoff, make_gates, make_telemetry
from worker.domain.attempt import EndReason, MessageFate
from worker.domain.errors import (
    EngineBusy,
    EngineUnavailable,
    ForgeUnavailable,
    RequestRejected,
    SandboxUnavailable,
)
from worker.domain.exchange import Message
from worker.domain.job import JobKind, JobStatus, Lane
from worker.domain.outcome import PipelineOutcome
from worker.runtime.attempts import AttemptPolicy, Attempts, Stores
from worker.runtime.delivery import Delivery
from worker.runtime.dispatch import Dispatcher, DispatchPolicy

BODY = json.dumps({"type": "test", "job_id": "j1", "code": "x = 1", "language": "python"})


@dataclass
class Bench:
    ledger: FakeLedger
    artifacts: FakeArtifacts
    pipeline: FakePipeline
    attempts: Attempts

    async def attempt(self, body: str = BODY, *, receives: int = 1):
        return await self.attempts(delivery(body, receives=receives))

    def result(self, job_id: str = "j1"):
        return json.loads(self.artifacts.files[f"test-results/{job_id}.json"])


def delivery(body: str = BODY, *, receives: int = 1) -> Delivery:
    message = Message(message_id="m-1", receipt="r", body=body, receives=receives, lane=Lane.NORMAL)
    return Delivery(message=message, queue=FakeQueue(clock=FakeClock()), receipt="r", held_since=0)


@pytest.fixture
def bench() -> Bench:
    clock = FakeClock()
    ledger, artifacts, pipeline = FakeLedger(), FakeArtifacts(), FakePipeline()
    telemetry, _ = make_telemetry(clock)
    policy = DispatchPolicy(timeout_seconds=0.2, budget_seconds=0.1)
    attempts = Attempts(
        dispatcher=Dispatcher(pipelines={JobKind.TEST: pipeline}, policy=policy),
        stores=Stores(ledger=ledger, batches=ledger, artifacts=artifacts),
        policy=AttemptPolicy(worker_id="w1", maximum_attempts=3, backoff=make_backoff()),
        gates=make_gates(ledger, slots=FakeSlots(), clock=clock, telemetry=telemetry),
        clock=clock,
        telemetry=telemetry,
    )
    return Bench(ledger=ledger, artifacts=artifacts, pipeline=pipeline, attempts=attempts)


async def test_a_proved_job_is_stored_then_closed_then_acknowledged(bench):
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    result = bench.result()
    assert (result["status"], result["end_reason"], result["worker_id"]) == ("succeeded", "proved", "w1")
    assert bench.ledger.jobs["j1"].status is JobStatus.SUCCEEDED


async def test_a_message_without_an_id_takes_its_own(bench):
    await bench.attempt(
        '{"type": "test", "code": "function add(a,b){return a+b;}", "language": "javascript"}'
    )
    assert bench.result("m-1")["language"] == "javascript"


@pytest.mark.parametrize(
    "body", ["", "{", "[1]", "null", '"test"', "{}", "\x00\x01", "[" * 100_000, '{"code": "x"}']
)
async def test_what_is_no_job_is_dead_lettered_with_the_reason(bench, body):
    disposition = await bench.attempt(body)
    assert disposition.dead_letter_reason.startswith("not a job: ")
    assert bench.ledger.jobs == {}
    assert bench.artifacts.files == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"type": "poem"}, "type 'poem' is not served"),
        ({"type": 7}, "type 7 is not served"),
        ({"code": ""}, "code is empty"),
        ({"code": "  \n"}, "code is empty"),
        ({"code": "a\x00b"}, "code is binary"),
        ({"code": "\ud800"}, "code is not valid Unicode"),
        ({"code": None}, "code is missing"),
        ({"code": "x" * 4_000_001}, "more than 4000000"),
        ({"language": None}, "language is missing"),
        ({"language": ["python"]}, "language is not text"),
        ({"seed": "1"}, "seed is not a whole number"),
        ({"budget_seconds": -1}, "budget_seconds"),
    ],
)
async def test_a_job_that_can_not_be_served_is_a_stored_explained_failure(bench, fields, said):
    body = json.dumps({**json.loads(BODY), **fields})
    assert (await bench.attempt(body)).fate is MessageFate.ACKNOWLEDGE
    result = bench.result()
    assert (result["status"], result["end_reason"]) == ("failed", "request_rejected")
    assert said in result["explanation"]
    assert bench.pipeline.started == []
    assert bench.ledger.jobs["j1"].status is JobStatus.FAILED


async def test_a_bad_job_id_is_a_failure_under_the_message_id(bench):
    await bench.attempt(json.dumps({**json.loads(BODY), "job_id": "../../etc/passwd"}))
    assert bench.result("m-1")["end_reason"] == "request_rejected"


async def test_an_unknown_language_is_a_stored_failure(bench):
    bench.pipeline.ends = [RequestRejected("language 'cobol' is not served (known: javascript, python)")]
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["explanation"].startswith("language 'cobol'")


@pytest.mark.parametrize("error", [EngineUnavailable("no"), SandboxUnavailable("no"), ValueError("a bug")])
async def test_what_may_work_later_is_tried_again_until_the_attempts_are_used_up(bench, error):
    bench.pipeline.ends = [error]
    for _ in range(2):
        disposition = await bench.attempt()
        assert disposition.fate is MessageFate.RETRY
        assert disposition.delay_seconds >= 1
        assert bench.artifacts.files == {}
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "failed"
    assert bench.result()["attempt"] == 3


async def test_a_busy_engine_postpones_a_job_as_often_as_it_must_and_counts_no_failure(bench):
    bench.pipeline.ends = [EngineBusy("full")] * 9 + [PROVED]
    for _ in range(9):
        disposition = await bench.attempt()
        assert disposition.fate is MessageFate.POSTPONE
        assert disposition.delay_seconds >= 1
        assert bench.artifacts.files == {}
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "succeeded"


async def test_a_forge_that_is_down_is_asked_again_no_sooner_than_it_said(bench):
    bench.pipeline.ends = [
        ForgeUnavailable("limit", retry_after_seconds=300),
        ForgeUnavailable("502"),
        PROVED,
    ]
    first = await bench.attempt()
    assert (first.fate, first.delay_seconds) == (MessageFate.POSTPONE, 301)
    assert (await bench.attempt()).fate is MessageFate.POSTPONE
    assert bench.artifacts.files == {}
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "succeeded"


async def test_a_job_that_recovers_succeeds(bench):
    bench.pipeline.ends = [EngineUnavailable("no"), PROVED]
    await bench.attempt()
    assert (await bench.attempt(receives=2)).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "succeeded"


async def test_a_timeout_is_tried_once_more_then_stored(bench):
    bench.pipeline.seconds = 5
    assert (await bench.attempt()).fate is MessageFate.RETRY
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["end_reason"] == "timed_out"


async def test_a_crash_names_its_place(bench):
    bench.pipeline.ends = [ValueError("a bug")]
    for _ in range(3):
        await bench.attempt()
    assert "ValueError: a bug at run, line" in bench.result()["explanation"]


async def test_drains_do_not_use_up_attempts(bench):
    bench.pipeline.seconds = 5
    for _ in range(5):
        held = delivery()
        task = asyncio.create_task(bench.attempts(held))
        await asyncio.sleep(0.01)
        held.interruption = EndReason.DRAINED
        task.cancel()
        assert (await task).fate is MessageFate.RELEASE
    assert bench.ledger.jobs["j1"] == JobRecord(
        status=JobStatus.QUEUED,
        attempts=5,
        failures=0,
        ends=dict.fromkeys(range(1, 6), EndReason.DRAINED),
    )
    bench.pipeline.seconds = 0
    await bench.attempt(receives=6)
    assert bench.result()["status"] == "succeeded"


async def test_a_lost_lease_stores_nothing_and_leaves_the_message(bench):
    bench.pipeline.seconds = 5
    held = delivery()
    task = asyncio.create_task(bench.attempts(held))
    await asyncio.sleep(0.01)
    held.interruption = EndReason.LEASE_LOST
    task.cancel()
    assert (await task).fate is MessageFate.LEAVE
    assert bench.artifacts.files == {}
    assert bench.ledger.jobs["j1"].status is JobStatus.RUNNING


async def die_on(bench: Bench, body: str = BODY, *, receives: int) -> None:
    """What a killed worker leaves: an attempt opened and never closed."""
    task = asyncio.create_task(bench.attempt(body, receives=receives))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()


async def test_a_job_on_which_workers_die_is_a_stored_explained_failure(bench):
    bench.pipeline.seconds = 5
    for receives in (1, 2, 3):
        await die_on(bench, receives=receives)
    assert (await bench.attempt(receives=4)).fate is MessageFate.ACKNOWLEDGE
    result = bench.result()
    assert (result["status"], result["end_reason"]) == ("failed", "crashed")
    assert result["explanation"].startswith("3 workers died while working on it")
    assert bench.ledger.jobs["j1"].status is JobStatus.FAILED
    assert len(bench.pipeline.started) == 3


async def test_a_job_on_which_a_worker_died_by_chance_is_tried_again(bench):
    bench.pipeline.seconds = 0.05
    for receives in (1, 2):
        await die_on(bench, receives=receives)
    assert (await bench.attempt(receives=3)).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "succeeded"


async def test_a_result_that_a_dead_worker_stored_stands_however_many_died(bench):
    bench.pipeline.seconds = 5
    for receives in (1, 2, 3):
        await die_on(bench, receives=receives)
    bench.artifacts.files["test-results/j1.json"] = b'{"status": "succeeded"}'
    assert (await bench.attempt(receives=4)).fate is MessageFate.ACKNOWLEDGE
    assert bench.ledger.jobs["j1"].status is JobStatus.SUCCEEDED


async def test_stores_that_are_down_are_no_deaths(bench):
    for receives in range(1, 6):
        bench.artifacts.is_down = True
        assert (await bench.attempt(receives=receives)).fate is MessageFate.RETRY
    assert set(bench.ledger.jobs["j1"].ends.values()) == {EndReason.STORE_DOWN}
    bench.artifacts.is_down = False
    await bench.attempt(receives=6)
    assert bench.result()["status"] == "succeeded"


async def test_a_worker_runs_one_suspect_at_a_time_so_that_the_innocent_are_not_counted_with_the_culprit(
    bench,
):
    bodies = [json.dumps({**json.loads(BODY), "job_id": f"j{number}"}) for number in range(3)]
    bench.pipeline.seconds = 5
    for body in bodies:
        await die_on(bench, body, receives=1)
    suspects = [asyncio.create_task(bench.attempt(body, receives=2)) for body in bodies]
    fresh = asyncio.create_task(bench.attempt(json.dumps({**json.loads(BODY), "job_id": "fresh"})))
    await asyncio.sleep(0.01)
    assert bench.pipeline.started[3:] in (["j0", "fresh"], ["fresh", "j0"])
    assert [record.attempts for record in bench.ledger.jobs.values()] == [2, 1, 1, 1]
    for task in (*suspects, fresh):
        task.cancel()
    await asyncio.wait({*suspects, fresh})


async def test_a_duplicate_of_a_finished_job_is_acknowledged_without_work(bench):
    await bench.attempt()
    assert (await bench.attempt()).fate is MessageFate.ACKNOWLEDGE
    assert bench.pipeline.started == ["j1"]


async def test_cut_off_after_the_result_the_next_attempt_adopts_it(bench):
    await bench.attempt()
    stored = dict(bench.artifacts.files)
    bench.ledger.jobs["j1"].status = JobStatus.RUNNING  # as if killed before closing the attempt
    assert (await bench.attempt(receives=2)).fate is MessageFate.ACKNOWLEDGE
    assert bench.pipeline.started == ["j1"]
    assert bench.artifacts.files == stored
    assert bench.ledger.jobs["j1"].status is JobStatus.SUCCEEDED


async def test_of_two_attempts_at_once_the_first_result_stands_and_both_are_acknowledged(bench):
    bench.pipeline.seconds = 0.02
    bench.pipeline.ends = [PROVED, PipelineOutcome(end_reason=EndReason.NOTHING_KEPT, explanation="none")]
    both = await asyncio.gather(bench.attempt(), bench.attempt())
    assert [one.fate for one in both] == [MessageFate.ACKNOWLEDGE] * 2
    assert bench.ledger.jobs["j1"].status.value == bench.result()["status"]
    assert bench.artifacts.refused_writes == 1


async def test_a_ledger_that_is_down_makes_the_job_come_again(bench):
    bench.ledger.is_down = True
    assert (await bench.attempt()).fate is MessageFate.RETRY
    assert bench.pipeline.started == []


async def test_a_result_store_that_is_down_makes_the_job_come_again(bench):
    bench.artifacts.is_down = True
    assert (await bench.attempt()).fate is MessageFate.RETRY
    bench.artifacts.is_down = False
    assert (await bench.attempt(receives=2)).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "succeeded"


async def test_an_unreadable_stored_result_is_a_failure_not_a_loop(bench):
    bench.artifacts.files["test-results/j1.json"] = b"not json"
    assert (await bench.attempt(receives=2)).fate is MessageFate.ACKNOWLEDGE
    assert bench.ledger.jobs["j1"].status is JobStatus.FAILED


async def test_the_search_never_takes_the_whole_timeout(bench):
    await bench.attempt(json.dumps({**json.loads(BODY), "budget_seconds": 600}))
    assert bench.pipeline.budgets == [pytest.approx(0.12)]
