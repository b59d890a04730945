"""What jobs took, by the ledger: the estimate's service time, and the cost of a batch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from automation.fleet.access import AwsAccess
from worker.domain import ledger_schema as schema

MEASURED_BATCHES = 10
"""Newest submissions that are looked at."""
MOST_JOBS = 2000
"""Jobs that are enough for a mean."""


@dataclass(frozen=True, kw_only=True)
class JobTimes:
    """What ended jobs took."""

    jobs: int = 0
    """Jobs that ended and were timed."""
    seconds: float = 0.0
    """Their last attempts, together."""

    @property
    def mean_seconds(self) -> float | None:
        """Time of a job; None where none ended yet."""
        return self.seconds / self.jobs if self.jobs else None

    def __add__(self, other: "JobTimes") -> "JobTimes":
        """Add up."""
        return JobTimes(jobs=self.jobs + other.jobs, seconds=self.seconds + other.seconds)


@dataclass(frozen=True, kw_only=True)
class BatchTimes:
    """A submission and what its jobs took."""

    batch_id: str
    """Its name."""
    submitted_at: str
    """ISO 8601, UTC."""
    times: JobTimes
    """What its jobs took."""


def recent_times(access: AwsAccess, table: str, *, limit: int = MEASURED_BATCHES) -> tuple[BatchTimes, ...]:
    """Return the newest submissions with the times of their jobs, newest first; raises ClientError where there is no ledger."""
    answer = access.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression=f"{schema.PARTITION_KEY} = :recent",
        ExpressionAttributeValues={":recent": {"S": schema.RECENT_PARTITION}},
        ScanIndexForward=False,
        Limit=limit,
    )
    found: list[BatchTimes] = []
    for item in answer["Items"]:
        submitted_at, _, batch_id = item[schema.SORT_KEY]["S"].partition("#")
        times = _times(_job_items(access, table, batch_id))
        found.append(BatchTimes(batch_id=batch_id, submitted_at=submitted_at, times=times))
        if sum(one.times.jobs for one in found) >= MOST_JOBS:
            break
    return tuple(found)


def together(batches: Sequence[BatchTimes]) -> JobTimes:
    """Add up submissions."""
    return sum((one.times for one in batches), JobTimes())


def _job_items(access: AwsAccess, table: str, batch_id: str) -> Iterable[dict[str, Any]]:
    pages = (
        access.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName=schema.BATCH_INDEX,
            KeyConditionExpression=f"{schema.BATCH_INDEX_PARTITION_KEY} = :batch",
            ExpressionAttributeValues={":batch": {"S": batch_id}},
        )
    )
    for page in pages:
        yield from page["Items"]


def _times(items: Iterable[dict[str, Any]]) -> JobTimes:
    seconds = [float(item["seconds"]["N"]) for item in items if "seconds" in item]
    return JobTimes(jobs=len(seconds), seconds=sum(seconds))
