"""A consumer on fakes, in virtual time."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

from tests.fakes.clock import FakeClock, settle
from tests.fakes.ledger import FakeLedger
from tests.fakes.queue import FakeQueue
from tests.fakes.slots import FakeSlots
from worker.domain.attempt import MessageFate
from worker.domain.job import Lane
from worker.runtime.attempts import Gates
from worker.runtime.backoff import Backoff
from worker.runtime.cancellation import Cancellations
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.limits import RepositoryLimits
from worker.runtime.telemetry import Telemetry

DONE = Disposition(fate=MessageFate.ACKNOWLEDGE)


@dataclass
class ScriptedHandler:
    """Sleeps as long as a body says, then returns a disposition."""

    clock: FakeClock
    disposition: Disposition = DONE
    started: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(self, delivery: Delivery) -> Disposition:
        body = delivery.message.body
        self.started.append(body)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.clock.sleep(float(body.split(":")[0]))
            self.finished.append(body)
        except asyncio.CancelledError:
            self.interrupted.append(f"{body} {delivery.interruption}")
            raise
        finally:
            self.at_once -= 1
        return self.disposition


@dataclass
class Stage:
    clock: FakeClock
    queues: dict[Lane, FakeQueue]
    handler: ScriptedHandler
    consumer: Consumer
    log: io.StringIO
    telemetry: Telemetry
    task: asyncio.Task[None]

    @property
    def is_gone(self) -> bool:
        """The consumer has drained."""
        return self.task.done()

    @property
    def queue(self) -> FakeQueue:
        return self.queues[Lane.NORMAL]


def make_backoff() -> Backoff:
    return Backoff(base_seconds=1, cap_seconds=30, random=Random(7))


def make_gates(
    ledger: FakeLedger, *, slots: FakeSlots, clock: FakeClock, telemetry: Telemetry, concurrency: int = 0
) -> Gates:
    return Gates(
        limits=RepositoryLimits(
            slots=slots, concurrency=concurrency, clock=clock, random=Random(7), telemetry=telemetry
        ),
        cancellations=Cancellations(ledger=ledger, clock=clock, telemetry=telemetry),
    )


def make_telemetry(clock: FakeClock) -> tuple[Telemetry, io.StringIO]:
    stream = io.StringIO()
    return Telemetry(stream=stream, clock=clock, level="DEBUG"), stream


@asynccontextmanager
async def running_stage(
    *,
    concurrency: int = 2,
    visibility: int = 60,
    lanes: tuple[Lane, ...] = (Lane.NORMAL,),
    grace: float = 0.05,
    poll_grace: float | None = 0.05,
    backlog: Sequence[str] = (),
) -> AsyncIterator[Stage]:
    clock = FakeClock()
    queues = {
        lane: FakeQueue(clock=clock, lane=lane, visibility_timeout_seconds=visibility) for lane in lanes
    }
    for body in backlog:
        queues[Lane.NORMAL].send(body)
    handler = ScriptedHandler(clock=clock)
    telemetry, log = make_telemetry(clock)
    policy = ConsumerPolicy(
        concurrency=concurrency,
        visibility_timeout_seconds=visibility,
        poll_grace_seconds=poll_grace,
        interrupt_seconds=0.5,
    )
    consumer = Consumer(
        queues=queues,
        handler=handler,
        policy=policy,
        clock=clock,
        backoff=make_backoff(),
        telemetry=telemetry,
    )
    task = asyncio.create_task(consumer.run(grace_seconds=grace))
    stage = Stage(
        clock=clock,
        queues=queues,
        handler=handler,
        consumer=consumer,
        log=log,
        telemetry=telemetry,
        task=task,
    )
    await settle()
    try:
        yield stage
    finally:
        consumer.stop()
        await asyncio.wait({task}, timeout=5)
        assert task.done(), "the consumer did not drain"
        task.result()
