"""Cancellation: jobs under way that somebody called off are found in the ledger and interrupted.

SQS has no way to take a message back, and workers have no address; so each worker asks the ledger now and then about the jobs
that it has under way, all in one request. A job that waits in the queue is ended by whoever calls it off.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from worker.domain.attempt import EndReason
from worker.domain.errors import StoreUnavailable
from worker.ports import Clock, Ledger
from worker.runtime.delivery import Delivery
from worker.runtime.telemetry import Telemetry

POLL_SECONDS = 3.0
"""How often it asks while anything is under way."""
JOBS_A_REQUEST = 100
"""What the ledger answers at once."""


class Cancellations:
    """Watches the jobs under way."""

    def __init__(self, *, ledger: Ledger, clock: Clock, telemetry: Telemetry) -> None:
        """Ask this ledger."""
        self._ledger = ledger
        self._clock = clock
        self._telemetry = telemetry
        self._under_way: dict[str, Delivery] = {}

    @contextmanager
    def watched(self, job_id: str, delivery: Delivery) -> Iterator[None]:
        """Interrupt the delivery when its job is called off."""
        self._under_way[job_id] = delivery
        try:
            yield
        finally:
            if self._under_way.get(job_id) is delivery:
                del self._under_way[job_id]

    async def run(self) -> None:
        """Ask until cancelled; a ledger that is down is asked again."""
        while True:
            await self._clock.sleep(POLL_SECONDS)
            try:
                await self.look()
            except StoreUnavailable as error:
                self._telemetry.warning("can't look for cancel requests", error=error)

    async def look(self) -> None:
        """Ask once."""
        job_ids = list(self._under_way)
        for start in range(0, len(job_ids), JOBS_A_REQUEST):
            for job_id in await self._ledger.cancel_requests(job_ids[start : start + JOBS_A_REQUEST]):
                delivery = self._under_way.get(job_id)
                if delivery is not None:
                    self._telemetry.info("called off", job_id=job_id)
                    delivery.end_early(EndReason.CANCELLED)
