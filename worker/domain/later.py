"""Pure: jobs that are due later than SQS can delay a message wait in the ledger; the controller sends them shortly before they are due.

A message that nobody may take yet would be visible every quarter of an hour: it would wake a fleet that sleeps, for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.domain import ledger_schema as schema
from worker.domain.job import MAXIMUM_DELAY_DAYS, Job, Lane
from worker.domain.job_codec import message_of

LONGEST_DELAY_SECONDS = 900
"""What SQS takes as a message's delay; a message that has to wait longer comes by again."""
LONGEST_WAIT_SECONDS = (MAXIMUM_DELAY_DAYS + 1) * 86_400
"""A day more than the driver lets through: clocks differ. Who waits for ever would go around for ever."""
LEAD_SECONDS = 120
"""Sent so long before it is due, with the rest as delay: a controller that looks once a minute is not late."""
LATE_SECONDS = 300
"""Whoever is sent so long after it was due is told of: nobody looked."""
MAXIMUM_KEPT_BYTES = 300_000
"""Longest message of an item, which DynamoDB bounds; a longer request lies in S3 alone."""


@dataclass(frozen=True, kw_only=True)
class KeptJob:
    """A job that waits in the ledger for its time."""

    job_id: str
    """Which."""
    due_at: datetime
    """When it may start, UTC."""
    lane: Lane
    """Where it is to be sent."""
    body: str
    """Its message."""


def is_for_later(job: Job, now: datetime) -> bool:
    """Tell whether SQS can't delay it for so long. What is too far ahead to be served at all is for a worker to refuse, now."""
    if job.not_before is None:
        return False
    return LONGEST_DELAY_SECONDS < _seconds(job.not_before, now) <= LONGEST_WAIT_SECONDS


def delay_seconds(due_at: datetime | None, now: datetime) -> int:
    """Return what is left until then, in whole seconds and no more than SQS takes; 0 where it is due."""
    if due_at is None:
        return 0
    return min(max(-int(-_seconds(due_at, now) // 1), 0), LONGEST_DELAY_SECONDS)


def kept(job: Job) -> KeptJob:
    """Return what is to be kept of a job that has a time."""
    if job.not_before is None:
        raise ValueError(f"{job.job_id} has no time to wait for")
    return KeptJob(
        job_id=job.job_id,
        due_at=job.not_before,
        lane=Lane.of_priority(job.priority),
        body=message_of(job, most=MAXIMUM_KEPT_BYTES),
    )


def later_key(job_id: str, due_at: datetime) -> dict[str, Any]:
    """Key of its item: they lie in the order in which they are due."""
    return {
        schema.PARTITION_KEY: {"S": schema.LATER_PARTITION},
        schema.SORT_KEY: {"S": f"{stamp(due_at)}#{job_id}"},
    }


def stamp(moment: datetime) -> str:
    """Write a moment so that texts sort as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def encode_kept(one: KeptJob) -> dict[str, Any]:
    """Return the item. It never expires: what is lost here is lost."""
    return {
        **later_key(one.job_id, one.due_at),
        "job_id": {"S": one.job_id},
        "due_at": {"S": stamp(one.due_at)},
        "lane": {"S": one.lane.value},
        "message": {"S": one.body},
    }


def decode_kept(item: Mapping[str, Any]) -> KeptJob:
    """Read the item; raises ValueError or KeyError where it is none."""
    return KeptJob(
        job_id=item["job_id"]["S"],
        due_at=datetime.fromisoformat(item["due_at"]["S"]),
        lane=Lane(item["lane"]["S"]),
        body=item["message"]["S"],
    )


def due_in(item: Mapping[str, Any]) -> datetime:
    """Read when a job is due from its item's key alone."""
    return datetime.fromisoformat(item[schema.SORT_KEY]["S"].partition("#")[0])


def horizon(now: datetime) -> datetime:
    """Return until when those are due that are sent now."""
    return now + timedelta(seconds=LEAD_SECONDS)


def _seconds(moment: datetime, now: datetime) -> float:
    return (moment - now).total_seconds()
