"""Every side effect of ingress, on one page. It runs as a function of its own, one thing after the other: nothing here is async.

All of it raises StoreUnavailable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from worker.domain.ingress_schema import Receipt
from worker.domain.job import Job, JobStatus


class Receipts(Protocol):
    """What was taken already."""

    def find(self, receipt_id: str) -> Receipt | None:
        """Return the receipt, as it is now."""

    def open(self, receipt: Receipt) -> bool:
        """Write it and its line among the open ones, both or neither; False where there is one of this id."""

    def close(self, receipt: Receipt, now: datetime) -> None:
        """Tell that it is done; to do so twice changes nothing."""

    def left_open(self, *, before: datetime, limit: int) -> Sequence[Receipt]:
        """Return the oldest of those that were opened before and are not closed."""


class Requests(Protocol):
    """The way of a job into the queue. Each step can be done twice."""

    def store(self, job: Job) -> None:
        """Keep the whole request, before anything tells of it."""

    def stored(self, job_id: str) -> Job | None:
        """Read it; None where there is none any more."""

    def record(self, jobs: Sequence[Job], label: str, now: datetime) -> None:
        """Write the batch, where there is a label, and the jobs; what is there stays as it is."""

    def send(self, job: Job) -> None:
        """Send it to its lane; twice is the same job."""


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A job as the ledger has it."""

    job_id: str
    """The job."""
    status: JobStatus
    """Where it stands."""
    batch_id: str
    """Its submission; adhoc where it has none."""
    kind: str = ""
    """What was asked for."""
    language: str = ""
    """As asked for."""
    path: str = ""
    """As asked for."""
    submitted_at: str = ""
    """ISO 8601, UTC."""
    updated_at: str = ""
    """ISO 8601, UTC."""
    attempts: int = 0
    """Tries so far."""
    end_reason: str = ""
    """Why the last one ended."""


class CallOff(StrEnum):
    """What came of calling a job off."""

    DONE = "cancelled"
    ASKED = "asked its worker to stop"
    ENDED = "had ended"


class Book(Protocol):
    """Jobs and their results."""

    def job(self, job_id: str) -> JobView | None:
        """Look one up."""

    def result(self, job_id: str, *, most_bytes: int) -> bytes | str | None:
        """Return the stored result, or an address that gives it for a while where it is larger; None where there is none yet."""

    def call_off(self, job: JobView, now: datetime) -> CallOff:
        """End a queued job; ask for the end of a running one."""


class Rates(Protocol):
    """How much each caller may."""

    def wait_seconds(self, caller: str, now: datetime) -> float:
        """Count a submission; 0 where it is allowed, else the time after which to come again, and it does not count."""


class Starter(Protocol):
    """The fleet."""

    def wake(self, now: datetime) -> None:
        """Start it where it is stopped, unless the budget forbids; a running one is left alone."""


class Secrets(Protocol):
    """What deliveries are signed with."""

    def webhook_secrets(self) -> Sequence[str]:
        """Return one, or two while one takes the place of the other; none where no webhooks are taken."""


class IngressClock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Wall time in UTC."""
