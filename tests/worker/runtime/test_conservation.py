"""Conservation: submitted = done + dead-lettered, whatever fails in between.

Queue, ledger and store fail before and after taking effect, the queue delivers twice, workers are killed and replaced, and
time passes in jumps. Nothing may be lost, nothing stored twice, and every job ends with the status of its result.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.pipeline import FakePipeline
from tests.fakes.queue import FakeQueue
from tests.fakes.slots import FakeSlots
from tests.worker.runtime.stage import make_backoff, make_gates, make_telemetry
from worker.domain.batch import REPORT_FILES, BatchProgress, report_key
from worker.domain.errors import EngineUnavailable, StoreUnavailable
from worker.domain.job import JobKind, JobStatus, Lane
from worker.runtime.attempts import AttemptPolicy, Attempts, Stores
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.dispatch import Dispatcher, DispatchPolicy

JOBS = 12
VISIBILITY_SECONDS = 6


@dataclass
class Weather:
    random: Random
    is_bad: bool = True

    def strike(self) -> None:
        if self.is_bad and self.random.random() < 0.12:
            raise StoreUnavailable("cut off")


def struck(base: type, names: tuple[str, ...]) -> type:
    """A fake whose calls may be cut off before or after they take effect."""

    def method(name: str):
        async def call(self, *args, **kwargs):
            self.weather.strike()
            answer = await getattr(base, name)(self, *args, **kwargs)
            self.weather.strike()
            return answer

        return call

    return type(f"Struck{base.__name__}", (base,), {name: method(name) for name in names})


StruckQueue = struck(FakeQueue, ("receive", "acknowledge", "release", "postpone", "extend", "dead_letter"))
StruckLedger = struck(
    FakeLedger,
    ("open_attempt", "close_attempt", "open_ends", "note_seconds", "batch", "members", "note_report"),
)
StruckArtifacts = struck(FakeArtifacts, ("put_if_absent", "put", "get"))
StruckSlots = struck(FakeSlots, ("take", "give_back"))


@dataclass
class World:
    random: Random
    clock: FakeClock = field(default_factory=FakeClock)
    workers: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.weather = Weather(random=self.random)
        self.queue = StruckQueue(clock=self.clock, visibility_timeout_seconds=VISIBILITY_SECONDS)
        self.ledger, self.artifacts = StruckLedger(), StruckArtifacts()
        self.ledger.batches["b"] = BatchProgress(batch_id="b", total=JOBS)
        self.slots = StruckSlots(now=self.clock.monotonic)
        for fake in (self.queue, self.ledger, self.artifacts, self.slots):
            fake.weather = self.weather

    def start_worker(self) -> Consumer:
        pipeline = FakePipeline(
            ends=[EngineUnavailable("down"), *FakePipeline().ends],
            seconds=self.random.uniform(0, 10),
            sleep=self.clock.sleep,
        )
        telemetry, _ = make_telemetry(self.clock)
        backoff = make_backoff()
        attempts = Attempts(
            dispatcher=Dispatcher(
                pipelines={JobKind.TEST: pipeline},
                policy=DispatchPolicy(timeout_seconds=600, budget_seconds=1),
            ),
            stores=Stores(ledger=self.ledger, batches=self.ledger, artifacts=self.artifacts),
            policy=AttemptPolicy(worker_id="w", maximum_attempts=100, backoff=backoff),
            gates=make_gates(
                self.ledger, slots=self.slots, clock=self.clock, telemetry=telemetry, concurrency=2
            ),
            clock=self.clock,
            telemetry=telemetry,
        )
        consumer = Consumer(
            queues={Lane.NORMAL: self.queue},
            handler=attempts,
            policy=ConsumerPolicy(
                concurrency=3,
                visibility_timeout_seconds=VISIBILITY_SECONDS,
                receive_wait_seconds=1,
                poll_grace_seconds=0,
            ),
            clock=self.clock,
            backoff=backoff,
            telemetry=telemetry,
        )
        self.workers.append(asyncio.create_task(consumer.run(grace_seconds=0)))
        return consumer

    def deliver_one_twice(self) -> None:
        for entry in self.queue.entries[:1]:
            entry.visible_at = self.clock.monotonic()


async def kill_everything() -> None:
    """What SIGKILL does to a process: whatever it was doing is over, and nobody settles anything."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.wait(others)


async def play(seed: int) -> None:
    world = World(random=Random(seed))
    for number in range(JOBS):
        world.queue.send(
            json.dumps(
                {
                    "type": "test",
                    "job_id": f"j{number}",
                    "code": "x",
                    "language": "python",
                    "batch_id": "b",
                    **({"repository": "acme"} if number % 2 else {}),
                }
            )
        )
    world.queue.send("poison")
    for _ in range(4):
        world.start_worker()
        world.start_worker()
        await world.clock.advance(world.random.uniform(0, 8))
        world.deliver_one_twice()
        await world.clock.advance(world.random.uniform(0, 8))
        await kill_everything()
        await world.clock.advance(world.random.uniform(0, VISIBILITY_SECONDS))
    world.weather.is_bad = False
    last = world.start_worker()
    for _ in range(40):
        await world.clock.advance(30)
        if not world.queue.entries:
            break
    last.stop()
    await world.clock.advance(2)
    assert world.workers[-1].done()
    assert world.queue.entries == []
    results = {f"test-results/j{number}.json" for number in range(JOBS)}
    assert set(world.artifacts.files) == results | {report_key("b", name) for name in REPORT_FILES}
    assert Counter(record.status for record in world.ledger.jobs.values()) == {JobStatus.SUCCEEDED: JOBS}
    assert world.ledger.batches["b"].succeeded == JOBS  # each counted once
    assert "b" in world.ledger.reported
    assert {letter.body for letter in world.queue.dead_letters} == {"poison"}


@pytest.mark.slow
@given(st.integers(min_value=0, max_value=2**32))
@settings(max_examples=12, deadline=None, derandomize=True, phases=[Phase.generate])
def test_nothing_is_lost_and_nothing_is_stored_twice_in_any_weather(seed):
    asyncio.run(play(seed))
