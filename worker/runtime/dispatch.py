"""Dispatch: runs a job's pipeline within its time and says why it ended. Whatever it raises becomes an EndReason here."""

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace

from worker.domain.attempt import EndReason
from worker.domain.errors import (
    EngineBusy,
    EngineUnavailable,
    ForgeRefused,
    ForgeUnavailable,
    PromptRejected,
    RequestRejected,
    SandboxUnavailable,
    SourceRejected,
    StoreUnavailable,
    WorkerError,
)
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.ports import Pipeline

SEARCH_SHARE = 0.6
"""Largest part of the job timeout that the search may take: proving comes on top of it."""

_REASONS: tuple[tuple[type[WorkerError], EndReason], ...] = (
    (EngineBusy, EndReason.ENGINE_BUSY),
    (EngineUnavailable, EndReason.ENGINE_DOWN),
    (SandboxUnavailable, EndReason.SANDBOX_LOST),
    (RequestRejected, EndReason.REQUEST_REJECTED),
    (PromptRejected, EndReason.REQUEST_REJECTED),
    (SourceRejected, EndReason.SOURCE_REJECTED),
    (ForgeRefused, EndReason.REQUEST_REJECTED),
    (StoreUnavailable, EndReason.STORE_DOWN),
)


@dataclass(frozen=True, kw_only=True)
class DispatchPolicy:
    """Bounds of one attempt."""

    timeout_seconds: float
    """Longest attempt."""
    budget_seconds: float
    """Time for the search where the job names none."""


class Dispatcher:
    """Knows the pipeline of each job kind."""

    def __init__(self, *, pipelines: Mapping[JobKind, Pipeline], policy: DispatchPolicy) -> None:
        """Serve these kinds."""
        self._pipelines = dict(pipelines)
        self._policy = policy

    async def run(self, job: Job) -> PipelineOutcome:
        """Work on the job; only a cancellation is raised."""
        pipeline = self._pipelines.get(job.kind)
        if pipeline is None:
            return _ended(
                EndReason.REQUEST_REJECTED, f"this worker does not serve jobs of type {job.kind.value}"
            )
        limit = self._policy.timeout_seconds
        usual = limit if job.is_of_repository else self._policy.budget_seconds  # many modules share it
        budget = min(job.budget_seconds or usual, limit * SEARCH_SHARE)
        deadline = asyncio.timeout(limit)
        try:
            async with deadline:
                return await pipeline.run(job, budget_seconds=budget)
        except TimeoutError as error:
            if deadline.expired():
                return _ended(
                    EndReason.TIMED_OUT, f"the attempt took longer than {limit:g} s and was stopped"
                )
            return _crashed(error)
        except ForgeUnavailable as error:
            outcome = _ended(EndReason.FORGE_DOWN, str(error))
            return replace(outcome, retry_after_seconds=error.retry_after_seconds or 0.0)
        except WorkerError as error:
            return _ended(_reason_of(error), str(error))
        except Exception as error:  # noqa: BLE001 - one job's accident must not end the worker; it is stored with its place
            return _crashed(error)


def _reason_of(error: WorkerError) -> EndReason:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), EndReason.CRASHED)


def _crashed(error: Exception) -> PipelineOutcome:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return _ended(EndReason.CRASHED, f"the worker itself failed: {type(error).__name__}: {error}{place}")


def _ended(reason: EndReason, explanation: str) -> PipelineOutcome:
    return PipelineOutcome(end_reason=reason, explanation=explanation)
