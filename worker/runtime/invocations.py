"""The worker as a function: takes invocations one by one, and works on each batch as a consumer that begins to drain at once.

Leases, slots, attempts, settlements are the consumer's own. A batch is begun as a whole; when the time of the invocation is nearly
over, work that has not ended is interrupted and given back, as at the end of a drain's grace. Between invocations the
environment is frozen, so nothing of a batch outlives it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from worker.domain.exchange import Message
from worker.domain.invocation import (
    EventUnknown,
    HttpCall,
    Invocation,
    batch_answer,
    http_call_in,
    messages_in,
)
from worker.domain.job import Lane
from worker.ports import Clock, FunctionRuntime, Queue
from worker.runtime.consumer import Consumer
from worker.runtime.handed import HandedLane
from worker.runtime.telemetry import Telemetry, told

SPARE_SECONDS = 10.0
"""Kept at the end of an invocation for interrupting work, telling the ledger of it, giving messages back and answering."""

BEGIN_SECONDS = 5.0
"""What beginning a batch may take; what has not begun by then is given back."""


class Bench(Protocol):
    """Sets up what works on one batch."""

    def consumer(
        self, queues: Mapping[Lane, Queue], *, concurrency: int, on_begun: Callable[[], None]
    ) -> AbstractAsyncContextManager[Consumer]:
        """Open a consumer of these lanes, which calls `on_begun` for each piece of work that begins."""
        ...


Door = Callable[[HttpCall, float], Any]
"""Answers a request within so many seconds; a coroutine function that returns Lambda's form."""


@dataclass(frozen=True, kw_only=True)
class FunctionPolicy:
    """How a function works."""

    queue_urls: Mapping[Lane, str]
    """The lanes, for their names."""
    visibility_timeout_seconds: int
    """Hold on a message between heartbeats."""


@dataclass(kw_only=True)
class Invocations:
    """Serves Lambda until it is told to stop."""

    runtime: FunctionRuntime
    """Lambda."""
    queues: Mapping[Lane, Queue]
    """The lanes."""
    bench: Bench
    """Sets up the work on batches."""
    door: Door
    """Answers requests."""
    policy: FunctionPolicy
    """How to work."""
    clock: Clock
    """Time."""
    telemetry: Telemetry
    """Tells."""
    on_end: Callable[[], None]
    """Called after each invocation: what is not told by then waits for the next one."""
    _waiting: asyncio.Task[Invocation] | None = None
    _is_stopping: bool = False

    async def run(self) -> None:
        """Serve; raises what is a fault of ours, after telling Lambda: the environment must not go on half dead."""
        while (invocation := await self._next()) is not None:
            await self._serve(invocation)

    def stop(self) -> None:
        """Take no other invocation."""
        self._is_stopping = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def _next(self) -> Invocation | None:
        """Wait for an invocation; None once this is stopped."""
        if self._is_stopping:
            return None
        self._waiting = asyncio.create_task(self.runtime.next())
        try:
            await asyncio.wait({self._waiting})
        finally:
            self._waiting.cancel()  # of no effect on one that has ended
        if self._waiting.cancelled():
            return None
        return self._waiting.result()

    async def _serve(self, invocation: Invocation) -> None:
        try:
            answer = await self._answer(invocation)
        except EventUnknown as error:
            self.telemetry.error("an event for nobody", request_id=invocation.request_id, error=error)
            await self.runtime.fail(invocation, error)
        except Exception as error:
            self.telemetry.error("the invocation failed", request_id=invocation.request_id, error=told(error))
            await self.runtime.fail(invocation, error)
            raise
        else:
            self.on_end()
            await self.runtime.answer(invocation, answer)

    async def _answer(self, invocation: Invocation) -> Mapping[str, Any]:
        seconds = max(0.0, invocation.ends_at - self.clock.now().timestamp())
        call = http_call_in(invocation.event)
        if call is not None:
            answer: Mapping[str, Any] = await self.door(call, seconds)
            return answer
        messages = messages_in(invocation.event, queue_urls=self.policy.queue_urls)
        unfinished = await self._work(messages, seconds=max(0.0, seconds - SPARE_SECONDS))
        self.telemetry.info(
            "batch ended",
            request_id=invocation.request_id,
            messages=len(messages),
            come_again=len(unfinished),
        )
        return batch_answer(unfinished)

    async def _work(self, messages: Sequence[Message], *, seconds: float) -> list[str]:
        """Work on a batch for so long; return the ids of the messages that must come again."""
        began = self.clock.monotonic()
        lanes = {
            lane: HandedLane(queue, [message for message in messages if message.lane is lane])
            for lane, queue in self.queues.items()
            if any(message.lane is lane for message in messages)
        }
        for handed in lanes.values():
            await handed.hold(seconds=self.policy.visibility_timeout_seconds, telemetry=self.telemetry)
        count = sum(len(handed) for handed in lanes.values())
        if count:
            self.telemetry.count("received", count)
            left = seconds - (self.clock.monotonic() - began)
            await self._consume(lanes, count, grace_seconds=max(0.0, left - BEGIN_SECONDS))
        return [message_id for handed in lanes.values() for message_id in handed.unfinished]

    async def _consume(self, lanes: Mapping[Lane, HandedLane], count: int, *, grace_seconds: float) -> None:
        """Begin everything, then drain: who has not ended after the grace is interrupted and given back."""
        begun = _Countdown(count)
        async with self.bench.consumer(lanes, concurrency=count, on_begun=begun.down) as consumer:
            running = asyncio.create_task(consumer.run(grace_seconds=grace_seconds))
            waiting = asyncio.create_task(begun.zero.wait())
            await asyncio.wait({running, waiting}, timeout=BEGIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting
            for handed in lanes.values():
                handed.close()
            consumer.stop()
            await running


class _Countdown:
    """Tells when so many things have happened."""

    def __init__(self, count: int) -> None:
        self._left = count
        self.zero = asyncio.Event()

    def down(self) -> None:
        """One has."""
        self._left -= 1
        if self._left <= 0:
            self.zero.set()
