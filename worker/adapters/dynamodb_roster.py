"""The roster on DynamoDB: an item for each worker, which forgets itself."""

from datetime import UTC, datetime
from typing import Any

from worker.adapters.aws_errors import told_as_unavailable
from worker.domain import ledger_schema as schema
from worker.domain.exchange import WorkerReport

REMEMBERED_SECONDS = 3600
"""How long a worker that died is still listed, with when it was last seen."""


class DynamoDbRoster:
    """The workers of a table."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use an aiobotocore DynamoDB client."""
        self._client = client
        self._table = table

    async def report(self, report: WorkerReport, *, now: datetime) -> None:
        """Write the worker's item anew."""
        async with told_as_unavailable("report to the roster"):
            await self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(report.worker_id),
                    "task_arn": {"S": report.task_arn},
                    "engine": {"S": report.engine},
                    "started_at": {"S": report.started_at.isoformat(timespec="milliseconds")},
                    "seen_at": {"S": now.isoformat(timespec="milliseconds")},
                    "running": {"N": str(report.running)},
                    "concurrency": {"N": str(report.concurrency)},
                    "is_draining": {"BOOL": report.is_draining},
                    schema.EXPIRY_ATTRIBUTE: {"N": str(int(now.timestamp()) + REMEMBERED_SECONDS)},
                },
            )

    async def leave(self, worker_id: str) -> None:
        """Note when: a worker has no right to delete anything in the ledger."""
        now = datetime.now(UTC)
        async with told_as_unavailable("leave the roster"):
            await self._client.update_item(
                TableName=self._table,
                Key=_key(worker_id),
                UpdateExpression="SET left_at = :now, expires_at = :expires",
                ExpressionAttributeValues={
                    ":now": {"S": now.isoformat(timespec="milliseconds")},
                    ":expires": {"N": str(int(now.timestamp()) + REMEMBERED_SECONDS)},
                },
            )


def _key(worker_id: str) -> dict[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": schema.FLEET_PARTITION},
        schema.SORT_KEY: {"S": schema.worker_sort_key(worker_id)},
    }
