"""Settlement: does to a message what its disposition says, one message at a time or in batches."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from worker.domain.attempt import MessageFate
from worker.domain.errors import StoreUnavailable
from worker.domain.job import Lane
from worker.domain.job_codec import job_id_in, named
from worker.ports import Clock, Queue
from worker.runtime.acknowledgements import Acknowledgements
from worker.runtime.backoff import Backoff
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.lease import Leases
from worker.runtime.telemetry import Telemetry

LONGEST_REASON = 256
"""Characters of a dead-letter reason: it is read in a table."""


class Settlements:
    """Ends deliveries."""

    def __init__(
        self,
        *,
        queues: Mapping[Lane, Queue],
        leases: Leases,
        clock: Clock,
        backoff: Backoff,
        telemetry: Telemetry,
    ) -> None:
        """Keep one collector of acknowledgements for each queue."""
        self._leases = leases
        self._telemetry = telemetry
        self._acknowledgements = {
            lane: Acknowledgements(
                queue=queue, leases=leases, clock=clock, backoff=backoff, telemetry=telemetry
            )
            for lane, queue in queues.items()
        }

    async def settle(self, delivery: Delivery, disposition: Disposition) -> None:
        """Do what the disposition says; where the queue refuses, the visibility timeout does it later."""
        if disposition.dead_letter_reason:
            await self._dead_letter(delivery, disposition.dead_letter_reason)
        elif disposition.fate is MessageFate.ACKNOWLEDGE:
            self._acknowledgements[delivery.message.lane].add(delivery)
        elif disposition.fate is MessageFate.POSTPONE:
            await self._postpone(delivery, disposition.delay_seconds)
        elif disposition.fate is MessageFate.LEAVE:
            self._leases.drop(delivery)
        else:
            await self.release([delivery], delay_seconds=disposition.delay_seconds)

    async def release(self, deliveries: Sequence[Delivery], *, delay_seconds: int = 0) -> None:
        """Give messages back."""
        by_lane: dict[Lane, list[Delivery]] = {}
        for delivery in deliveries:
            self._leases.drop(delivery)
            by_lane.setdefault(delivery.message.lane, []).append(delivery)
        for lane, group in by_lane.items():
            try:
                await group[0].queue.release([one.receipt for one in group], delay_seconds=delay_seconds)
            except StoreUnavailable as error:
                self._telemetry.warning(
                    "release failed; the timeout will free them", lane=lane, messages=len(group), error=error
                )
            else:
                self._telemetry.count("released", len(group), lane=lane.value)

    async def flush(self) -> None:
        """Return when every acknowledgement is answered."""
        await asyncio.gather(*(each.flush() for each in self._acknowledgements.values()))

    async def _postpone(self, delivery: Delivery, delay_seconds: int) -> None:
        message = delivery.message
        # A message without a job id lends its own: the copy has another one, but is the same job.
        body = named(message.body, job_id=job_id_in(message.body, message_id=message.message_id))
        message = replace(message, receipt=delivery.receipt, body=body)
        try:
            await delivery.queue.postpone(message, delay_seconds=delay_seconds)
        except StoreUnavailable as error:
            self._telemetry.warning("postponing failed; it comes again after the timeout", error=error)
        else:
            self._telemetry.count("postponed_messages")
        self._leases.drop(delivery)

    async def _dead_letter(self, delivery: Delivery, reason: str) -> None:
        message = replace(delivery.message, receipt=delivery.receipt)
        self._telemetry.warning("dead-lettered", message_id=message.message_id, reason=reason)
        try:
            await delivery.queue.dead_letter(message, reason=reason[:LONGEST_REASON])
        except StoreUnavailable as error:
            self._telemetry.warning("dead-lettering failed; it will be tried again", error=error)
        else:
            self._telemetry.count("dead_lettered")
        self._leases.drop(delivery)
