"""Jobs that wait in the ledger for their time, until the controller sends them: what waits there, and what becomes of it where none does."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from automation.fleet.access import AwsAccess
from components.compute.interface import ComputeType
from components.outputs import StackOutputs
from worker.domain import ledger_schema as schema
from worker.domain.job import Job
from worker.domain.later import (
    LATE_SECONDS,
    decode_kept,
    due_in,
    encode_kept,
    is_for_later,
    kept,
    later_key,
)
from worker.domain.parcels import entries_of, parcels, taken_of

WRITERS = 8
"""Requests under way at the same time."""


@dataclass(frozen=True, kw_only=True)
class KeptView:
    """What waits."""

    jobs: int
    """How many."""
    next_at: str
    """When the first is due, ISO 8601, UTC; empty where none waits."""
    overdue: int
    """How many of them should have been sent long ago: nobody looks."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return asdict(self)


def is_kept(outputs: StackOutputs, job: Job, now: datetime) -> bool:
    """Tell whether the ledger keeps a job for now: there must be a controller that sends it."""
    return outputs.compute_type != ComputeType.LAMBDA and is_for_later(job, now)


def keep(access: AwsAccess, outputs: StackOutputs, jobs: Iterable[Job]) -> None:
    """Write them down; a job that is written twice waits once."""
    dynamodb = access.client("dynamodb")

    def write(job: Job) -> None:
        dynamodb.put_item(TableName=outputs.ledger_table, Item=encode_kept(kept(job)))

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(write, jobs))


def forget(access: AwsAccess, outputs: StackOutputs, job_id: str, due_at: datetime) -> None:
    """Have a job wait no more; one that does not is none of it."""
    access.client("dynamodb").delete_item(TableName=outputs.ledger_table, Key=later_key(job_id, due_at))


def look_at_kept(access: AwsAccess, outputs: StackOutputs) -> KeptView:
    """Count what waits, by its keys alone: messages are long."""
    keys = _items(access, outputs, ProjectionExpression=schema.SORT_KEY)
    moments = [due_in(item) for item in keys]
    now = _now()
    return KeptView(
        jobs=len(moments),
        next_at=min(moments).isoformat(timespec="seconds") if moments else "",
        overdue=sum((now - moment).total_seconds() > LATE_SECONDS for moment in moments),
    )


def hand_over(access: AwsAccess, outputs: StackOutputs) -> int:
    """Send all that waits to the lanes, which pass it on from worker to worker: nobody sends them for a fleet of functions. Return how many."""
    sent = 0
    for parcel in parcels([decode_kept(item) for item in _items(access, outputs)]):
        answer = access.client("sqs").send_message_batch(
            QueueUrl=outputs.lane_urls[parcel[0].lane], Entries=entries_of(parcel, _now())
        )
        for one in taken_of(parcel, answer):
            forget(access, outputs, one.job_id, one.due_at)
            sent += 1
    return sent


def _now() -> datetime:
    return datetime.now(UTC)


def _items(access: AwsAccess, outputs: StackOutputs, **more: str) -> Iterator[Any]:
    pages = (
        access.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=outputs.ledger_table,
            KeyConditionExpression=f"{schema.PARTITION_KEY} = :later",
            ExpressionAttributeValues={":later": {"S": schema.LATER_PARTITION}},
            ConsistentRead=True,
            **more,
        )
    )
    return (item for page in pages for item in page["Items"])
