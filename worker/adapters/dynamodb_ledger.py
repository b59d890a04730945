"""The ledger on DynamoDB: one conditional write opens an attempt, one closes it. Keys as in worker.domain.ledger_schema."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import CALLS_AT_ONCE, REFUSED, code_of, told_as_unavailable
from worker.adapters.dynamodb_batches import BatchCounts
from worker.domain import ledger_schema as schema
from worker.domain.attempt import FAILURES, AttemptEnd
from worker.domain.batch import BatchProgress
from worker.domain.exchange import OpenedAttempt
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus, Lane

CLOSE_SECONDS = 30.0
"""A close may have to wait for other jobs of its batch."""
_CANCEL_FIELDS = "job_id, cancel_requested_at"
LONGEST_TEXT = 256
"""Characters of a sender's text that the ledger keeps; an index key may not be longer than 1 KiB."""

_TERMINAL = {f":t{at}": {"S": status.value} for at, status in enumerate(sorted(TERMINAL_STATUSES))}
_NOT_TERMINAL = f"NOT #status IN ({', '.join(_TERMINAL)})"

_OPEN = (
    "SET #status = :running, worker_id = :worker, updated_at = :now, expires_at = :expires, job_id = :job,"
    " #kind = if_not_exists(#kind, :kind), #language = if_not_exists(#language, :language),"
    " batch_id = if_not_exists(batch_id, :batch), lane = if_not_exists(lane, :lane),"
    " #path = if_not_exists(#path, :path), submitted_at = if_not_exists(submitted_at, :now)"
    " ADD attempts :one, failures :zero"
)


class DynamoDbLedger:
    """A table."""

    def __init__(self, *, client: Any, table: str) -> None:
        """Use an aiobotocore DynamoDB client."""
        self._client = client
        self._table = table
        self._turns = asyncio.Semaphore(CALLS_AT_ONCE)
        self._counts = BatchCounts(client=client, table=table)

    async def open_attempt(self, job: Job, *, worker_id: str, now: datetime) -> OpenedAttempt:
        """Count the attempt on the job's item, unless the job is terminal; then record the attempt."""
        async with told_as_unavailable(f"open an attempt of {job.job_id}", turns=self._turns):
            try:
                before = await self._count_attempt(job, worker_id, now)
            except ClientError as error:
                if code_of(error) != REFUSED:
                    raise
                return _opened(await self._job(job))
            opened = _opened(before, more=1)
            await self._client.put_item(
                TableName=self._table,
                Item={
                    **_key(job, schema.attempt_sort_key(opened.number)),
                    "worker_id": {"S": worker_id},
                    "started_at": {"S": now.isoformat()},
                    schema.EXPIRY_ATTRIBUTE: _expiry(now),
                },
            )
        return opened

    async def close_attempt(
        self, job: Job, number: int, end: AttemptEnd, *, now: datetime
    ) -> BatchProgress | None:
        """End the attempt's item; then the job's, unless it is terminal, in one transaction with its batch's counter."""
        async with told_as_unavailable(
            f"close attempt {number} of {job.job_id}", seconds=CLOSE_SECONDS, turns=self._turns
        ):
            await self._client.update_item(
                TableName=self._table,
                Key=_key(job, schema.attempt_sort_key(number)),
                UpdateExpression="SET ended_at = :now, end_reason = :reason",
                ExpressionAttributeValues={
                    ":now": {"S": now.isoformat()},
                    ":reason": {"S": end.reason.value},
                },
            )
            update = _job_end(job, end, now) | {"TableName": self._table}
            if job.batch_id and end.status in TERMINAL_STATUSES:
                return await self._counts.end_job(update, batch_id=_kept(job.batch_id), status=end.status)
            try:
                await self._client.update_item(**update)
            except ClientError as error:
                if code_of(error) != REFUSED:
                    raise
        return None

    async def cancel_requests(self, job_ids: Sequence[str]) -> frozenset[str]:
        """Read the jobs' items, a hundred in one call."""
        async with told_as_unavailable("look for cancel requests"):
            keys = [schema.job_key(job_id) for job_id in job_ids]
            answer = await self._client.batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ProjectionExpression": _CANCEL_FIELDS}}
            )
        items = answer["Responses"].get(self._table, ())
        return frozenset(item["job_id"]["S"] for item in items if "cancel_requested_at" in item)

    async def note_seconds(self, job: Job, seconds: float, *, now: datetime) -> None:
        """Write the file's item anew."""
        if not job.repository or not job.path:
            return
        path = job.path if not job.targets else f"{job.path}::{','.join(job.targets)}"
        async with told_as_unavailable(f"note the time of {job.job_id}", turns=self._turns):
            await self._client.put_item(
                TableName=self._table,
                Item={
                    schema.PARTITION_KEY: {"S": schema.measured_partition(_kept(job.repository))},
                    schema.SORT_KEY: {"S": schema.measured_sort_key(_kept(path))},
                    "seconds": {"N": f"{seconds:.3f}"},
                    "updated_at": {"S": now.isoformat()},
                    schema.EXPIRY_ATTRIBUTE: _expiry(now),
                },
            )

    async def open_ends(self, job: Job) -> int:
        """Count the attempts without an end; a job has few, so one page holds them."""
        async with told_as_unavailable(f"read the attempts of {job.job_id}", turns=self._turns):
            answer = await self._client.query(
                TableName=self._table,
                KeyConditionExpression=f"{schema.PARTITION_KEY} = :job AND begins_with({schema.SORT_KEY}, :attempt)",
                FilterExpression="attribute_not_exists(ended_at)",
                ExpressionAttributeValues={
                    ":job": {"S": schema.job_partition(job.job_id)},
                    ":attempt": {"S": schema.ATTEMPT_PREFIX},
                },
                Select="COUNT",
                ConsistentRead=True,
            )
        return int(answer["Count"])

    async def _count_attempt(self, job: Job, worker_id: str, now: datetime) -> Mapping[str, Any]:
        answer = await self._client.update_item(
            TableName=self._table,
            Key=_key(job, schema.JOB_SORT_KEY),
            UpdateExpression=_OPEN,
            ConditionExpression=f"attribute_not_exists(#status) OR {_NOT_TERMINAL}",
            ExpressionAttributeNames={
                "#status": "status",
                "#kind": "kind",
                "#language": "language",
                "#path": "path",
            },
            ExpressionAttributeValues={
                **_TERMINAL,
                ":running": {"S": JobStatus.RUNNING.value},
                ":worker": {"S": worker_id},
                ":now": {"S": now.isoformat()},
                ":expires": _expiry(now),
                ":job": {"S": job.job_id},
                ":kind": {"S": job.kind.value},
                ":language": {"S": _kept(job.language)},
                ":path": {"S": _kept(job.path or "")},
                ":batch": {"S": _kept(job.batch_id or "") or schema.ADHOC_BATCH},
                ":lane": {"S": Lane.of_priority(job.priority).value},
                ":one": {"N": "1"},
                ":zero": {"N": "0"},
            },
            ReturnValues="ALL_OLD",
        )
        return dict(answer.get("Attributes", {}))

    async def _job(self, job: Job) -> Mapping[str, Any]:
        answer = await self._client.get_item(
            TableName=self._table, Key=_key(job, schema.JOB_SORT_KEY), ConsistentRead=True
        )
        return dict(answer.get("Item", {}))


