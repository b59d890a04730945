"""Batches on DynamoDB: their counters, their members, their report."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import (
    CONFLICT,
    REFUSED,
    TRANSACTION_REFUSED,
    code_of,
    reasons_of,
    told_as_unavailable,
)
from worker.domain import ledger_schema as schema
from worker.domain.batch import BatchProgress, BatchRecord
from worker.domain.job import JobStatus

LONGEST_PAUSE_SECONDS = 1.0
"""Between two tries of a transaction that met another one."""


class BatchCounts:
    """Ends a job and counts it in its batch, in one transaction: never one without the other, never twice."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use an aiobotocore DynamoDB client."""
        self._client = client
        self._table = table
        self._jitter = Random()  # noqa: S311 - nothing secret

    async def end_job(
        self, update: Mapping[str, Any], *, batch_id: str, status: JobStatus
    ) -> BatchProgress | None:
        """Write a job's end; return the batch's counters, None where the job had ended before or has no batch.

        Jobs of a batch that end together meet at its counter; DynamoDB then refuses all but one, and nobody retries for us.
        """
        pause = 0.02
        while True:
            try:
                await self._client.transact_write_items(
                    TransactItems=[{"Update": dict(update)}, {"Update": self._count(batch_id, status)}]
                )
            except ClientError as error:
                reasons = _reasons(error)
                if reasons[0] == REFUSED[: -len("Exception")]:
                    return None
                if reasons[1] == REFUSED[: -len("Exception")]:
                    await self._end_without_batch(update)
                    return None
                if CONFLICT not in reasons:
                    raise
                await asyncio.sleep(self._jitter.uniform(0, pause))
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            record = await read_batch(self._client, self._table, batch_id)
            return record.progress if record else None

    async def _end_without_batch(self, update: Mapping[str, Any]) -> None:
        try:
            await self._client.update_item(**update)
        except ClientError as error:
            if code_of(error) != REFUSED:
                raise

    def _count(self, batch_id: str, status: JobStatus) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": _key(batch_id),
            "UpdateExpression": f"ADD {status.value} :one",
            "ConditionExpression": f"attribute_exists({schema.PARTITION_KEY})",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }


class DynamoDbBatches:
    """The batches of a table."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use an aiobotocore DynamoDB client."""
        self._client = client
        self._table = table

    async def batch(self, batch_id: str) -> BatchRecord | None:
        """Read one; None where nobody submitted it through the driver."""
        async with told_as_unavailable(f"read batch {batch_id}"):
            return await read_batch(self._client, self._table, batch_id)

    async def members(self, batch_id: str) -> Sequence[str]:
        """Read the index, which may be a moment behind, page by page."""
        async with told_as_unavailable(f"read the jobs of batch {batch_id}", seconds=60):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                IndexName=schema.BATCH_INDEX,
                KeyConditionExpression=f"{schema.BATCH_INDEX_PARTITION_KEY} = :batch",
                ExpressionAttributeValues={":batch": {"S": batch_id}},
            )
            return [
                item["job_id"]["S"]
                async for page in pages
                for item in page["Items"]
                if item[schema.SORT_KEY]["S"] == schema.JOB_SORT_KEY and "replaced_by" not in item
            ]

    async def note_report(self, batch_id: str, *, now: datetime) -> None:
        """Tell that its report is stored."""
        async with told_as_unavailable(f"note the report of batch {batch_id}"):
            await self._client.update_item(
                TableName=self._table,
                Key=_key(batch_id),
                UpdateExpression="SET reported_at = :now, updated_at = :now",
                ExpressionAttributeValues={":now": {"S": now.isoformat()}},
            )


async def read_batch(client: Any, table: str, batch_id: str) -> BatchRecord | None:
    """Read a batch's item, consistently."""
    answer = await client.get_item(TableName=table, Key=_key(batch_id), ConsistentRead=True)
    item = answer.get("Item")
    if item is None:
        return None
    counts = {
        name: int(item.get(name, {}).get("N", "0")) for name in ("total", "succeeded", "failed", "cancelled")
    }
    return BatchRecord(
        progress=BatchProgress(batch_id=batch_id, **counts),
        label=item.get("label", {}).get("S", ""),
        is_reported="reported_at" in item,
    )


def _reasons(error: ClientError) -> list[str]:
    """Why each part of a transaction did not go through; raises what is no such refusal."""
    if code_of(error) != TRANSACTION_REFUSED:
        raise error
    reasons = reasons_of(error)
    if len(reasons) != 2:
        raise error
    return reasons


def _key(batch_id: str) -> dict[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": schema.batch_partition(batch_id)},
        schema.SORT_KEY: {"S": schema.BATCH_SORT_KEY},
    }
