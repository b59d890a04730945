"""The ledger in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from worker.domain.attempt import FAILURES, EndReason
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import OpenedAttempt
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus


@dataclass
class JobRecord:
    status: JobStatus = JobStatus.QUEUED
    attempts: int = 0
    failures: int = 0
    ends: dict[int, EndReason] = field(default_factory=dict)


@dataclass
class FakeLedger:
    jobs: dict[str, JobRecord] = field(default_factory=dict)
    is_down: bool = False

    async def open_attempt(self, job: Job, *, worker_id: str, now: datetime) -> OpenedAttempt:
        self._require_up()
        record = self.jobs.setdefault(job.job_id, JobRecord())
        before = record.status
        if before not in TERMINAL_STATUSES:
            record.attempts += 1
            record.status = JobStatus.RUNNING
        return OpenedAttempt(number=record.attempts, status=before, failures=record.failures)

    async def close_attempt(
        self, job: Job, number: int, *, reason: EndReason, status: JobStatus | None, now: datetime
    ) -> None:
        self._require_up()
        record = self.jobs[job.job_id]
        record.ends[number] = reason
        if record.status in TERMINAL_STATUSES:
            return
        record.failures += reason in FAILURES
        record.status = status or record.status

    async def open_ends(self, job: Job) -> int:
        self._require_up()
        record = self.jobs.get(job.job_id, JobRecord())
        return record.attempts - len(record.ends)

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake ledger is down")
