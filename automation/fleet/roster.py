"""Who works: what the workers say of themselves in the ledger, and since when one was heard no more."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs
from worker.domain import ledger_schema as schema


class WorkerState(StrEnum):
    """How a worker is."""

    WORKING = "working"
    IDLE = "idle"
    DRAINING = "draining"
    LEFT = "left"
    SILENT = "silent"
    """It said nothing for a while and did not say farewell: it died."""


@dataclass(frozen=True, kw_only=True)
class WorkerView:
    """One worker."""

    worker_id: str
    """Its name."""
    state: WorkerState
    """How it is."""
    task_id: str
    """Its ECS task; empty where it runs in none."""
    engine: str
    """Engine and model."""
    running: int
    """Jobs under way when last heard."""
    concurrency: int
    """Jobs that it can have under way."""
    started_at: str
    """ISO 8601, UTC."""
    seen_at: str
    """When it was last heard."""


def workers(access: AwsAccess, outputs: StackOutputs) -> tuple[WorkerView, ...]:
    """Return the workers of the last hour: those at work first, then those that left or died, newest first."""
    now = datetime.now(UTC)
    pages = (
        access.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=outputs.ledger_table,
            KeyConditionExpression=f"{schema.PARTITION_KEY} = :fleet AND begins_with({schema.SORT_KEY}, :worker)",
            ExpressionAttributeValues={
                ":fleet": {"S": schema.FLEET_PARTITION},
                ":worker": {"S": schema.WORKER_PREFIX},
            },
            ConsistentRead=True,
        )
    )
    found = [
        _view(item, now)
        for page in pages
        for item in page["Items"]
        if not _is_expired(item, now) and "seen_at" in item  # without: it was stopped before it ever reported
    ]
    gone = {WorkerState.LEFT, WorkerState.SILENT}
    newest_first = sorted(found, key=lambda worker: worker.seen_at, reverse=True)
    return tuple(sorted(newest_first, key=lambda worker: worker.state in gone))


def _is_expired(item: dict[str, Any], now: datetime) -> bool:
    """DynamoDB deletes what has expired in its own time, up to two days later."""
    return float(item[schema.EXPIRY_ATTRIBUTE]["N"]) < now.timestamp()


def _view(item: dict[str, Any], now: datetime) -> WorkerView:
    seen_at = item["seen_at"]["S"]
    running = int(item["running"]["N"])
    silence = (now - datetime.fromisoformat(seen_at)).total_seconds()
    if "left_at" in item:
        state = WorkerState.LEFT
    elif silence > schema.WORKER_SILENCE_SECONDS:
        state = WorkerState.SILENT
    elif item["is_draining"]["BOOL"]:
        state = WorkerState.DRAINING
    else:
        state = WorkerState.WORKING if running else WorkerState.IDLE
    return WorkerView(
        worker_id=item[schema.SORT_KEY]["S"].removeprefix(schema.WORKER_PREFIX),
        state=state,
        task_id=item["task_arn"]["S"].rsplit("/", 1)[-1],
        engine=item["engine"]["S"],
        running=running,
        concurrency=int(item["concurrency"]["N"]),
        started_at=item["started_at"]["S"],
        seen_at=seen_at,
    )
