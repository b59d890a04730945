"""A worker process like any other, but with a pipeline that only sleeps as long as the code says, or kills its worker."""

import asyncio
import os
import signal

from tests.fakes.engine import FakeEngine
from worker.domain.attempt import EndReason
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.domain.settings import WorkerSettings
from worker.wiring.function import is_function, run_function
from worker.wiring.service import build_service
from worker.wiring.work import Work

DEADLY = "kill"
"""Code that ends its worker, as an endless allocation does."""
DEADLY_SECONDS = 0.3


class SleepingPipeline:
    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        if job.code == DEADLY:
            await asyncio.sleep(DEADLY_SECONDS)
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(float(job.code))
        return PipelineOutcome(end_reason=EndReason.PROVED, explanation="slept well")


async def run() -> None:
    work = Work(engine=FakeEngine(), pipelines={JobKind.TEST: SleepingPipeline()})
    if is_function(os.environ):
        await run_function(os.environ, work=work)
        return
    async with build_service(WorkerSettings.from_env(os.environ), work=work) as service:
        await service.run()


if __name__ == "__main__":
    asyncio.run(run())
