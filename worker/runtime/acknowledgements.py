"""Acknowledgements: deletes in batches of ten, so that settling a job costs a tenth of a request.

A batch leaves when it is full or 25 ms old. Until the queue confirms it, the message stays leased; a kill before that
makes the job come again, which the stored result then answers. What is refused for good (a stale receipt) is dropped:
the message comes again and is settled by its result.
"""

import asyncio

from worker.domain.errors import StoreUnavailable
from worker.ports import Clock, Queue
from worker.runtime.backoff import Backoff
from worker.runtime.delivery import Delivery
from worker.runtime.lease import BATCH, Leases
from worker.runtime.telemetry import Telemetry

FLUSH_SECONDS = 0.025
TRIES = 5


class Acknowledgements:
    """Collects what is done on one queue."""

    def __init__(
        self, *, queue: Queue, leases: Leases, clock: Clock, backoff: Backoff, telemetry: Telemetry
    ) -> None:
        """Begin with nothing to delete."""
        self._queue = queue
        self._leases = leases
        self._clock = clock
        self._backoff = backoff
        self._telemetry = telemetry
        self._waiting: list[Delivery] = []
        self._timer: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def add(self, delivery: Delivery) -> None:
        """Delete this one soon."""
        self._waiting.append(delivery)
        if len(self._waiting) >= BATCH:
            self._send_waiting()
        elif self._timer is None:
            self._timer = asyncio.create_task(self._send_later())

    async def flush(self) -> None:
        """Delete everything now; return when the queue has answered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            self._send_waiting()
        while self._sending:
            await asyncio.wait(self._sending)

    async def _send_later(self) -> None:
        await self._clock.sleep(FLUSH_SECONDS)
        self._timer = None
        if self._waiting:
            self._send_waiting()

    def _send_waiting(self) -> None:
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        task = asyncio.create_task(self._send(batch))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, batch: list[Delivery]) -> None:
        for tried in range(1, TRIES + 1):
            receipts = {delivery.receipt: delivery for delivery in batch}
            try:
                refused = set(await self._queue.acknowledge(list(receipts)))
            except StoreUnavailable as error:
                self._telemetry.warning("acknowledging failed", lane=self._queue.lane, error=str(error))
                await self._clock.sleep(self._backoff.delay_seconds(tried))
                continue
            batch = self._settled(receipts, refused)
            if not batch:
                return
        self._give_up(batch)

    def _settled(self, receipts: dict[str, Delivery], refused: set[str]) -> list[Delivery]:
        """Drop what is deleted; return what a newer receipt may still delete."""
        again = []
        for receipt, delivery in receipts.items():
            if receipt not in refused:
                self._leases.drop(delivery)
            elif delivery.receipt != receipt:
                again.append(delivery)
            else:
                self._give_up([delivery])
        self._telemetry.count("acknowledged", len(receipts) - len(refused))
        return again

    def _give_up(self, batch: list[Delivery]) -> None:
        for delivery in batch:
            self._leases.drop(delivery)
            self._telemetry.count("acknowledgements_lost")
            self._telemetry.warning(
                "could not acknowledge; the message will come again and find its result",
                message_id=delivery.message.message_id,
            )
