"""A malformed message through the worker's handler: a job, a stored explained failure or a reasoned dead letter; nothing lost."""

import asyncio
import io
import json
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.clock import START, FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.pipeline import FakePipeline
from tests.fakes.queue import FakeQueue
from tests.fakes.slots import FakeSlots
from tests.worker.domain.malformed import BODIES, OBJECTS
from tests.worker.runtime.stage import make_backoff, make_gates, make_telemetry
from worker.domain.batch import BatchProgress
from worker.domain.job import TERMINAL_STATUSES, Job, JobKind, Lane, payload_key
from worker.domain.job_codec import decode_job, encode_job, encode_pointer
from worker.runtime.attempts import AttemptPolicy, Attempts, Stores
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.lease import Leases
from worker.runtime.settlement import LONGEST_REASON, Settlements

SOUND = Job(job_id="j-1", kind=JobKind.TEST, language="python", code="x = 1", path="a.py", batch_id="b")
GONE = json.dumps({"type": "test", "job_id": "gone", "payload_key": "payloads/gone.json", "batch_id": "b"})


@dataclass
class Worker:
    """Everything between a queue and the stores, on fakes; the pipeline proves whatever it is given."""

    clock: FakeClock = field(default_factory=FakeClock)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    artifacts: FakeArtifacts = field(default_factory=FakeArtifacts)
    log: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.queue = FakeQueue(clock=self.clock)
        self.pipeline = FakePipeline(sleep=self.clock.sleep)
        telemetry, self.log = make_telemetry(self.clock)
        slots = FakeSlots(now=self.clock.monotonic)
        self.attempts = Attempts(
            dispatcher=Dispatcher(
                pipelines={JobKind.TEST: self.pipeline},
                policy=DispatchPolicy(timeout_seconds=60, budget_seconds=1),
            ),
            stores=Stores(ledger=self.ledger, batches=self.ledger, artifacts=self.artifacts),
            policy=AttemptPolicy(worker_id="w", maximum_attempts=3, backoff=make_backoff()),
            gates=make_gates(self.ledger, slots=slots, clock=self.clock, telemetry=telemetry, concurrency=2),
            clock=self.clock,
            telemetry=telemetry,
        )
        self.leases = Leases(visibility_timeout_seconds=60, clock=self.clock, telemetry=telemetry)
        self.settlements = Settlements(
            queues={Lane.NORMAL: self.queue},
            leases=self.leases,
            clock=self.clock,
            backoff=make_backoff(),
            telemetry=telemetry,
        )

    async def work_on(self, body: str) -> str:
        """Send, receive, handle and settle one message; return its message id."""
        message_id = self.queue.send(body)
        [message] = await self.queue.receive(1, wait_seconds=0)
        delivery = self.leases.take(message, self.queue)
        assert delivery is not None
        running = asyncio.create_task(self.attempts(delivery))
        await self.clock.advance(1)
        await self.settlements.settle(delivery, await running)
        await self.settlements.flush()
        assert len(self.leases) == 0
        return message_id

    @property
    def results(self) -> dict[str, dict]:
        prefix, suffix = "test-results/", ".json"
        return {
            key.removeprefix(prefix).removesuffix(suffix): json.loads(content)
            for key, content in self.artifacts.files.items()
            if key.startswith(prefix)
        }


