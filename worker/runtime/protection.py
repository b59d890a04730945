"""Protection around long work: the platform should stop another task than one in the middle of a job.

A job that ends within the drain's grace loses nothing by a stop: it is finished then. So a task is protected while it has a job that has
been running for longer than a part of that grace, and not otherwise: a task that is protected whenever it works would, under a steady load,
never be replaced by a deployment. The protection ends by itself with the longest time that a job may take.
"""

import asyncio
import math
from contextlib import suppress

from worker.ports import Clock, Protection
from worker.runtime.delivery import Delivery, Disposition, Handler

SHARE_OF_GRACE = 1 / 3
"""How much of the grace a job may have run before it is protected."""


class ProtectedHandler:
    """A handler around another."""

    def __init__(
        self,
        handler: Handler,
        *,
        protection: Protection,
        clock: Clock,
        grace_seconds: float,
        timeout_seconds: float,
    ) -> None:
        """Protect what may not fit into the grace; a job takes at most `timeout_seconds`."""
        self._handler = handler
        self._protection = protection
        self._clock = clock
        self._patience_seconds = grace_seconds * SHARE_OF_GRACE
        self._minutes = math.ceil(timeout_seconds / 60) + 1
        self._long: set[Delivery] = set()
        self._turn = asyncio.Lock()

    async def __call__(self, delivery: Delivery) -> Disposition:
        """Work, under protection where it takes long."""
        watch = asyncio.create_task(self._protect_later(delivery))
        try:
            return await self._handler(delivery)
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            if delivery in self._long:
                await self._ended(delivery)

    async def _protect_later(self, delivery: Delivery) -> None:
        await self._clock.sleep(self._patience_seconds)
        self._long.add(delivery)
        async with self._turn:
            await self._protection.protect(minutes=self._minutes)

    async def _ended(self, delivery: Delivery) -> None:
        self._long.discard(delivery)
        async with self._turn:  # so that the last word is right, whatever order they come in
            if not self._long:
                await self._protection.unprotect()
