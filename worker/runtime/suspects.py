"""Suspects: jobs on which a worker died. One that kills workers must end as an explained failure, and alone.

A worker that is killed or runs out of memory tells nobody; what it leaves is an attempt that the ledger saw opened and never
closed. Every other end is told, also a drain, a lost lease or a store that is down. So open ends are deaths, and when there
are as many as attempts are allowed, the job has failed.

A death hits all jobs of its worker, the innocent too, and all come back together. So a worker runs one suspect at a time:
from the second death on only the culprit is counted again, the others waited for their turn and had opened nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from worker.domain.attempt import EndReason
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.ports import Ledger


class Suspects:
    """The gate that suspects pass one by one."""

    def __init__(self, *, ledger: Ledger) -> None:
        """Ask this ledger."""
        self._ledger = ledger
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def admitted(self, job: Job, *, receives: int) -> AsyncIterator[int]:
        """Yield how many workers died on the job, after waiting for its turn where any did.

        What is received for the first time can't have killed anybody, so it costs no request.
        """
        deaths = await self._ledger.open_ends(job) if receives > 1 else 0
        if deaths == 0:
            yield 0
            return
        async with self._turn:
            yield deaths


def death_verdict(deaths: int) -> PipelineOutcome:
    """Say why a job is given up without another try."""
    died = "a worker died" if deaths == 1 else f"{deaths} workers died"
    return PipelineOutcome(
        end_reason=EndReason.CRASHED,
        explanation=f"{died} while working on it (killed, or out of memory); it is not tried again",
    )
