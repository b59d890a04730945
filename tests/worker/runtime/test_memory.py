"""A worker that runs for weeks must not grow."""

import gc
import io
import sys
from dataclasses import dataclass, field

import pytest

from tests.fakes.queue import FakeQueue
from tests.worker.runtime.stage import DONE, make_backoff
from worker.adapters.system_clock import SystemClock
from worker.domain.job import Lane
from worker.runtime.consumer import Consumer, ConsumerPolicy
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.telemetry import Telemetry

WARM_JOBS = 20_000
JOBS = 100_000
BACKLOG = 150


@dataclass
class Census:
    """Handles jobs, sends another for each, and counts the memory blocks of the process after the warm-up and at the end."""

    queue: FakeQueue
    consumers: list[Consumer] = field(default_factory=list)
    handled: int = 0
    blocks: list[int] = field(default_factory=list)

    async def __call__(self, delivery: Delivery) -> Disposition:
        self.handled += 1
        self.queue.send(f"{self.handled}")
        if self.handled in {WARM_JOBS, JOBS}:
            gc.collect()
            self.blocks.append(sys.getallocatedblocks())
        if self.handled == JOBS:
            self.consumers[0].stop()
        return DONE


@pytest.mark.slow
async def test_memory_is_flat_over_a_hundred_thousand_jobs():
    """One object kept for each job would be 80,000 blocks; what is in hand at a moment is a few thousand."""
    clock = SystemClock()
    queues = {lane: FakeQueue(clock=clock, lane=lane) for lane in Lane}
    census = Census(queue=queues[Lane.NORMAL])
    for number in range(BACKLOG):
        census.queue.send(f"first {number}")
    consumer = Consumer(
        queues=queues,
        handler=census,
        policy=ConsumerPolicy(concurrency=100, visibility_timeout_seconds=60, poll_grace_seconds=0),
        clock=clock,
        backoff=make_backoff(),
        telemetry=Telemetry(stream=io.StringIO(), clock=clock, level="ERROR"),
    )
    census.consumers.append(consumer)
    await consumer.run(grace_seconds=10)
    warm, last = census.blocks
    assert last - warm < (JOBS - WARM_JOBS) / 8