def _job_end(job: Job, end: AttemptEnd, now: datetime) -> dict[str, Any]:
    sets = "SET updated_at = :now, end_reason = :reason, #seconds = :seconds, tests = :tests"
    values = {
        **_TERMINAL,
        ":now": {"S": now.isoformat()},
        ":reason": {"S": end.reason.value},
        ":seconds": {"N": f"{end.seconds:.3f}"},
        ":tests": {"N": str(end.tests)},
    }
    if end.status is not None:
        sets += ", #status = :status"
        values[":status"] = {"S": end.status.value}
    if end.reason in FAILURES:
        sets += " ADD failures :one"
        values[":one"] = {"N": "1"}
    return {
        "Key": _key(job, schema.JOB_SORT_KEY),
        "UpdateExpression": sets,
        "ConditionExpression": _NOT_TERMINAL,
        "ExpressionAttributeNames": {"#status": "status", "#seconds": "seconds"},
        "ExpressionAttributeValues": values,
    }


def _key(job: Job, sort_key: str) -> dict[str, Any]:
    return {
        schema.PARTITION_KEY: {"S": schema.job_partition(job.job_id)},
        schema.SORT_KEY: {"S": sort_key},
    }


def _opened(item: Mapping[str, Any], *, more: int = 0) -> OpenedAttempt:
    return OpenedAttempt(
        number=int(item.get("attempts", {}).get("N", "0")) + more,
        status=JobStatus(item.get("status", {}).get("S", JobStatus.QUEUED.value)),
        failures=int(item.get("failures", {}).get("N", "0")),
        is_cancel_requested="cancel_requested_at" in item,
    )


def _expiry(now: datetime) -> dict[str, str]:
    return {"N": str(int(now.timestamp()) + schema.RETENTION_SECONDS)}


def _kept(text: str) -> str:
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()
