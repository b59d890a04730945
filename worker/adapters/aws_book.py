"""Jobs and results for the jobs API, and the call that ends one."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_calls import reported
from worker.adapters.aws_errors import CONFLICT, REFUSED, code_of, reasons_of
from worker.adapters.aws_requests import MISSING
from worker.domain import ledger_schema as schema
from worker.domain.calling_off import asking, ending
from worker.domain.job import TERMINAL_STATUSES, JobStatus, result_key
from worker.ingress_ports import CallOff, JobView

ADDRESS_SECONDS = 300
CONFLICTS = 5
PAUSE_SECONDS = 0.05


class AwsBook:
    """A `worker.ingress_ports.Book`."""

    def __init__(self, *, clients: Mapping[str, Any], bucket: str, table: str) -> None:
        """Use botocore's clients `s3` and `dynamodb`."""
        self._clients = clients
        self._bucket = bucket
        self._table = table

    def job(self, job_id: str) -> JobView | None:
        """Read the ledger's item as it is now."""
        with reported("look the job up"):
            item = (
                self._clients["dynamodb"]
                .get_item(TableName=self._table, Key=schema.job_key(job_id), ConsistentRead=True)
                .get("Item")
            )
            return None if item is None else _view(job_id, item)

    def result(self, job_id: str, *, most_bytes: int) -> bytes | str | None:
        """Read it, or sign an address where it is larger."""
        place = {"Bucket": self._bucket, "Key": result_key(job_id)}
        with reported("read the result"):
            try:
                answer = self._clients["s3"].get_object(**place)
            except ClientError as fault:
                if code_of(fault) not in MISSING:
                    raise
                return None
            if int(answer["ContentLength"]) <= most_bytes:
                found: bytes = answer["Body"].read()
                return found
            answer["Body"].close()
            return str(
                self._clients["s3"].generate_presigned_url(
                    "get_object", Params=place, ExpiresIn=ADDRESS_SECONDS
                )
            )

    def call_off(self, job: JobView, now: datetime) -> CallOff:
        """End it in one transaction with its batch's counter where it is queued; else ask its worker."""
        if job.status in TERMINAL_STATUSES:
            return CallOff.ENDED
        with reported("call the job off"):
            if self._ended(job, now):
                return CallOff.DONE
            try:
                self._clients["dynamodb"].update_item(TableName=self._table, **asking(job.job_id, now))
            except ClientError as fault:
                if code_of(fault) != REFUSED:
                    raise
                return CallOff.ENDED
        return CallOff.ASKED

    def _ended(self, job: JobView, now: datetime) -> bool:
        updates = [{"TableName": self._table, **ending(job.job_id, now)}, *self._counted(job.batch_id)]
        for _ in range(CONFLICTS):
            try:
                self._clients["dynamodb"].transact_write_items(
                    TransactItems=[{"Update": update} for update in updates]
                )
            except ClientError as fault:
                reasons = reasons_of(fault)
                if reasons and reasons[0] == "ConditionalCheckFailed":
                    return False
                if len(reasons) > 1 and reasons[1] == "ConditionalCheckFailed":
                    updates = updates[:1]  # a batch without counters
                elif CONFLICT in reasons:
                    time.sleep(PAUSE_SECONDS)  # a worker counted a job of the batch at the same moment
                else:
                    raise
            else:
                return True
        return False

    def _counted(self, batch_id: str) -> list[dict[str, Any]]:
        if batch_id in {"", schema.ADHOC_BATCH}:
            return []
        return [
            {
                "TableName": self._table,
                "Key": {
                    schema.PARTITION_KEY: {"S": schema.batch_partition(batch_id)},
                    schema.SORT_KEY: {"S": schema.BATCH_SORT_KEY},
                },
                "UpdateExpression": "REMOVE reported_at ADD cancelled :one",
                "ConditionExpression": f"attribute_exists({schema.PARTITION_KEY})",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
        ]


def _view(job_id: str, item: Mapping[str, Any]) -> JobView:
    texts = {
        name: item.get(name, {}).get("S", "")
        for name in ("batch_id", "kind", "language", "path", "submitted_at", "updated_at", "end_reason")
    }
    return JobView(
        job_id=job_id,
        status=JobStatus(item["status"]["S"]),
        attempts=int(item.get("attempts", {}).get("N", "0")),
        **texts,
    )
