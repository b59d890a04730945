"""Attempt: one worker's try at a job, and what its end means.

| end reason        | job status | message      |
|-------------------|------------|--------------|
| proved            | succeeded  | acknowledged |
| nothing_kept      | failed     | acknowledged |
| request_rejected  | failed     | acknowledged |
| source_rejected   | failed     | acknowledged |
| cancelled         | cancelled  | acknowledged |
| already_finished  | unchanged  | acknowledged |
| timed_out         | failed after the second | retried once |
| engine_down       | failed after the last   | retried with backoff |
| sandbox_lost      | failed after the last   | retried with backoff |
| store_down        | queued     | retried with backoff, never stored as a failure: there is nowhere to store it |
| crashed           | failed after the last   | retried with backoff |
| lease_lost        | unchanged  | left alone: another worker may hold it |
| drained           | queued     | released at once |
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from worker.domain.job import JobStatus


class EndReason(StrEnum):
    """Why an attempt ended."""

    PROVED = "proved"
    NOTHING_KEPT = "nothing_kept"
    REQUEST_REJECTED = "request_rejected"
    SOURCE_REJECTED = "source_rejected"
    CANCELLED = "cancelled"
    ALREADY_FINISHED = "already_finished"
    TIMED_OUT = "timed_out"
    ENGINE_DOWN = "engine_down"
    SANDBOX_LOST = "sandbox_lost"
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


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What an attempt's end does to its job and its message."""

    status: JobStatus | None
    """The job's new status; None leaves it as it is."""
    fate: MessageFate
    """What happens to the message."""


TIMEOUT_ATTEMPTS = 2
"""A timeout is tried once more: a noisy neighbour ends, an endless loop doesn't."""


def settle(reason: EndReason, *, attempt: int, maximum_attempts: int) -> Settlement:
    """Map an end to a settlement; `attempt` counts from 1."""
    match reason:
        case EndReason.PROVED:
            return Settlement(status=JobStatus.SUCCEEDED, fate=MessageFate.ACKNOWLEDGE)
        case EndReason.NOTHING_KEPT | EndReason.REQUEST_REJECTED | EndReason.SOURCE_REJECTED:
            return Settlement(status=JobStatus.FAILED, fate=MessageFate.ACKNOWLEDGE)
        case EndReason.CANCELLED:
            return Settlement(status=JobStatus.CANCELLED, fate=MessageFate.ACKNOWLEDGE)
        case EndReason.ALREADY_FINISHED:
            return Settlement(status=None, fate=MessageFate.ACKNOWLEDGE)
        case EndReason.TIMED_OUT:
            return _retry(attempt, min(TIMEOUT_ATTEMPTS, maximum_attempts))
        case EndReason.ENGINE_DOWN | EndReason.SANDBOX_LOST | EndReason.CRASHED:
            return _retry(attempt, maximum_attempts)
        case EndReason.STORE_DOWN:
            return Settlement(status=JobStatus.QUEUED, fate=MessageFate.RETRY)
        case EndReason.LEASE_LOST:
            return Settlement(status=None, fate=MessageFate.LEAVE)
        case EndReason.DRAINED:
            return Settlement(status=JobStatus.QUEUED, fate=MessageFate.RELEASE)
        case _:
            assert_never(reason)


def _retry(attempt: int, last: int) -> Settlement:
    if attempt >= last:
        return Settlement(status=JobStatus.FAILED, fate=MessageFate.ACKNOWLEDGE)
    return Settlement(status=JobStatus.QUEUED, fate=MessageFate.RETRY)
