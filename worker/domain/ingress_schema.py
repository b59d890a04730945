"""Pure: what ingress keeps in the ledger's table besides jobs and batches.

| item     | pk                   | sk       | attributes |
|----------|----------------------|----------|------------|
| receipt  | receipt#{id}         | receipt  | digest, job_ids, label, opened_at, closed_at, expires_at |
| open     | receipts             | {opened_at}#{id} | expires_at |
| rate     | rate#{caller}        | rate     | next_at (epoch seconds), expires_at |

A receipt is written, together with its line among the open ones, after its requests are stored and before any of its jobs is; the line goes when all are in
the queue. So what somebody who died left behind is found, and what was done is not done again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

RECEIPT_SORT_KEY = "receipt"
OPEN_PARTITION = "receipts"
RATE_SORT_KEY = "rate"
RECEIPT_SECONDS = 7 * 86_400
"""A forge redelivers what is three days old at most; a key of idempotency is remembered as long."""


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A request that was taken, once."""

    receipt_id: str
    """What makes it the same: the id of a delivery, or the caller's own key."""
    digest: str
    """Of what was asked: the same id with another digest is another request under a used name."""
    job_ids: tuple[str, ...]
    """Its jobs, whose requests are stored."""
    label: str
    """What it is, for a person; empty where its jobs have no counters."""
    opened_at: datetime
    """When it was taken, UTC."""
    is_closed: bool = False
    """All its jobs are in the queue."""


def receipt_partition(receipt_id: str) -> str:
    """Partition key of a receipt; ids come from outside, so it is their digest."""
    return f"receipt#{hashlib.sha256(receipt_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def open_sort_key(receipt: Receipt) -> str:
    """Sort key of the line among those that are open: the oldest first."""
    stamp = receipt.opened_at.isoformat(timespec="milliseconds")
    return f"{stamp}#{receipt.receipt_id}"


def rate_partition(caller: str) -> str:
    """Partition key of a caller's rate."""
    return f"rate#{hashlib.sha256(caller.encode('utf-8', 'surrogatepass')).hexdigest()}"
