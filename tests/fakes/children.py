"""Child jobs in memory: lanes are a list, the ledger is the fake one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.ledger import FakeLedger, JobRecord
from worker.domain.errors import StoreUnavailable
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus


@dataclass
class FakeChildren:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    sent: list[Job] = field(default_factory=list)
    """Messages on their way, oldest first."""
    frozen: bool = False
    is_down: bool = False

    async def is_frozen(self, now: datetime) -> bool:
        self._require_up()
        return self.frozen

    async def standing(self, job_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        self._require_up()
        return {job_id: self.ledger.jobs[job_id].status for job_id in job_ids if job_id in self.ledger.jobs}

    async def send(self, job: Job) -> None:
        self._require_up()
        self.sent.append(job)

    async def record(self, job: Job, now: datetime) -> None:
        self._require_up()
        self.ledger.jobs.setdefault(job.job_id, JobRecord(batch_id=job.batch_id))

    async def call_off(self, job_ids: Sequence[str], now: datetime) -> None:
        self._require_up()
        for job_id in job_ids:
            record = self.ledger.jobs.get(job_id)
            if record is None or record.status in TERMINAL_STATUSES:
                continue
            record.is_cancel_requested = True
            if record.status is JobStatus.QUEUED:
                record.status = JobStatus.CANCELLED

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake way of children is down")
