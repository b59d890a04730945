"""Child jobs on AWS: to their lanes by SQS, into the ledger by conditional writes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import REFUSED, code_of, told_as_unavailable
from worker.domain import ledger_schema as schema
from worker.domain.calling_off import asking, ending
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control_codec import control_key, decode_record
from worker.domain.job import Job, JobStatus, Lane
from worker.domain.job_codec import encode_job
from worker.domain.scaling_terms import Reason
from worker.domain.submitted import job_item

_FROZEN = frozenset({Reason.BUDGET_FROZEN.value, Reason.BUDGET_ZERO.value})


class AwsChildren:
    """A `worker.repair_ports.Children`."""

    def __init__(self, *, sqs: Any, dynamodb: Any, table: str, lanes: Mapping[Lane, str]) -> None:
        """Use aiobotocore clients."""
        self._sqs = sqs
        self._dynamodb = dynamodb
        self._table = table
        self._lanes = dict(lanes)

    async def is_frozen(self, now: datetime) -> bool:
        """Read the controller's last look; one that is long ago says nothing."""
        async with told_as_unavailable("read what the budget allows"):
            answer = await self._dynamodb.get_item(
                TableName=self._table, Key=control_key(schema.RECORD_SORT_KEY)
            )
        look = decode_record(answer.get("Item"))
        return look is not None and look.reason in _FROZEN and not look.is_stale(now)

    async def standing(self, job_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        """Read the jobs' items as they are now, in one call."""
        keys = [schema.job_key(job_id) for job_id in job_ids]
        wanted = {
            "Keys": keys,
            "ConsistentRead": True,
            "ProjectionExpression": "job_id, #status",
            "ExpressionAttributeNames": {"#status": "status"},
        }
        if not keys:
            return {}
        async with told_as_unavailable("look where jobs stand"):
            answer = await self._dynamodb.batch_get_item(RequestItems={self._table: wanted})
        if answer.get("UnprocessedKeys"):
            raise StoreUnavailable("look where jobs stand: the table answered in part")
        items = answer["Responses"].get(self._table, ())
        return {item["job_id"]["S"]: JobStatus(item["status"]["S"]) for item in items}

    async def send(self, job: Job) -> None:
        """Send it."""
        async with told_as_unavailable(f"send {job.job_id}"):
            await self._sqs.send_message(
                QueueUrl=self._lanes[Lane.of_priority(job.priority)], MessageBody=encode_job(job)
            )

    async def record(self, job: Job, now: datetime) -> None:
        """Put its item where there is none."""
        async with told_as_unavailable(f"record {job.job_id}"):
            await self._unless_refused(
                "put_item",
                Item=job_item(job, now),
                ConditionExpression=f"attribute_not_exists({schema.PARTITION_KEY})",
            )

    async def call_off(self, job_ids: Sequence[str], now: datetime) -> None:
        """End what is queued; mark what runs, whose worker looks every few seconds."""
        for job_id in job_ids:
            async with told_as_unavailable(f"call {job_id} off"):
                if not await self._unless_refused("update_item", **ending(job_id, now)):
                    await self._unless_refused("update_item", **asking(job_id, now))

    async def _unless_refused(self, operation: str, **fields: Any) -> bool:
        """Write; False where the condition does not hold."""
        try:
            await getattr(self._dynamodb, operation)(TableName=self._table, **fields)
        except ClientError as error:
            if code_of(error) != REFUSED:
                raise
            return False
        return True
