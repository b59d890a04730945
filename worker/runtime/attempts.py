"""The life of one attempt, safe to be killed between any two steps.

take in (see intake) -> look for workers that died on the job -> wait for a slot of its repository -> open the attempt in the ledger
-> adopt a stored result if there is one -> run the pipeline -> store the result (the first one wins) -> close the attempt, which
counts the job in its batch -> report the batch if that was its last job -> acknowledge.

The message is acknowledged last, so whatever is cut off comes again; the result is written once, so coming again cannot
double it; a job whose result exists takes its status from that result, however late the ledger hears of it. Drains and
lost leases don't count as failures: the ledger keeps two counts, attempts (all) and failures (those that ended badly). An
attempt that nobody closes is a worker's death (see suspects); hence every other end is told to the ledger.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from worker.domain.attempt import AttemptEnd, EndReason, MessageFate, Settlement, settle
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import OpenedAttempt
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import JobResult
from worker.ports import Artifacts, Batches, Clock, Ledger
from worker.runtime.aggregation import Aggregation
from worker.runtime.backoff import Backoff
from worker.runtime.cancellation import Cancellations
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.dispatch import Dispatcher
from worker.runtime.intake import Intake, postponed
from worker.runtime.limits import RepositoryLimits
from worker.runtime.suspects import Suspects, death_verdict
from worker.runtime.telemetry import Telemetry
from worker.runtime.verdicts import called_off, loggable, status_in

FAREWELL_SECONDS = 3.0
"""Time to tell the ledger of an attempt that could not end as it should."""

BUSY_AS_FAILURES = 4
"""An engine that is full or left alone is waited for as after so many failures, though none is counted."""

_ACKNOWLEDGE = Disposition(fate=MessageFate.ACKNOWLEDGE)


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Where the truth is kept."""

    ledger: Ledger
    """Jobs and attempts."""
    batches: Batches
    """Submissions."""
    artifacts: Artifacts
    """Requests, results and reports."""


@dataclass(frozen=True, kw_only=True)
class AttemptPolicy:
    """Who works and how often."""

    worker_id: str
    """Name in results."""
    maximum_attempts: int
    """Failing attempts before the failure is stored."""
    backoff: Backoff
    """How long a failed attempt waits for the next one."""


@dataclass(frozen=True, kw_only=True)
class Gates:
    """What may keep a job from running, or end it early."""

    limits: RepositoryLimits
    """How many jobs of a repository run at once."""
    cancellations: Cancellations
    """Jobs that somebody called off."""


@dataclass(frozen=True, kw_only=True)
class _Try:
    job: Job
    opened: OpenedAttempt
    started_at: datetime
    started_seconds: float
    telemetry: Telemetry


