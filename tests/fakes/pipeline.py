"""A pipeline that ends as the test says."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from worker.domain.attempt import EndReason
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome

PROVED = PipelineOutcome(end_reason=EndReason.PROVED, explanation="two tests were proved")


@dataclass
class FakePipeline:
    ends: list[PipelineOutcome | Exception] = field(default_factory=lambda: [PROVED])
    seconds: float = 0.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    started: list[str] = field(default_factory=list)
    budgets: list[float] = field(default_factory=list)

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        self.started.append(job.job_id)
        self.budgets.append(budget_seconds)
        await self.sleep(self.seconds)
        end = self.ends[min(len(self.started), len(self.ends)) - 1]
        if isinstance(end, Exception):
            raise end
        return end
