"""Hands jobs to the fleet: the ledger first, so that a job is known before it runs; then the lanes; then the wake-up."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs
from worker.domain import ledger_schema
from worker.domain.job import Job, JobStatus, Lane
from worker.domain.job_codec import encode_job

MESSAGES_A_BATCH = 10
"""SQS takes ten messages in one request…"""
BYTES_A_BATCH = 1_000_000
"""…and 1 MiB together, attributes and envelope included."""


def submit_jobs(access: AwsAccess, outputs: StackOutputs, jobs: Sequence[Job]) -> None:
    """Record and send all jobs; raises Diagnostic naming those that SQS did not take."""
    now = datetime.now(UTC)
    dynamodb = access.client("dynamodb")
    for job in jobs:
        dynamodb.put_item(
            TableName=outputs.ledger_table,
            Item=_job_item(job, now),
            ConditionExpression=f"attribute_not_exists({ledger_schema.PARTITION_KEY})",
        )
    urls = {
        Lane.HIGH: outputs.queue_url_high,
        Lane.NORMAL: outputs.queue_url,
        Lane.LOW: outputs.queue_url_low,
    }
    refused: list[str] = []
    for lane, url in urls.items():
        mine = [job for job in jobs if Lane.of_priority(job.priority) is lane]
        for group in _groups(mine):
            refused += _send(access, url, group)
    if refused:
        raise Diagnostic(
            f"{len(refused)} of {len(jobs)} jobs were not taken by the queue",
            why="\n".join(refused),
            next_step="submit these files again; the others are on their way",
            reference="queue-refused",
        )


def _send(access: AwsAccess, url: str, group: Sequence[Job]) -> list[str]:
    entries = [{"Id": str(index), "MessageBody": encode_job(job)} for index, job in enumerate(group)]
    answer = access.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    return [
        f"{group[int(failed['Id'])].path or group[int(failed['Id'])].job_id}: {failed.get('Message', failed['Code'])}"
        for failed in answer.get("Failed", [])
    ]


def _groups(jobs: Sequence[Job]) -> Iterator[list[Job]]:
    group: list[Job] = []
    size = 0
    for job in jobs:
        length = len(encode_job(job).encode())
        if group and (len(group) == MESSAGES_A_BATCH or size + length > BYTES_A_BATCH):
            yield group
            group, size = [], 0
        group.append(job)
        size += length
    if group:
        yield group


def _job_item(job: Job, now: datetime) -> dict[str, Any]:
    stamp = now.isoformat(timespec="milliseconds")
    texts = {
        ledger_schema.PARTITION_KEY: ledger_schema.job_partition(job.job_id),
        ledger_schema.SORT_KEY: ledger_schema.JOB_SORT_KEY,
        "job_id": job.job_id,
        "batch_id": job.batch_id or ledger_schema.ADHOC_BATCH,
        "status": JobStatus.QUEUED.value,
        "kind": job.kind.value,
        "language": job.language,
        "lane": Lane.of_priority(job.priority).value,
        "submitted_at": stamp,
        "updated_at": stamp,
    }
    if job.path is not None:
        texts["path"] = job.path
    item: dict[str, Any] = {name: {"S": value} for name, value in texts.items()}
    item["attempts"] = {"N": "0"}
    item[ledger_schema.EXPIRY_ATTRIBUTE] = {"N": str(int(time.time()) + ledger_schema.RETENTION_SECONDS)}
    return item
