"""How the time of a job on a repository is shared among its modules."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from worker.domain.attempt import EndReason
from worker.domain.errors import RequestRejected, SourceRejected
from worker.domain.outcome import PipelineOutcome
from worker.ports import Clock

UNIT_SECONDS, SHARES = 10.0, 12
"""Search for one module: nearly all that can be mended is mended in less. Where there is much time, a share of it."""

LEAST_SECONDS = 3.0
"""With less than this left no further module is begun."""

ABREAST = 2
"""Modules at the same time; the sandbox has a bound of its own."""


class Pace:
    """Counts the time of one job."""

    def __init__(self, clock: Clock, *, seconds: float) -> None:
        """Begin now."""
        self._clock = clock
        self.seconds = seconds
        """All of it."""
        self._end = clock.monotonic() + seconds
        self._share = max(UNIT_SECONDS, seconds / SHARES)
        self.gate = asyncio.Semaphore(ABREAST)

    @property
    def left(self) -> float:
        """Seconds."""
        return self._end - self._clock.monotonic()

    async def spent_on(self, work: Callable[[float], Awaitable[PipelineOutcome]]) -> PipelineOutcome | None:
        """Work on a module with a share of the time; None where there was not enough. One that can't be served is no reason to fail."""
        left = self.left
        if left < LEAST_SECONDS:
            return None
        try:
            async with asyncio.timeout(left):
                return await work(min(self._share, left / 2))
        except TimeoutError:
            return None
        except RequestRejected as error:
            return PipelineOutcome(end_reason=EndReason.REQUEST_REJECTED, explanation=str(error))
        except SourceRejected as error:
            return PipelineOutcome(end_reason=EndReason.SOURCE_REJECTED, explanation=str(error))


async def side_by_side(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all of them; the first that fails stops the others."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
