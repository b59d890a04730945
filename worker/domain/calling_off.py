"""Pure: the writes by which a job is called off, wherever that is done: by the driver, by ingress, by a parent of child jobs."""

from datetime import datetime
from typing import Any

from worker.domain import ledger_schema as schema
from worker.domain.job import JobStatus


def ending(job_id: str, now: datetime) -> dict[str, Any]:
    """Return the update (without its table) that ends a job which waits; its condition fails for any other."""
    return {
        "Key": schema.job_key(job_id),
        "UpdateExpression": "SET #status = :cancelled, cancel_requested_at = :now, updated_at = :now, end_reason = :cancelled",
        "ConditionExpression": "#status = :queued",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":now": _stamp(now),
            ":queued": {"S": JobStatus.QUEUED.value},
            ":cancelled": {"S": JobStatus.CANCELLED.value},
        },
    }


def asking(job_id: str, now: datetime) -> dict[str, Any]:
    """Return the update that asks the worker of a running job to stop: it looks every few seconds."""
    return {
        "Key": schema.job_key(job_id),
        "UpdateExpression": "SET cancel_requested_at = :now",
        "ConditionExpression": "#status = :running",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {":now": _stamp(now), ":running": {"S": JobStatus.RUNNING.value}},
    }


def _stamp(now: datetime) -> dict[str, str]:
    return {"S": now.isoformat(timespec="milliseconds")}
