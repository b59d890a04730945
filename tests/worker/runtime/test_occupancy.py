"""Slots are kept busy though every request takes a while: in virtual time, so that no machine is too slow for it."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue
from tests.worker.runtime.stage import ScriptedHandler, make_backoff, make_telemetry
from worker.domain.exchange import Message
from worker.domain.job import Lane
from worker.runtime.consumer import Consumer, ConsumerPolicy

JOBS = 2000
JOB_SECONDS = 0.05
CONCURRENCY = 100


class DistantQueue(FakeQueue):
    """Answers only after a round trip."""

    round_trip_seconds: float

    async def receive(self, limit: int, *, wait_seconds: int) -> Sequence[Message]:
        await self.clock.sleep(self.round_trip_seconds)
        return await super().receive(limit, wait_seconds=wait_seconds)

    async def acknowledge(self, receipts: Sequence[str]) -> Sequence[str]:
        await self.clock.sleep(self.round_trip_seconds)
        return await super().acknowledge(receipts)


@pytest.mark.parametrize("round_trip_seconds", [0.002, 0.005, 0.01])
async def test_short_jobs_keep_the_slots_busy_beside_two_empty_lanes(round_trip_seconds):
    clock = FakeClock()
    queues = {lane: DistantQueue(clock=clock, lane=lane) for lane in Lane}
    for queue in queues.values():
        queue.round_trip_seconds = round_trip_seconds
    for number in range(JOBS):
        queues[Lane.NORMAL].send(f"{JOB_SECONDS}:{number}")
    handler = ScriptedHandler(clock=clock)
    consumer = Consumer(
        queues=queues,
        handler=handler,
        policy=ConsumerPolicy(concurrency=CONCURRENCY, visibility_timeout_seconds=60, poll_grace_seconds=0),
        clock=clock,
        backoff=make_backoff(),
        telemetry=make_telemetry(clock)[0],
    )
    running = asyncio.create_task(consumer.run(grace_seconds=1))
    ideal_seconds = JOBS * JOB_SECONDS / CONCURRENCY
    await clock.advance(ideal_seconds / 0.85)
    finished = len(handler.finished)
    consumer.stop()
    await asyncio.wait({running}, timeout=0.1)
    running.cancel()
    await asyncio.wait({running})
    assert finished == JOBS
