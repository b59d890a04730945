"""Protection around long work: the platform should stop another task than one in the middle of a job.

A job that ends within the drain's grace loses nothing by a stop: it is finished then. So a task is protected while it has a job that has
been running for longer than a part of that grace, and not otherwise: a task that is protected whenever it works would, under a steady load,
never be replaced by a deployment. The protection ends by itself with the longest time that a job may take.

While some worker of the fleet is asked to close, the number may be lowered at any time, and the platform must choose that one: then a
protection is not given up but left to end soon.
"""

import asyncio
import math
from contextlib import suppress

from worker.ports import Clock, Protection
from worker.runtime.closing import ScaleIn
from worker.runtime.delivery import Delivery, Disposition, Handler

SHARE_OF_GRACE = 1 / 3
"""How much of the grace a job may have run before it is protected."""
SHORT_MINUTES = 2
"""What is left of a protection while somebody else is to go."""


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
        scale_in: ScaleIn | None = None,
    ) -> None:
        """Protect what may not fit into the grace; a job takes at most `timeout_seconds`."""
        self._handler = handler
        self._protection = protection
        self._clock = clock
        self._patience_seconds = grace_seconds * SHARE_OF_GRACE
        self._scale_in = scale_in or ScaleIn()
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
            if self._long:
                return
            if self._scale_in.is_near:
                await self._protection.protect(minutes=SHORT_MINUTES)
            else:
                await self._protection.unprotect()
