"""Hands jobs to the fleet: the batch and the ledger first, so that a job is known before it runs; then the lanes; then the wake-up."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from automation.fleet.later import is_kept, keep
from components.outputs import StackOutputs
from worker.domain import ledger_schema
from worker.domain.job import Job, Lane, payload_key
from worker.domain.job_codec import encode_job, message_of
from worker.domain.parcels import entries_of, parcels
from worker.domain.submitted import batch_items, job_item

WRITERS = 8
"""Requests under way at the same time."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What is handed in together."""

    jobs: Sequence[Job]
    """The jobs; all of one batch."""
    label: str = ""
    """What it is, for a person; without one the jobs have no counters and no report."""


def submit_jobs(access: AwsAccess, outputs: StackOutputs, jobs: Sequence[Job]) -> None:
    """Record and send jobs that need no report; see `submit`."""
    submit(access, outputs, Submission(jobs=jobs))


def submit(
    access: AwsAccess,
    outputs: StackOutputs,
    submission: Submission,
    *,
    tell: Callable[[int], object] = lambda _sent: None,
) -> None:
    """Record and send all jobs, telling how many are sent; raises Diagnostic naming those that SQS did not take."""
    jobs, now = submission.jobs, datetime.now(UTC)
    if submission.label:
        _record_batch(access, outputs, submission, now)
    record_jobs(access, outputs, jobs, now)
    send_jobs(access, outputs, jobs, tell=tell)


def record_jobs(access: AwsAccess, outputs: StackOutputs, jobs: Sequence[Job], now: datetime) -> None:
    """Store each request whole, for a retry, and write its ledger item."""
    dynamodb, s3 = access.client("dynamodb"), access.client("s3")

    def record(job: Job) -> None:
        s3.put_object(
            Bucket=outputs.results_bucket,
            Key=payload_key(job.job_id),
            Body=encode_job(job).encode(),
            ContentType="application/json",
        )
        dynamodb.put_item(
            TableName=outputs.ledger_table,
            Item=job_item(job, now),
            ConditionExpression=f"attribute_not_exists({ledger_schema.PARTITION_KEY})",
        )

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(record, jobs))


def send_jobs(
    access: AwsAccess,
    outputs: StackOutputs,
    jobs: Sequence[Job],
    *,
    tell: Callable[[int], object] = lambda _sent: None,
) -> None:
    """Send recorded jobs to their lanes; those that are due later than a lane can delay them wait in the ledger."""
    now = datetime.now(UTC)
    waiting = [job for job in jobs if is_kept(outputs, job, now)]
    keep(access, outputs, waiting)
    kept_ids = {job.job_id for job in waiting}
    refused: list[str] = []
    sent = len(waiting)
    tell(sent)
    for parcel in parcels([_Message.of(job) for job in jobs if job.job_id not in kept_ids]):
        refused += _send(access, outputs.lane_urls[parcel[0].lane], parcel)
        sent += len(parcel)
        tell(sent)
    if refused:
        raise Diagnostic(
            f"{len(refused)} of {len(jobs)} jobs were not taken by the queue",
            why="\n".join(refused),
            next_step="submit these files again; the others are on their way",
            reference="queue-refused",
        )


@dataclass(frozen=True)
class _Message:
    """A job on its way to a lane."""

    job: Job
    lane: Lane
    body: str
    due_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "_Message":
        return cls(job, Lane.of_priority(job.priority), message_of(job), job.not_before)


def _send(access: AwsAccess, url: str, parcel: Sequence[_Message]) -> list[str]:
    answer = access.client("sqs").send_message_batch(
        QueueUrl=url, Entries=entries_of(parcel, datetime.now(UTC))
    )
    jobs = [one.job for one in parcel]
    return [
        f"{jobs[int(failed['Id'])].path or jobs[int(failed['Id'])].job_id}: {failed.get('Message', failed['Code'])}"
        for failed in answer.get("Failed", [])
    ]


def _record_batch(access: AwsAccess, outputs: StackOutputs, submission: Submission, now: datetime) -> None:
    """Write the batch's counters before any of its jobs can end, and its line in the list of submissions."""
    for item in batch_items(submission.jobs, submission.label, now):
        access.client("dynamodb").put_item(TableName=outputs.ledger_table, Item=item)
