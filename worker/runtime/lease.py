"""Leases: every message that we hold, running or waiting, is renewed until it is settled, also while draining.

A beat comes each sixth of the visibility timeout and renews what has not been renewed since the beat before, so a hold is
renewed at a third of the timeout at the latest, and a beat that fails is made up for twice before the hold ends. A hold
that the queue refuses, or that could not be renewed for a whole timeout, is lost: its work is ended early.
"""

import asyncio
from collections.abc import Iterable, Iterator

from worker.domain.attempt import EndReason
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import Message
from worker.ports import Clock, Queue
from worker.runtime.delivery import Delivery
from worker.runtime.telemetry import Telemetry

BATCH = 10
"""Entries that SQS takes in one call."""

BEATS_PER_TIMEOUT = 6


class Leases:
    """The messages that we hold, by message id."""

    def __init__(self, *, visibility_timeout_seconds: int, clock: Clock, telemetry: Telemetry) -> None:
        """Hold nothing yet."""
        self._timeout_seconds = visibility_timeout_seconds
        self._clock = clock
        self._telemetry = telemetry
        self._held: dict[str, Delivery] = {}

    def __len__(self) -> int:
        """Count the messages held."""
        return len(self._held)

    def take(self, message: Message, queue: Queue) -> Delivery | None:
        """Hold a message; None where it is held already: then only its newest receipt is kept."""
        held = self._held.get(message.message_id)
        if held is not None:
            held.receipt = message.receipt
            held.held_since = self._clock.monotonic()
            self._telemetry.count("redelivered_while_held")
            return None
        delivery = Delivery(
            message=message, queue=queue, receipt=message.receipt, held_since=self._clock.monotonic()
        )
        self._held[message.message_id] = delivery
        return delivery

    def drop(self, delivery: Delivery) -> None:
        """Hold it no longer: it is settled or lost."""
        self._held.pop(delivery.message.message_id, None)

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self._clock.sleep(self._timeout_seconds / BEATS_PER_TIMEOUT)
            await self.beat()

    async def beat(self) -> None:
        """Renew what is due."""
        now = self._clock.monotonic()
        age_seconds = self._timeout_seconds / BEATS_PER_TIMEOUT
        due = [held for held in self._held.values() if now - held.held_since >= age_seconds * 0.9]
        if due:
            await asyncio.gather(*(self._renew(queue, batch) for queue, batch in _batches(due)))

    async def _renew(self, queue: Queue, batch: list[Delivery]) -> None:
        asked_at = self._clock.monotonic()
        receipts = {delivery.receipt: delivery for delivery in batch}
        try:
            lost = set(await queue.extend(list(receipts), seconds=self._timeout_seconds))
        except StoreUnavailable as error:
            self._telemetry.count("heartbeats_failed", len(batch))
            self._telemetry.warning("heartbeat failed", lane=queue.lane, error=str(error))
            self._expire(batch)
            return
        self._telemetry.count("heartbeats", len(batch))
        for receipt, delivery in receipts.items():
            if receipt not in lost:
                delivery.held_since = max(delivery.held_since, asked_at)
            elif delivery.receipt == receipt:
                self._lose(delivery)

    def _expire(self, batch: Iterable[Delivery]) -> None:
        now = self._clock.monotonic()
        for delivery in batch:
            if now - delivery.held_since >= self._timeout_seconds:
                self._lose(delivery)

    def _lose(self, delivery: Delivery) -> None:
        if self._held.get(delivery.message.message_id) is not delivery:
            return  # settled while the heartbeat was under way
        self._telemetry.count("leases_lost")
        self._telemetry.warning("lease lost", message_id=delivery.message.message_id)
        self.drop(delivery)
        delivery.end_early(EndReason.LEASE_LOST)


def _batches(deliveries: Iterable[Delivery]) -> Iterator[tuple[Queue, list[Delivery]]]:
    by_queue: dict[int, list[Delivery]] = {}
    for delivery in deliveries:
        by_queue.setdefault(id(delivery.queue), []).append(delivery)
    for group in by_queue.values():
        for start in range(0, len(group), BATCH):
            yield group[0].queue, group[start : start + BATCH]
