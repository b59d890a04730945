"""Limits: no more jobs of one repository at the same time, over the whole fleet, than its setting allows.

One submission of a thousand files must not keep everybody else waiting. Who gets no slot comes again later, at a random moment so
that they don't all come together; that is no failure, and opens no attempt.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random

from worker.domain.errors import StoreUnavailable
from worker.domain.job import Job
from worker.ports import Clock, Slots
from worker.runtime.delivery import Disposition
from worker.runtime.intake import postponed
from worker.runtime.telemetry import Telemetry

SLOT_SECONDS = 120.0
"""How long the slot of a worker that died stays taken."""
RENEWALS = 3
"""Within that time."""
SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 2.0, 15.0
"""Before a job that got no slot comes again."""


class RepositoryLimits:
    """Holds a slot while a job runs."""

    def __init__(
        self, *, slots: Slots, concurrency: int, clock: Clock, random: Random, telemetry: Telemetry
    ) -> None:
        """Allow `concurrency` jobs of each repository at once; 0 sets no limit."""
        self._slots = slots
        self._concurrency = concurrency
        self._clock = clock
        self._random = random
        self._telemetry = telemetry

    @asynccontextmanager
    async def held(self, job: Job) -> AsyncIterator[Disposition | None]:
        """Yield None with a slot in hand; else what to do with the message. Raises StoreUnavailable."""
        if self._concurrency <= 0 or not job.repository:
            yield None
            return
        limit = f"repository/{job.repository[:200]}"
        if not await self._take(limit, job.job_id):
            self._telemetry.count("postponed", reason="repository")
            yield postponed(self._random.uniform(SHORTEST_WAIT_SECONDS, LONGEST_WAIT_SECONDS))
            return
        renewal = asyncio.create_task(self._renew(limit, job.job_id))
        try:
            yield None
        finally:
            renewal.cancel()
            with suppress(asyncio.CancelledError, StoreUnavailable):  # it ends with its time then
                await self._slots.give_back(limit, slots=self._concurrency, holder=job.job_id)

    async def _take(self, limit: str, holder: str) -> bool:
        return await self._slots.take(limit, slots=self._concurrency, holder=holder, seconds=SLOT_SECONDS)

    async def _renew(self, limit: str, holder: str) -> None:
        while True:
            await self._clock.sleep(SLOT_SECONDS / RENEWALS)
            try:
                await self._take(limit, holder)
            except StoreUnavailable as error:
                self._telemetry.warning("can't renew a slot", limit=limit, error=error)