class Attempts:
    """The handler of the consumer."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        stores: Stores,
        policy: AttemptPolicy,
        gates: Gates,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        """Work with these."""
        self._dispatcher = dispatcher
        self._stores = stores
        self._intake = Intake(artifacts=stores.artifacts, clock=clock)
        self._aggregation = Aggregation(
            batches=stores.batches, artifacts=stores.artifacts, clock=clock, telemetry=telemetry
        )
        self._suspects = Suspects(ledger=stores.ledger)
        self._policy = policy
        self._gates = gates
        self._clock = clock
        self._telemetry = telemetry

    async def __call__(self, delivery: Delivery) -> Disposition:
        """Make one attempt."""
        message = delivery.message
        try:
            taken = await self._intake.take(message)
            if taken.job is None or taken.disposition is not None:
                return taken.disposition or _ACKNOWLEDGE
            return await self._admit(delivery, taken.job, taken.verdict)
        except StoreUnavailable as error:
            self._telemetry.warning(
                "a store is down; the job comes again", message_id=message.message_id, error=error
            )
            self._telemetry.count("attempts", end=EndReason.STORE_DOWN.value)
            return self._retry(message.receives)

    async def _admit(self, delivery: Delivery, job: Job, verdict: PipelineOutcome | None) -> Disposition:
        async with (
            self._suspects.admitted(job, receives=delivery.message.receives) as deaths,
            self._gates.limits.held(job) as not_now,
        ):
            if not_now is not None:
                return not_now
            if deaths >= self._policy.maximum_attempts:
                verdict = death_verdict(deaths)
            with self._gates.cancellations.watched(job.job_id, delivery):
                return await self._attempt(delivery, job, verdict, self._telemetry.bind(job_id=job.job_id))

    async def _attempt(
        self, delivery: Delivery, job: Job, verdict: PipelineOutcome | None, telemetry: Telemetry
    ) -> Disposition:
        now = self._clock.now()
        opened = await self._stores.ledger.open_attempt(job, worker_id=self._policy.worker_id, now=now)
        telemetry = telemetry.bind(attempt=opened.number)
        if opened.status in TERMINAL_STATUSES:
            telemetry.info("already finished", status=opened.status)
            self._telemetry.count("attempts", end=EndReason.ALREADY_FINISHED.value)
            await self._aggregation.caught_up(job.batch_id)
            return _ACKNOWLEDGE
        if opened.is_cancel_requested:
            verdict = called_off()
        this = _Try(
            job=job,
            opened=opened,
            started_at=now,
            started_seconds=self._clock.monotonic(),
            telemetry=telemetry,
        )
        try:
            return await self._work(this, delivery, verdict)
        except asyncio.CancelledError:
            if delivery.interruption is None:
                raise
            if delivery.interruption is EndReason.CANCELLED:
                return await self._finish(this, called_off(), failures=opened.failures)
            telemetry.warning(
                "attempt interrupted", end=delivery.interruption, seconds=round(self._seconds(this), 3)
            )
            return await self._farewell(this, delivery.interruption, delivery.message.receives)
        except StoreUnavailable as error:
            telemetry.warning("a store is down; the job comes again", error=error)
            return await self._farewell(this, EndReason.STORE_DOWN, delivery.message.receives)

    async def _work(self, this: _Try, delivery: Delivery, verdict: PipelineOutcome | None) -> Disposition:
        if (this.opened.number > 1 or delivery.message.receives > 1) and await self._adopt(this):
            return _ACKNOWLEDGE
        if verdict is not None:
            return await self._finish(this, verdict, failures=self._policy.maximum_attempts)
        this.telemetry.info(
            "attempt started", language=this.job.language, path=this.job.path, lane=delivery.message.lane
        )
        outcome = await self._dispatcher.run(this.job)
        return await self._finish(this, outcome, failures=this.opened.failures + 1)

    async def _finish(self, this: _Try, outcome: PipelineOutcome, *, failures: int) -> Disposition:
        settlement = settle(
            outcome.end_reason, attempt=failures, maximum_attempts=self._policy.maximum_attempts
        )
        status = settlement.status
        if status in TERMINAL_STATUSES and status is not None:
            result = self._result(this, outcome, status)
            if not await self._stores.artifacts.put_if_absent(this.job.result_key, result.to_json()):
                if await self._adopt(this):
                    return _ACKNOWLEDGE
                raise StoreUnavailable("the stored result could not be read back")
        await self._close(this, outcome.end_reason, status, tests=len(outcome.tests))
        if outcome.fallback is not None:
            self._telemetry.count("fallbacks", wanted=outcome.fallback.wanted)
        if status is JobStatus.SUCCEEDED:
            await self._stores.ledger.note_seconds(this.job, self._seconds(this), now=self._clock.now())
        this.telemetry.info(
            "attempt ended",
            end=outcome.end_reason,
            status=status,
            fate=settlement.fate,
            seconds=round(self._seconds(this), 3),
            tests=len(outcome.tests),
            explanation=loggable(outcome),
        )
        if outcome.end_reason is EndReason.FORGE_DOWN and settlement.fate is MessageFate.POSTPONE:
            wait = self._policy.backoff.delay_seconds(failures)
            return postponed(max(wait, outcome.retry_after_seconds))
        if outcome.end_reason is EndReason.FANNED_OUT:
            return postponed(outcome.retry_after_seconds)
        return self._disposition(settlement, failures)

    async def _adopt(self, this: _Try) -> bool:
        """Take the status of a result that is stored already, by an attempt that was cut off or a duplicate."""
        stored = await self._stores.artifacts.get(this.job.result_key)
        if stored is None:
            return False
        await self._close(this, EndReason.ALREADY_FINISHED, status_in(stored))
        this.telemetry.info("a result is stored already; it stands")
        return True

    async def _farewell(self, this: _Try, reason: EndReason, receives: int) -> Disposition:
        """Tell the ledger of an end that is no failure, lest it looks like a worker's death."""
        settlement = settle(reason, attempt=1, maximum_attempts=self._policy.maximum_attempts)
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._close(this, reason, settlement.status)
        except (TimeoutError, StoreUnavailable) as error:
            this.telemetry.warning("the ledger did not hear how the attempt ended", error=error)
            self._telemetry.count("attempts", end=reason.value)
        return self._disposition(settlement, receives)

    async def _close(
        self, this: _Try, reason: EndReason, status: JobStatus | None, *, tests: int = 0
    ) -> None:
        seconds = self._seconds(this)
        end = AttemptEnd(reason=reason, status=status, seconds=seconds, tests=tests)
        progress = await self._stores.ledger.close_attempt(
            this.job, this.opened.number, end, now=self._clock.now()
        )
        self._telemetry.count("attempts", end=reason.value)
        self._telemetry.count("attempt_seconds", seconds)
        self._telemetry.observe("attempt_duration_seconds", seconds)
        if progress is None and status in TERMINAL_STATUSES:
            # Counted before: by a duplicate, or by a try of ours whose answer was lost, which may have counted the last job.
            await self._aggregation.caught_up(this.job.batch_id)
        await self._aggregation.counted(progress)

    def _disposition(self, settlement: Settlement, failures: int) -> Disposition:
        if settlement.fate is MessageFate.RETRY:
            return self._retry(failures)
        if settlement.fate is MessageFate.POSTPONE:
            return postponed(self._policy.backoff.delay_seconds(BUSY_AS_FAILURES))
        return Disposition(fate=settlement.fate)

    def _retry(self, failures: int) -> Disposition:
        """Come again later; at least a second, in whole seconds as the queue counts."""
        seconds = int(self._policy.backoff.delay_seconds(failures)) + 1
        return Disposition(fate=MessageFate.RETRY, delay_seconds=seconds)

    def _seconds(self, this: _Try) -> float:
        return self._clock.monotonic() - this.started_seconds

    def _result(self, this: _Try, outcome: PipelineOutcome, status: JobStatus) -> JobResult:
        job = this.job
        evidence = {
            name: getattr(outcome, name)
            for name in PipelineOutcome.__dataclass_fields__
            if name not in {"end_reason", "explanation", "retry_after_seconds"}
        }
        return JobResult(
            job_id=job.job_id,
            kind=job.kind.value,
            status=status,
            end_reason=outcome.end_reason,
            language=job.language,
            path=job.path,
            explanation=outcome.explanation,
            worker_id=self._policy.worker_id,
            attempt=this.opened.number,
            started_at=this.started_at.isoformat(timespec="milliseconds"),
            finished_at=self._clock.now().isoformat(timespec="milliseconds"),
            seconds=round(self._seconds(this), 3),
            seed=job.seed,
            batch_id=job.batch_id,
            origin=job.origin,
            **evidence,
        )
