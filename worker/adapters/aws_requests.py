"""The way of a job into the queue: its request to S3, its items to the ledger, its message to a lane. All of it by plain botocore."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_calls import reported
from worker.adapters.aws_errors import REFUSED, code_of
from worker.domain import ledger_schema as schema
from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.job import Job, Lane, payload_key
from worker.domain.job_codec import decode_job, encode_job, message_of
from worker.domain.later import delay_seconds, encode_kept, is_for_later, kept
from worker.domain.submitted import batch_items, job_item

MISSING = frozenset({"NoSuchKey", "404", "NotFound"})


class AwsRequests:
    """A `worker.ingress_ports.Requests`."""

    def __init__(
        self,
        *,
        clients: Mapping[str, Any],
        bucket: str,
        table: str,
        lanes: Mapping[Lane, str],
        has_controller: bool = False,
    ) -> None:
        """Use botocore's clients `s3`, `dynamodb` and `sqs`; a controller sends jobs whose time is still far."""
        self._clients = clients
        self._bucket = bucket
        self._table = table
        self._lanes = lanes
        self._has_controller = has_controller

    def store(self, job: Job) -> None:
        """Write it where a worker and a retry look for it."""
        with reported("store the request"):
            self._clients["s3"].put_object(
                Bucket=self._bucket,
                Key=payload_key(job.job_id),
                Body=encode_job(job).encode(),
                ContentType="application/json",
            )

    def stored(self, job_id: str) -> Job | None:
        """Read it; what can't be read is gone."""
        with reported("read the request"):
            try:
                answer = self._clients["s3"].get_object(Bucket=self._bucket, Key=payload_key(job_id))
                body = answer["Body"].read().decode()
            except ClientError as fault:
                if code_of(fault) not in MISSING:
                    raise
                return None
        try:
            return decode_job(body, message_id=job_id)
        except (MessageRejected, RequestRejected):
            return None

    def record(self, jobs: Sequence[Job], label: str, now: datetime) -> None:
        """Write the items that are not there: counters before jobs, since a job may end before the next one is written."""
        with reported("record the jobs"):
            items = [*(batch_items(jobs, label, now) if label else ()), *(job_item(job, now) for job in jobs)]
            for item in items:
                self._put_absent(item)

    def send(self, job: Job) -> None:
        """Send the job, or where it lies, to show when it may start; one whose time is far waits in the ledger, once."""
        now = datetime.now(UTC)
        if self._has_controller and is_for_later(job, now):
            with reported("keep the job for later"):
                self._clients["dynamodb"].put_item(TableName=self._table, Item=encode_kept(kept(job)))
            return
        with reported("send the job"):
            self._clients["sqs"].send_message(
                QueueUrl=self._lanes[Lane.of_priority(job.priority)],
                MessageBody=message_of(job),
                DelaySeconds=delay_seconds(job.not_before, now),
            )

    def _put_absent(self, item: Mapping[str, Any]) -> None:
        try:
            self._clients["dynamodb"].put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression=f"attribute_not_exists({schema.PARTITION_KEY})",
            )
        except ClientError as fault:
            if code_of(fault) != REFUSED:
                raise
