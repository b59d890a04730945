"""Takes jobs in, once: however often it is asked, and wherever it dies.

| step | what is written | who dies after it |
|------|-----------------|-------------------|
| 1 | the requests, whole | leaves files that nobody knows; they expire |
| 2 | the receipt, and its line among the open ones | is found by the next redelivery, or by the sweep: all that follows is done again |
| 3 | the batch and its jobs, where they are not there | likewise |
| 4 | the messages | likewise: a second message of a job is the same job to its worker |
| 5 | the fleet is woken; that it fails holds nothing up, since the controller and a watchdog see what waits | likewise |
| 6 | the receipt is closed, its line goes | has done everything |
"""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from worker.domain.errors import StoreUnavailable
from worker.domain.ingress_schema import Receipt
from worker.domain.job import Job
from worker.ingress_ports import Receipts, Requests, Starter

SWEEP_AFTER = timedelta(minutes=1)
"""Longer than an invocation may last: whoever opened such a receipt is gone."""
SWEPT_AT_ONCE = 5


class Taken(Enum):
    """What came of it."""

    NEW = auto()
    """It was taken."""
    AGAIN = auto()
    """It was taken before, and all of it done."""
    RESUMED = auto()
    """It was taken before by somebody who did not finish; now it is done."""
    OTHER = auto()
    """Something else was taken under this name."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be taken in."""

    receipt_id: str
    """What makes it the same."""
    digest: str
    """Of what was asked, see `digest_of`."""
    jobs: tuple[Job, ...]
    """The work; their ids must follow from the receipt's."""
    label: str = ""
    """What it is, for a person; empty where its jobs need no counters."""


@dataclass(frozen=True, kw_only=True)
class Intake:
    """The steps, in order."""

    receipts: Receipts
    requests: Requests
    starter: Starter

    def take(self, order: Order, now: datetime) -> Taken:
        """Do all that is not done; raises StoreUnavailable, after which another try goes on."""
        known = self.receipts.find(order.receipt_id)
        if known is None:
            for job in order.jobs:
                self.requests.store(job)
            receipt = Receipt(
                receipt_id=order.receipt_id,
                digest=order.digest,
                job_ids=tuple(job.job_id for job in order.jobs),
                label=order.label,
                opened_at=now,
            )
            if self.receipts.open(receipt):
                self._finish(receipt, order.jobs, now)
                return Taken.NEW
            known = self.receipts.find(order.receipt_id)  # somebody was quicker
        if known is not None and known.digest != order.digest:
            return Taken.OTHER
        if known is None or known.is_closed:
            return Taken.AGAIN
        self._finish(known, order.jobs, now)
        return Taken.RESUMED

    def sweep(self, now: datetime) -> int:
        """Finish what others left; return how many."""
        left = self.receipts.left_open(before=now - SWEEP_AFTER, limit=SWEPT_AT_ONCE)
        for receipt in left:
            stored = [self.requests.stored(job_id) for job_id in receipt.job_ids]
            self._finish(receipt, [job for job in stored if job is not None], now)
        return len(left)

    def _finish(self, receipt: Receipt, jobs: Sequence[Job], now: datetime) -> None:
        if jobs:
            self.requests.record(jobs, receipt.label, receipt.opened_at)
        for job in jobs:
            self.requests.send(job)
        if any(job.not_before is None or job.not_before <= now for job in jobs):
            with contextlib.suppress(StoreUnavailable):  # the controller looks each minute at what waits
                self.starter.wake(now)
        self.receipts.close(receipt, now)


def digest_of(*parts: str | bytes) -> str:
    """Return what tells two requests apart."""
    whole = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        whole.update(len(content).to_bytes(8, "big") + content)
    return whole.hexdigest()