async def require_an_end(worker: Worker, body: str) -> None:
    """Exactly one of: a result, a dead letter, a copy that waits for its time."""
    message_id = await worker.work_on(body)
    results, letters, waiting = worker.results, worker.queue.dead_letters, worker.queue.entries
    assert (len(results), len(letters), len(waiting)) in {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    for job_id, result in results.items():
        assert result["job_id"] == job_id
        assert result["status"] in TERMINAL_STATUSES
        assert result["explanation"]
        assert worker.ledger.jobs[job_id].status == result["status"]
        assert (result["status"] == "succeeded") == bool(worker.pipeline.started)
    for letter in letters:
        assert letter.body == body
        assert letter.reason.startswith("not a job: ")
        assert len(letter.reason) <= LONGEST_REASON
    for entry in waiting:
        assert 0 < entry.visible_at - worker.clock.monotonic() <= 900
        postponed = decode_job(entry.body, message_id="another message")
        assert postponed.job_id == decode_job(body, message_id=message_id).job_id
    for line in worker.log.getvalue().splitlines():
        assert json.loads(line)["event"]


@given(body=BODIES)
@settings(deadline=None)
@example(body="\ufeff" + encode_job(SOUND))
@example(body='{"type":"test","job_id":"j","payload_key":"payloads/j.json"}')
@example(body='{"job_id":"j","payload_key":"payloads/j.json"}')
@example(body='{"type":"test","code":"x","language":"python","not_before":"0001-01-01T00:00:00+14:00"}')
@example(body='{"type":"test","code":"x","language":"python","not_before":"9999-01-01T00:00:00Z"}')
@example(
    body='{"type":"test","code":"x","language":"python","not_before":"2027-01-01T00:00:00Z","a":"\\ud800"}'
)
@example(body="[" * 100_000)
@example(body='{"type":"test","code":"x","language":"python","job_id":"' + "j" * 1_000_000 + '"}')
def test_every_message_comes_to_one_end(body: str) -> None:
    asyncio.run(require_an_end(Worker(), body))


async def request_ends(worker: Worker, stored: bytes) -> dict:
    worker.artifacts.files[payload_key("j-1")] = stored
    await worker.work_on(encode_pointer(SOUND))
    assert list(worker.results) == ["j-1"]
    assert worker.queue.entries == worker.queue.dead_letters == []
    assert worker.results["j-1"]["explanation"]
    return worker.results["j-1"]


@given(stored=st.binary(max_size=200) | BODIES.map(lambda body: body.encode("utf-8", "surrogatepass")))
@settings(deadline=None)
@example(stored=b"\xff\xfe{}")
@example(stored=b"[1]")
@example(stored=b"[" * 100_000)
@example(stored=encode_job(SOUND).replace("j-1", "j-2").encode())
def test_whatever_lies_where_a_pointer_leads_ends_under_the_pointers_own_name(stored: bytes) -> None:
    asyncio.run(request_ends(Worker(), stored))


@given(fields=OBJECTS)
@settings(deadline=None)
def test_a_request_behind_a_pointer_that_is_no_good_says_why(fields: dict) -> None:
    async def check() -> None:
        worker = Worker()
        result = await request_ends(worker, json.dumps({**fields, "code": ""}).encode())
        assert result["end_reason"] == "request_rejected"
        assert worker.pipeline.started == []

    asyncio.run(check())


@pytest.mark.parametrize(
    ("stored", "word"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "no job"),
        (b"[]", "no job"),
        (encode_job(SOUND).replace("j-1", "j-2").encode(), "another job's"),
    ],
)
async def test_what_is_wrong_with_a_stored_request_is_told(stored: bytes, word: str) -> None:
    assert word in (await request_ends(Worker(), stored))["explanation"]


async def test_a_job_whose_stored_request_is_gone_counts_as_failed_in_its_batch() -> None:
    worker = Worker()
    worker.ledger.batches["b"] = BatchProgress(batch_id="b", total=2, succeeded=0, failed=0, cancelled=0)
    await worker.work_on(GONE)
    assert worker.ledger.batches["b"].failed == 1


async def test_a_job_for_the_year_9999_is_refused_instead_of_going_around_for_ever() -> None:
    worker = Worker()
    body = json.dumps({**json.loads(encode_job(SOUND)), "not_before": "9999-01-01T00:00:00+00:00"})
    await worker.work_on(body)
    assert "more than 30 days ahead" in worker.results["j-1"]["explanation"]
    assert worker.queue.entries == []


async def test_a_message_without_a_name_keeps_the_one_that_its_first_message_lent_it() -> None:
    worker = Worker()
    body = {"type": "test", "code": "x = 1", "language": "python", "note": "\ud800"}
    due = START.replace(year=START.year, minute=59)
    message_id = await worker.work_on(json.dumps({**body, "not_before": due.isoformat()}))
    [entry] = worker.queue.entries
    assert decode_job(entry.body, message_id="copy").job_id == message_id
    entry.body.encode()
