"""Attempt: one worker's try at a job, and what its end means.

| end reason        | job status | message      |
|-------------------|------------|--------------|
| proved            | succeeded  | acknowledged |
| answered          | succeeded  | acknowledged |
| nothing_kept      | failed     | acknowledged |
| request_rejected  | failed     | acknowledged |
| source_rejected   | failed     | acknowledged |
| cancelled         | cancelled  | acknowledged |
| already_finished  | unchanged  | acknowledged |
| timed_out         | failed after the second | retried once |
| engine_down       | failed after the last   | retried with backoff |
| engine_busy       | queued     | postponed: a copy comes later, and nothing counts as a failure |
| sandbox_lost      | failed after the last   | retried with backoff |
| forge_down        | failed after the 30th   | postponed with backoff, not before the forge said: an outage or a rate limit passes |
| fanned_out        | queued     | postponed: its children search, and wake it |
| store_down        | queued     | retried with backoff, never stored as a failure: there is nowhere to store it |
| crashed           | failed after the last   | retried with backoff |
| lease_lost        | unchanged  | left alone: another worker may hold it |
| drained           | queued     | released at once |
"""

from dataclasses import dataclass
from enum import StrEnum

from worker.domain.job import JobStatus


class EndReason(StrEnum):
    """Why an attempt ended."""

    PROVED = "proved"
    ANSWERED = "answered"
    """Somebody was told something; there was nothing to prove."""
    NOTHING_KEPT = "nothing_kept"
    REQUEST_REJECTED = "request_rejected"
    SOURCE_REJECTED = "source_rejected"
    CANCELLED = "cancelled"
    ALREADY_FINISHED = "already_finished"
    TIMED_OUT = "timed_out"
    ENGINE_DOWN = "engine_down"
    ENGINE_BUSY = "engine_busy"
    SANDBOX_LOST = "sandbox_lost"
    FORGE_DOWN = "forge_down"
    FANNED_OUT = "fanned_out"
    STORE_DOWN = "store_down"
    CRASHED = "crashed"
    LEASE_LOST = "lease_lost"
    DRAINED = "drained"


class MessageFate(StrEnum):
    """What happens to the message."""

    ACKNOWLEDGE = "acknowledge"
    RETRY = "retry"
    RELEASE = "release"
    LEAVE = "leave"
    POSTPONE = "postpone"
    """A copy is sent that is hidden for a while, then this one is deleted: no receive is spent on waiting, and nothing failed."""


@dataclass(frozen=True, kw_only=True)
class AttemptEnd:
    """What the ledger is told of an end."""

    reason: EndReason
    """Why it ended."""
    status: JobStatus | None
    """The job's new status; None leaves it as it is. It never replaces a terminal one."""
    seconds: float = 0.0
    """What the attempt took."""
    tests: int = 0
    """Tests kept."""


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What an attempt's end does to its job and its message."""

    status: JobStatus | None
    """The job's new status; None leaves it as it is."""
    fate: MessageFate
    """What happens to the message."""


TIMEOUT_ATTEMPTS = 2
"""A timeout is tried once more: a noisy neighbour ends, an endless loop doesn't."""


FORGE_ATTEMPTS = 30
"""About half an hour of backoff, more where the forge names longer waits. Then it is no outage, and waiting on keeps a fleet up for nothing."""


_ACKNOWLEDGED = {
    EndReason.PROVED: JobStatus.SUCCEEDED,
    EndReason.ANSWERED: JobStatus.SUCCEEDED,
    EndReason.NOTHING_KEPT: JobStatus.FAILED,
    EndReason.REQUEST_REJECTED: JobStatus.FAILED,
    EndReason.SOURCE_REJECTED: JobStatus.FAILED,
    EndReason.CANCELLED: JobStatus.CANCELLED,
    EndReason.ALREADY_FINISHED: None,
}
_UNFINISHED = {
    EndReason.STORE_DOWN: Settlement(status=JobStatus.QUEUED, fate=MessageFate.RETRY),
    EndReason.FANNED_OUT: Settlement(status=JobStatus.QUEUED, fate=MessageFate.POSTPONE),
    EndReason.ENGINE_BUSY: Settlement(status=JobStatus.QUEUED, fate=MessageFate.POSTPONE),
    EndReason.LEASE_LOST: Settlement(status=None, fate=MessageFate.LEAVE),
    EndReason.DRAINED: Settlement(status=JobStatus.QUEUED, fate=MessageFate.RELEASE),
}
_PATIENT = {EndReason.FORGE_DOWN: FORGE_ATTEMPTS}
_RETRIED = {
    EndReason.TIMED_OUT: TIMEOUT_ATTEMPTS,
    EndReason.ENGINE_DOWN: None,
    EndReason.SANDBOX_LOST: None,
    EndReason.CRASHED: None,
}
FAILURES = frozenset({*_RETRIED, *_PATIENT})
"""Ends that count against the maximum of attempts: a drain, a lost lease or a store that is down is not the job's fault."""


def settle(reason: EndReason, *, attempt: int, maximum_attempts: int) -> Settlement:
    """Map an end to a settlement; `attempt` counts failing attempts from 1, this one included. A test holds the tables to cover every reason."""
    if reason in _ACKNOWLEDGED:
        return Settlement(status=_ACKNOWLEDGED[reason], fate=MessageFate.ACKNOWLEDGE)
    if reason in _UNFINISHED:
        return _UNFINISHED[reason]
    if reason in _PATIENT:
        if attempt < _PATIENT[reason]:
            return Settlement(status=JobStatus.QUEUED, fate=MessageFate.POSTPONE)
        return Settlement(status=JobStatus.FAILED, fate=MessageFate.ACKNOWLEDGE)
    last = min(_RETRIED[reason] or maximum_attempts, maximum_attempts)
    if attempt >= last:
        return Settlement(status=JobStatus.FAILED, fate=MessageFate.ACKNOWLEDGE)
    return Settlement(status=JobStatus.QUEUED, fate=MessageFate.RETRY)
