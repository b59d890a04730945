"""What keeps a job from running now, or ends it early: schedules, limits, large requests, cancellation, batches."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.clock import START, FakeClock, settle
from tests.fakes.ledger import FakeLedger, JobRecord
from tests.fakes.pipeline import FakePipeline
from tests.fakes.queue import FakeQueue
from tests.fakes.slots import FakeSlots
from tests.worker.runtime.stage import make_backoff, make_gates, make_telemetry
from worker.domain.attempt import EndReason, MessageFate
from worker.domain.batch import REPORT_FILES, BatchProgress, report_key
from worker.domain.exchange import Message
from worker.domain.job import Job, JobKind, JobStatus, Lane, payload_key
from worker.domain.job_codec import encode_job, encode_pointer
from worker.runtime.attempts import AttemptPolicy, Attempts, Gates, Stores
from worker.runtime.cancellation import POLL_SECONDS
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.limits import LONGEST_WAIT_SECONDS, SLOT_SECONDS

JOB = Job(job_id="j1", kind=JobKind.TEST, language="python", code="x = 1")


@dataclass
class Bench:
    clock: FakeClock
    ledger: FakeLedger
    artifacts: FakeArtifacts
    slots: FakeSlots
    gates: Gates
    pipeline: FakePipeline
    attempts: Attempts

    async def attempt(self, job: Job = JOB, *, body: str | None = None, receives: int = 1) -> Disposition:
        running = asyncio.create_task(self.attempts(self.delivery(job, body=body, receives=receives)))
        await self.clock.advance(self.pipeline.seconds + 1)
        return await running

    def delivery(self, job: Job = JOB, *, body: str | None = None, receives: int = 1) -> Delivery:
        message = Message(
            message_id="m-1", receipt="r", body=body or encode_job(job), receives=receives, lane=Lane.NORMAL
        )
        return Delivery(message=message, queue=FakeQueue(clock=self.clock), receipt="r", held_since=0)

    def result(self, job_id: str = "j1") -> dict:
        return json.loads(self.artifacts.files[f"test-results/{job_id}.json"])


@pytest.fixture
def bench() -> Bench:
    clock = FakeClock()
    ledger, artifacts, slots = FakeLedger(), FakeArtifacts(), FakeSlots(now=clock.monotonic)
    pipeline = FakePipeline(sleep=clock.sleep)
    telemetry, _ = make_telemetry(clock)
    gates = make_gates(ledger, slots=slots, clock=clock, telemetry=telemetry, concurrency=2)
    attempts = Attempts(
        dispatcher=Dispatcher(
            pipelines={JobKind.TEST: pipeline}, policy=DispatchPolicy(timeout_seconds=600, budget_seconds=1)
        ),
        stores=Stores(ledger=ledger, batches=ledger, artifacts=artifacts),
        policy=AttemptPolicy(worker_id="w1", maximum_attempts=3, backoff=make_backoff()),
        gates=gates,
        clock=clock,
        telemetry=telemetry,
    )
    return Bench(
        clock=clock,
        ledger=ledger,
        artifacts=artifacts,
        slots=slots,
        gates=gates,
        pipeline=pipeline,
        attempts=attempts,
    )


@pytest.mark.parametrize(("hours", "delay_seconds"), [(0.1, 361), (5, 900)])
async def test_a_job_that_is_not_due_is_postponed_as_far_as_a_queue_can_and_nothing_is_recorded(
    bench, hours, delay_seconds
):
    due = replace(JOB, not_before=START + timedelta(hours=hours))
    assert await bench.attempt(due) == Disposition(fate=MessageFate.POSTPONE, delay_seconds=delay_seconds)
    assert bench.ledger.jobs == {}


async def test_a_job_that_is_due_runs(bench):
    assert (await bench.attempt(replace(JOB, not_before=START))).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["status"] == "succeeded"


async def test_a_request_that_lies_in_s3_is_fetched(bench):
    bench.artifacts.files[payload_key("j1")] = encode_job(replace(JOB, path="src/a.py")).encode()
    await bench.attempt(body=encode_pointer(JOB))
    assert bench.result()["path"] == "src/a.py"


async def test_a_request_that_is_gone_is_an_explained_failure(bench):
    assert (await bench.attempt(body=encode_pointer(JOB))).fate is MessageFate.ACKNOWLEDGE
    assert bench.result()["end_reason"] == "request_rejected"
    assert "payloads/j1.json" in bench.result()["explanation"]


async def test_a_store_that_is_down_while_a_request_is_fetched_loses_nothing(bench):
    bench.artifacts.is_down = True
    assert (await bench.attempt(body=encode_pointer(JOB))).fate is MessageFate.RETRY


async def test_a_job_of_a_repository_that_has_all_its_slots_comes_later_and_opens_no_attempt(bench):
    for holder in ("a", "b"):
        await bench.slots.take("repository/acme", slots=2, holder=holder, seconds=60)
    disposition = await bench.attempt(replace(JOB, repository="acme"))
    assert disposition.fate is MessageFate.POSTPONE
    assert 0 < disposition.delay_seconds <= LONGEST_WAIT_SECONDS + 1
    assert bench.ledger.jobs == {}
    assert (await bench.attempt(replace(JOB, repository="other"))).fate is MessageFate.ACKNOWLEDGE


async def test_a_slot_is_renewed_while_its_job_runs_and_given_back_at_its_end(bench):
    bench.pipeline.seconds = 2.5 * SLOT_SECONDS
    running = asyncio.create_task(bench.attempts(bench.delivery(replace(JOB, repository="acme"))))
    await bench.clock.advance(2 * SLOT_SECONDS)
    assert await bench.slots.take("repository/acme", slots=2, holder="second", seconds=60)
    assert not await bench.slots.take("repository/acme", slots=2, holder="third", seconds=60)
    await bench.clock.advance(SLOT_SECONDS)
    await running
    assert await bench.slots.take("repository/acme", slots=2, holder="third", seconds=60)


async def test_a_running_job_that_is_called_off_ends_within_seconds_and_says_so(bench):
    bench.pipeline.seconds = 500
    watching = asyncio.create_task(bench.gates.cancellations.run())
    delivery = bench.delivery()
    running = asyncio.create_task(bench.attempts(delivery))
    delivery.interrupt = running.cancel
    await settle()
    bench.ledger.jobs["j1"].is_cancel_requested = True
    await bench.clock.advance(POLL_SECONDS)
    assert (await running).fate is MessageFate.ACKNOWLEDGE
    assert (bench.result()["status"], bench.result()["end_reason"]) == ("cancelled", "cancelled")
    assert bench.ledger.jobs["j1"].status is JobStatus.CANCELLED
    watching.cancel()


async def test_a_ledger_that_is_down_does_not_end_the_watch_for_cancellations(bench):
    bench.pipeline.seconds = 500
    watching = asyncio.create_task(bench.gates.cancellations.run())
    delivery = bench.delivery()
    running = asyncio.create_task(bench.attempts(delivery))
    delivery.interrupt = running.cancel
    await settle()
    bench.ledger.is_down = True
    await bench.clock.advance(2 * POLL_SECONDS)
    bench.ledger.is_down = False
    bench.ledger.jobs["j1"].is_cancel_requested = True
    await bench.clock.advance(POLL_SECONDS)
    assert (await running).fate is MessageFate.ACKNOWLEDGE
    watching.cancel()


async def test_a_job_that_was_called_off_before_it_was_received_does_not_run(bench):
    bench.ledger.jobs["j1"] = JobRecord(is_cancel_requested=True)
    await bench.attempt()
    assert bench.pipeline.started == []
    assert bench.result()["status"] == "cancelled"


async def test_the_last_job_of_a_batch_writes_its_report(bench):
    bench.ledger.batches["b"] = BatchProgress(batch_id="b", total=2)
    await bench.attempt(replace(JOB, batch_id="b"))
    assert bench.ledger.reported == []
    await bench.attempt(replace(JOB, job_id="j2", batch_id="b"))
    assert bench.ledger.batches["b"].succeeded == 2
    assert bench.ledger.reported == ["b"]
    assert {report_key("b", name) for name in REPORT_FILES} <= set(bench.artifacts.files)
    report = json.loads(bench.artifacts.files[report_key("b", "report.json")])
    assert {job["job_id"] for file in report["files"] for job in file["jobs"]} == {"j1", "j2"}


async def test_a_report_whose_writer_died_is_written_when_the_message_comes_again(bench):
    bench.ledger.batches["b"] = BatchProgress(batch_id="b", total=1, succeeded=1)
    bench.ledger.jobs["j1"] = JobRecord(status=JobStatus.SUCCEEDED, batch_id="b")
    assert (await bench.attempt(replace(JOB, batch_id="b"), receives=2)).fate is MessageFate.ACKNOWLEDGE
    assert bench.ledger.reported == ["b"]
    await bench.attempt(replace(JOB, batch_id="b"), receives=3)
    assert bench.ledger.reported == ["b"]


async def test_a_batch_whose_last_count_was_answered_only_to_a_try_that_did_not_hear_it_gets_its_report(
    bench,
):
    bench.ledger.batches["b"] = BatchProgress(batch_id="b", total=1)
    bench.ledger.loses_answers = True
    await bench.attempt(replace(JOB, batch_id="b"))
    assert bench.ledger.reported == ["b"]


async def test_a_stored_result_that_nobody_counted_is_counted_when_it_is_adopted(bench):
    bench.ledger.batches["b"] = BatchProgress(batch_id="b", total=1)
    job = replace(JOB, batch_id="b")
    await bench.attempt(job)
    stored = dict(bench.artifacts.files)
    bench.ledger.batches["b"] = BatchProgress(batch_id="b", total=1)  # as if cut off between store and close
    bench.ledger.jobs["j1"] = JobRecord(status=JobStatus.RUNNING, attempts=1, ends={1: EndReason.STORE_DOWN})
    await bench.attempt(job, receives=2)
    assert bench.ledger.batches["b"].succeeded == 1
    assert bench.artifacts.files["test-results/j1.json"] == stored["test-results/j1.json"]


async def test_what_a_file_took_is_remembered_for_the_next_submission(bench):
    bench.pipeline.seconds = 4
    running = asyncio.create_task(
        bench.attempts(bench.delivery(replace(JOB, repository="acme", path="src/a.py")))
    )
    await bench.clock.advance(5)
    await running
    assert bench.ledger.seconds == {("acme", "src/a.py"): 4}
