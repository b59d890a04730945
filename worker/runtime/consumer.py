"""The consumer: turns messages into deliveries, deliveries into work, and the end of work into a settlement.

Nothing waits for a batch: a slot that becomes free starts the next message that waits, and asks for more. What waits is a
small prefetch that grows only where jobs are so short that a receive would be felt; it is leased like the rest.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from worker.domain.attempt import EndReason, MessageFate
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import Message
from worker.domain.job import Lane
from worker.ports import Clock, Queue
from worker.runtime.backoff import Backoff
from worker.runtime.delivery import Delivery, Disposition, Handler
from worker.runtime.lanes import RECEIVE_MAXIMUM, Lanes, Poll
from worker.runtime.lease import Leases
from worker.runtime.pool import JobPool
from worker.runtime.settlement import Settlements
from worker.runtime.telemetry import Telemetry, told

RECEIVE_SECONDS = 0.02
"""What a receive takes on AWS; with the service time it gives the prefetch that keeps the slots busy."""

POLL_TRAVEL_SECONDS = 2.0
"""What a poll may take beyond its wait."""

LOOK_SECONDS = 0.5
"""Rest of a quiet lane between two looks, while jobs run that are shorter than any long poll."""

JUST_NOW_SECONDS, SHORT_POLL_SECONDS = 60.0, 3
"""Who had its last job so short a time ago may be asked to close, and has to await its polls: they are short."""

SMOOTHING = 0.1
"""Weight of the newest service time in the running mean."""


@dataclass(frozen=True, kw_only=True)
class ConsumerPolicy:
    """How the consumer works."""

    concurrency: int
    """Jobs at the same time."""
    visibility_timeout_seconds: int
    """Hold on a message between heartbeats; that of the queue."""
    receive_wait_seconds: int = 20
    """Long poll of a quiet lane."""
    maximum_prefetch: int = 20
    """Most messages that may wait for a slot."""
    poll_grace_seconds: float | None = None
    """When draining: how long a poll under way may still take, from the stop; None lets it end by itself. Cutting one off
    can strand messages for a timeout."""
    interrupt_seconds: float = 5.0
    """When draining: how long interrupted work may take to clean up."""

    @property
    def longest_poll_seconds(self) -> float:
        """How long a drain waits for its polls; a little more than they take, since an answer must travel."""
        if self.poll_grace_seconds is None:
            return self.receive_wait_seconds + POLL_TRAVEL_SECONDS
        return self.poll_grace_seconds


class Consumer:
    """Consumes several lanes with one handler."""

    def __init__(
        self,
        *,
        queues: Mapping[Lane, Queue],
        handler: Handler,
        policy: ConsumerPolicy,
        clock: Clock,
        backoff: Backoff,
        telemetry: Telemetry,
    ) -> None:
        """Stand ready. Needs a running loop."""
        self._queues = dict(queues)
        self._handler = handler
        self._policy = policy
        self._clock = clock
        self._backoff = backoff
        self._telemetry = telemetry
        self._wake = asyncio.Event()
        self._pool: JobPool[Disposition] = JobPool(size=policy.concurrency, on_free=self._wake.set)
        self._lanes = Lanes(list(self._queues), wait_seconds=policy.receive_wait_seconds)
        self._leases = Leases(
            visibility_timeout_seconds=policy.visibility_timeout_seconds, clock=clock, telemetry=telemetry
        )
        self._settlements = Settlements(
            queues=self._queues, leases=self._leases, clock=clock, backoff=backoff, telemetry=telemetry
        )
        self._waiting: deque[Delivery] = deque()
        self._active: dict[Delivery, float] = {}
        self._polls: set[asyncio.Task[None]] = set()
        self._resting: set[asyncio.Task[None]] = set()
        self._poll_failures = dict.fromkeys(self._queues, 0)
        self._service_seconds = 1.0
        self._quiet_since = clock.monotonic()
        self._is_closed = False
        self._is_stopping = False
        self._failure: BaseException | None = None

    @property
    def running(self) -> int:
        """Jobs at work."""
        return self._pool.running

    @property
    def is_draining(self) -> bool:
        """No new work is taken."""
        return self._is_stopping

    @property
    def is_empty(self) -> bool:
        """No message is here, and none can come by a receive under way; one that failed and rests brings none."""
        return not (self._polls - self._resting or self._waiting or self._active)

    def close(self) -> None:
        """Begin no receive until `open`; what those under way bring is done."""
        self._is_closed = True

    def open(self) -> None:
        """Receive."""
        self._is_closed = False
        self._wake.set()

    async def run(self, *, grace_seconds: float) -> None:
        """Consume until `stop`, then drain. Raises what is a fault of ours: the process must not go on half dead."""
        heartbeats = asyncio.create_task(self._leases.run())
        heartbeats.add_done_callback(self._note_failure)
        try:
            while not self._is_stopping:
                self._wake.clear()
                self._raise_failure()
                await self._start_waiting()
                self._start_polls()
                await self._wake.wait()
            await self._drain(grace_seconds)
        finally:
            heartbeats.cancel()
            await asyncio.wait({heartbeats})
        self._raise_failure()

    def stop(self) -> None:
        """Take nothing new; `run` drains and returns."""
        self._is_stopping = True
        self._wake.set()

    async def _drain(self, grace_seconds: float) -> None:
        """Give back what waits, let work finish for the grace, interrupt the rest, settle everything.

        The polls under way end meanwhile, and what they bring is given back: see docs/decisions/0012.
        """
        polls = asyncio.create_task(self._end_polls())
        waiting, self._waiting = list(self._waiting), deque()
        for task in self._resting:
            task.cancel()
        await self._settlements.release(waiting)
        if not await self._pool.join(seconds=grace_seconds):
            self._telemetry.warning("drain: the grace is over; jobs are given back", jobs=self.running)
            for delivery in list(self._active):
                delivery.end_early(EndReason.DRAINED)
            await self._pool.join(seconds=self._policy.interrupt_seconds)
        await polls
        await self._settlements.flush()

    async def _end_polls(self) -> None:
        if self._polls:
            _, late = await asyncio.wait(set(self._polls), timeout=self._policy.longest_poll_seconds)
            for task in late:
                task.cancel()
            if late:
                self._telemetry.warning("drain: a poll did not end; what it takes is hidden for a while")
                await asyncio.wait(late)

    def _prefetch(self) -> int:
        wanted = self._policy.concurrency * RECEIVE_SECONDS / max(self._service_seconds, 1e-6)
        return min(self._policy.maximum_prefetch, int(wanted))

    def _start_polls(self) -> None:
        free = self._pool.free + self._prefetch() - len(self._waiting) - self._lanes.reserved
        if self._is_closed or (self._waiting and free < RECEIVE_MAXIMUM):
            return  # or enough waits to keep the slots busy until a full batch is worth a request
        is_fresh = self._clock.monotonic() - self._quiet_since < JUST_NOW_SECONDS
        idle_seconds = SHORT_POLL_SECONDS if is_fresh else self._policy.receive_wait_seconds
        patience_seconds = self._patience_seconds()
        for poll in self._lanes.plan(free, patience_seconds=patience_seconds, idle_seconds=idle_seconds):
            task = asyncio.create_task(self._poll(poll))
            self._polls.add(task)
            task.add_done_callback(self._polls.discard)
            task.add_done_callback(self._note_failure)

    def _patience_seconds(self) -> int | None:
        """Tell how long a poll may take that a stop would have to await: as long as a job, None where there is none.

        A job that runs already tells more than the mean of those that ended.
        """
        now = self._clock.monotonic()
        oldest = next(iter(self._active.values()), now)
        if self._active or self._waiting or self._lanes.is_looking:
            seconds = max(self._service_seconds, now - oldest)
            return min(int(seconds), self._policy.receive_wait_seconds)
        return None

    async def _poll(self, poll: Poll) -> None:
        queue = self._queues[poll.lane]
        received: Sequence[Message] = ()
        try:
            received = await queue.receive(poll.limit, wait_seconds=poll.wait_seconds)
            self._poll_failures[poll.lane] = 0
        except StoreUnavailable as error:
            await self._rest(poll.lane, error)
        finally:
            self._lanes.ended(poll, received=len(received))
            if poll.wait_seconds == 0 and not received and not self._is_stopping:
                rest = asyncio.create_task(self._rest_lane(poll.lane))
                self._resting.add(rest)
                rest.add_done_callback(self._resting.discard)
            self._wake.set()
        if received:
            self._telemetry.count("received", len(received), lane=poll.lane.value)
            await self._admit(received, queue)

    async def _rest_lane(self, lane: Lane) -> None:
        await self._clock.sleep(LOOK_SECONDS)
        self._lanes.rested(lane)
        self._wake.set()

    async def _rest(self, lane: Lane, error: StoreUnavailable) -> None:
        self._poll_failures[lane] += 1
        failures = self._poll_failures[lane]
        self._telemetry.count("receives_failed", lane=lane.value)
        self._telemetry.warning("receive failed", lane=lane, failures=failures, error=error)
        task = asyncio.current_task()
        if self._is_stopping or task is None:
            return
        self._resting.add(task)
        try:
            await self._clock.sleep(self._backoff.delay_seconds(failures))
        finally:
            self._resting.discard(task)

    async def _admit(self, messages: Sequence[Message], queue: Queue) -> None:
        taken = [self._leases.take(message, queue) for message in messages]
        deliveries = [delivery for delivery in taken if delivery is not None]
        if self._is_stopping:
            await self._settlements.release(deliveries)
        else:
            self._waiting.extend(deliveries)

    async def _start_waiting(self) -> None:
        while self._waiting and self._pool.free > 0:
            delivery = self._waiting.popleft()
            if delivery.interruption is not None:
                continue  # its lease was lost while it waited
            self._active[delivery] = self._clock.monotonic()
            settle = partial(self._ended, delivery)
            task = await self._pool.start(self._work(delivery), settle)
            delivery.interrupt = task.cancel

    async def _work(self, delivery: Delivery) -> Disposition:
        return await self._handler(delivery)

    async def _ended(self, delivery: Delivery, task: "asyncio.Task[Disposition]") -> None:
        self._quiet_since = self._clock.monotonic()
        seconds = self._quiet_since - self._active.pop(delivery)
        delivery.interrupt = None
        self._service_seconds += SMOOTHING * (seconds - self._service_seconds)
        await self._settlements.settle(delivery, self._disposition_of(delivery, task))

    def _disposition_of(self, delivery: Delivery, task: "asyncio.Task[Disposition]") -> Disposition:
        if delivery.interruption is EndReason.LEASE_LOST:
            return Disposition(fate=MessageFate.LEAVE)
        if task.cancelled():
            return Disposition(fate=MessageFate.RELEASE)
        error = task.exception()
        if error is None:
            return task.result()
        self._telemetry.error("the handler failed", message_id=delivery.message.message_id, error=told(error))
        delay_seconds = self._backoff.delay_seconds(delivery.message.receives)
        return Disposition(fate=MessageFate.RETRY, delay_seconds=int(delay_seconds) + 1)

    def _note_failure(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is not None:
            self._failure = self._failure or task.exception()
            self._wake.set()

    def _raise_failure(self) -> None:
        failure = self._failure or self._pool.failure
        if failure is not None:
            raise failure
