"""The roster on DynamoDB: an item for each worker, which forgets itself."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import REFUSED, code_of, told_as_unavailable
from worker.domain import ledger_schema as schema
from worker.domain.closing import Ask
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import WorkerReport
from worker.domain.fleet_control_codec import ASK_ATTRIBUTE, control_key, decode_ask

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
        answer = {} if report.closed_for is None else {"closed_for": {"N": str(report.closed_for)}}
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
                    **answer,
                    schema.EXPIRY_ATTRIBUTE: {"N": str(int(now.timestamp()) + REMEMBERED_SECONDS)},
                },
            )

    async def leave(self, worker_id: str) -> None:
        """Note when: a worker has no right to delete anything in the ledger. Who never reported leaves no trace."""
        now = datetime.now(UTC)
        async with told_as_unavailable("leave the roster"):
            try:
                await self._client.update_item(
                    TableName=self._table,
                    Key=_key(worker_id),
                    UpdateExpression="SET left_at = :now, expires_at = :expires",
                    ConditionExpression="attribute_exists(seen_at)",
                    ExpressionAttributeValues={
                        ":now": {"S": now.isoformat(timespec="milliseconds")},
                        ":expires": {"N": str(int(now.timestamp()) + REMEMBERED_SECONDS)},
                    },
                )
            except ClientError as fault:
                if code_of(fault) != REFUSED:
                    raise

    async def ask(self) -> Ask:
        """Read it from the controller's last look."""
        async with told_as_unavailable("read what the controller asks"):
            answer = await self._client.get_item(
                TableName=self._table,
                Key=control_key(schema.RECORD_SORT_KEY),
                ProjectionExpression=ASK_ATTRIBUTE,
                ConsistentRead=True,
            )
        try:
            return decode_ask(answer.get("Item"))
        except (KeyError, TypeError, ValueError) as fault:
            raise StoreUnavailable(
                f"read what the controller asks: {type(fault).__name__}: {fault}"
            ) from fault


def _key(worker_id: str) -> dict[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": schema.FLEET_PARTITION},
        schema.SORT_KEY: {"S": schema.worker_sort_key(worker_id)},
    }
