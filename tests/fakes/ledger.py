"""The ledger in memory, batches included."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from worker.domain.attempt import FAILURES, AttemptEnd, EndReason
from worker.domain.batch import BatchProgress, BatchRecord
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import OpenedAttempt
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus


@dataclass
class JobRecord:
    status: JobStatus = JobStatus.QUEUED
    attempts: int = 0
    failures: int = 0
    ends: dict[int, EndReason] = field(default_factory=dict)
    is_cancel_requested: bool = False
    batch_id: str | None = None


@dataclass
class FakeLedger:
    jobs: dict[str, JobRecord] = field(default_factory=dict)
    batches: dict[str | None, BatchProgress] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)
    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    is_down: bool = False
    loses_answers: bool = False
    """Ends jobs, but the caller's second try is what it hears of."""

    async def open_attempt(self, job: Job, *, worker_id: str, now: datetime) -> OpenedAttempt:
        self._require_up()
        record = self.jobs.setdefault(job.job_id, JobRecord())
        record.batch_id = job.batch_id
        before = record.status
        if before not in TERMINAL_STATUSES:
            record.attempts += 1
            record.status = JobStatus.RUNNING
        return OpenedAttempt(
            number=record.attempts,
            status=before,
            failures=record.failures,
            is_cancel_requested=record.is_cancel_requested,
        )

    async def close_attempt(
        self, job: Job, number: int, end: AttemptEnd, *, now: datetime
    ) -> BatchProgress | None:
        self._require_up()
        record = self.jobs[job.job_id]
        record.ends[number] = end.reason
        if record.status in TERMINAL_STATUSES:
            return None
        record.failures += end.reason in FAILURES
        record.status = end.status or record.status
        if record.status in TERMINAL_STATUSES and job.batch_id in self.batches:
            progress = self.batches[job.batch_id]
            name = record.status.value
            self.batches[job.batch_id] = replace(progress, **{name: getattr(progress, name) + 1})
            return None if self.loses_answers else self.batches[job.batch_id]
        return None

    async def cancel_requests(self, job_ids: Sequence[str]) -> frozenset[str]:
        self._require_up()
        return frozenset(
            job_id for job_id in job_ids if self.jobs.get(job_id, JobRecord()).is_cancel_requested
        )

    async def note_seconds(self, job: Job, seconds: float, *, now: datetime) -> None:
        self._require_up()
        if job.repository and job.path:
            self.seconds[job.repository, job.path] = seconds

    async def batch(self, batch_id: str) -> BatchRecord | None:
        self._require_up()
        if batch_id not in self.batches:
            return None
        return BatchRecord(
            progress=self.batches[batch_id], label="label", is_reported=batch_id in self.reported
        )

    async def members(self, batch_id: str) -> Sequence[str]:
        self._require_up()
        return [job_id for job_id, record in self.jobs.items() if record.batch_id == batch_id]

    async def note_report(self, batch_id: str, *, now: datetime) -> None:
        self._require_up()
        self.reported.append(batch_id)

    async def open_ends(self, job: Job) -> int:
        self._require_up()
        record = self.jobs.get(job.job_id, JobRecord())
        return record.attempts - len(record.ends)

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake ledger is down")
