"""Submissions: list, show, report, call off, repeat."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from automation.errors import Diagnostic, UsageFault
from automation.fleet import later
from automation.fleet.access import AwsAccess
from automation.fleet.results import JobRow, batch_rows, with_results
from automation.fleet.submission import send_jobs
from components.outputs import StackOutputs
from worker.domain import ledger_schema as schema
from worker.domain.batch import BatchProgress
from worker.domain.calling_off import asking, ending
from worker.domain.job import TERMINAL_STATUSES, Job, payload_key
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.reports.files import report_files
from worker.domain.submitted import job_item

_PAUSE_SECONDS = 0.05
_RETRY = re.compile(r"-r(\d+)$")


@dataclass(frozen=True, kw_only=True)
class BatchView:
    """A submission."""

    progress: BatchProgress
    """Counters."""
    label: str
    """What it is."""
    submitted_at: str
    """ISO 8601, UTC."""


def recent_batches(access: AwsAccess, outputs: StackOutputs, *, limit: int) -> tuple[BatchView, ...]:
    """Return the newest submissions, newest first."""
    answer = access.client("dynamodb").query(
        TableName=outputs.ledger_table,
        KeyConditionExpression=f"{schema.PARTITION_KEY} = :recent",
        ExpressionAttributeValues={":recent": {"S": schema.RECENT_PARTITION}},
        ScanIndexForward=False,
        Limit=limit,
    )
    ids = [item[schema.SORT_KEY]["S"].partition("#")[2] for item in answer["Items"]]
    found = (find_batch(access, outputs, batch_id) for batch_id in ids)
    return tuple(view for view in found if view is not None)


def find_batch(access: AwsAccess, outputs: StackOutputs, batch_id: str) -> BatchView | None:
    """Return a submission; None where the ledger knows none of this name."""
    key = {
        schema.PARTITION_KEY: {"S": schema.batch_partition(batch_id)},
        schema.SORT_KEY: {"S": schema.BATCH_SORT_KEY},
    }
    item = (
        access.client("dynamodb")
        .get_item(TableName=outputs.ledger_table, Key=key, ConsistentRead=True)
        .get("Item")
    )
    if item is None:
        return None
    counts = {
        name: int(item.get(name, {}).get("N", "0")) for name in ("total", "succeeded", "failed", "cancelled")
    }
    return BatchView(
        progress=BatchProgress(batch_id=batch_id, **counts),
        label=item.get("label", {}).get("S", ""),
        submitted_at=item.get("submitted_at", {}).get("S", ""),
    )


def known_batch(access: AwsAccess, outputs: StackOutputs, batch_id: str) -> BatchView:
    """Return a submission; raises UsageFault where there is none."""
    view = find_batch(access, outputs, batch_id) if batch_id else None
    if view is None:
        raise UsageFault(
            f"there is no batch {batch_id[:80]!r}",
            next_step="python -m automation batch list",
            reference="batch-missing",
        )
    return view


def write_report(access: AwsAccess, outputs: StackOutputs, view: BatchView, folder: Path) -> tuple[Path, ...]:
    """Build the report from the results that are there, and write its files; raises Diagnostic where the disk refuses."""
    rows = with_results(access, outputs, counted_rows(access, outputs, view.progress.batch_id))
    results = [row.result for row in rows if row.result is not None]
    files = report_files(view.progress, label=view.label, results=results)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as fault:
        raise Diagnostic(
            f"the report can't be written to {folder}",
            why=str(fault),
            next_step="name another folder with --to",
            reference="write-failed",
        ) from fault
    return tuple(folder / name for name in files)


def counted_rows(access: AwsAccess, outputs: StackOutputs, batch_id: str) -> tuple[JobRow, ...]:
    """Return the jobs of a submission that count: not those that a retry replaced."""
    return tuple(row for row in batch_rows(access, outputs, batch_id) if not row.replaced_by)


def cancel_jobs(access: AwsAccess, outputs: StackOutputs, rows: Iterable[JobRow]) -> dict[str, str]:
    """Call jobs off: queued ones end at once, running ones within seconds. Return job id -> what happened."""
    return {row.job_id: _cancel(access, outputs, row) for row in rows}


def _cancel(access: AwsAccess, outputs: StackOutputs, row: JobRow) -> str:
    now, table = datetime.now(UTC), {"TableName": outputs.ledger_table}
    if row.status in TERMINAL_STATUSES:
        return f"had ended: {row.status.value}"
    ended = table | ending(row.job_id, now)
    if _transacted(access, [ended, *_counted(outputs, row.batch_id, {"cancelled": 1})]):
        if row.not_before:
            later.forget(access, outputs, row.job_id, datetime.fromisoformat(row.not_before))
        return "cancelled"
    try:
        access.client("dynamodb").update_item(**table, **asking(row.job_id, now))
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return "had ended"
    return "asked its worker to stop"


def retry_jobs(access: AwsAccess, outputs: StackOutputs, rows: Sequence[JobRow]) -> dict[str, str]:
    """Submit ended jobs once more, as new jobs of the same batch; return old id -> new id. Raises UsageFault together."""
    faults = [
        f"{row.job_id}: {row.status.value}, not ended" for row in rows if row.status not in TERMINAL_STATUSES
    ]
    faults += [f"{row.job_id}: already repeated by {row.replaced_by}" for row in rows if row.replaced_by]
    jobs = {row.job_id: _stored_request(access, outputs, row.job_id) for row in rows}
    faults += [f"{job_id}: its request is not stored any more" for job_id, job in jobs.items() if job is None]
    if faults:
        raise UsageFault(
            "nothing was repeated: some jobs can't be",
            why="\n".join(faults),
            next_step="leave these out",
            reference="retry-refused",
        )
    again = [_again(job) for job in jobs.values() if job is not None]
    for row, job in zip(rows, again, strict=True):
        _replace(access, outputs, row, job)
    send_jobs(access, outputs, again)
    return {row.job_id: job.job_id for row, job in zip(rows, again, strict=True)}


def _again(job: Job) -> Job:
    found = _RETRY.search(job.job_id)
    number = int(found.group(1)) + 1 if found else 2
    base = _RETRY.sub("", job.job_id)[:70]
    return replace(job, job_id=f"{base}-r{number}", retry_of=job.job_id, not_before=None, seed=job.seed + 1)


def _replace(access: AwsAccess, outputs: StackOutputs, row: JobRow, job: Job) -> None:
    """In one transaction: the old job counts no more, the new one is queued. Its request is stored before."""
    access.client("s3").put_object(
        Bucket=outputs.results_bucket,
        Key=payload_key(job.job_id),
        Body=encode_job(job).encode(),
        ContentType="application/json",
    )
    old = {
        "TableName": outputs.ledger_table,
        "Key": schema.job_key(row.job_id),
        "UpdateExpression": "SET replaced_by = :new",
        "ConditionExpression": "attribute_not_exists(replaced_by)",
        "ExpressionAttributeValues": {":new": {"S": job.job_id}},
    }
    put = {
        "Put": {
            "TableName": outputs.ledger_table,
            "Item": job_item(job, datetime.now(UTC)),
            "ConditionExpression": f"attribute_not_exists({schema.PARTITION_KEY})",
        }
    }
    if not _transacted(access, [old, *_counted(outputs, row.batch_id, {row.status.value: -1})], puts=[put]):
        raise Diagnostic(
            f"{row.job_id} could not be repeated",
            why="somebody else repeated it just now",
            next_step="python -m automation jobs list",
            reference="retry-raced",
        )


def _stored_request(access: AwsAccess, outputs: StackOutputs, job_id: str) -> Job | None:
    try:
        answer = access.client("s3").get_object(Bucket=outputs.results_bucket, Key=payload_key(job_id))
    except ClientError as fault:
        if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            return None
        raise
    return decode_job(answer["Body"].read().decode(), message_id=job_id)


def _counted(outputs: StackOutputs, batch_id: str, changes: Mapping[str, int]) -> list[dict[str, Any]]:
    """The change of a batch's counters; nothing where the jobs have no counted batch."""
    if batch_id in {"", schema.ADHOC_BATCH}:
        return []
    return [
        {
            "TableName": outputs.ledger_table,
            "Key": {
                schema.PARTITION_KEY: {"S": schema.batch_partition(batch_id)},
                schema.SORT_KEY: {"S": schema.BATCH_SORT_KEY},
            },
            "UpdateExpression": f"REMOVE reported_at ADD {', '.join(f'{name} :{name}' for name in changes)}",
            "ConditionExpression": f"attribute_exists({schema.PARTITION_KEY})",
            "ExpressionAttributeValues": {f":{name}": {"N": str(by)} for name, by in changes.items()},
        }
    ]


def _transacted(
    access: AwsAccess, updates: Sequence[Mapping[str, Any]], *, puts: Sequence[Mapping[str, Any]] = ()
) -> bool:
    """Write all or nothing; False where the first condition does not hold. A batch without counters is left out."""
    client = access.client("dynamodb")
    while True:
        try:
            client.transact_write_items(TransactItems=[*({"Update": update} for update in updates), *puts])
        except client.exceptions.TransactionCanceledException as fault:
            reasons = [reason.get("Code") for reason in fault.response.get("CancellationReasons", [])]
            if reasons and reasons[0] == "ConditionalCheckFailed":
                return False
            if "TransactionConflict" in reasons:
                time.sleep(_PAUSE_SECONDS)
                continue  # a worker counted a job of the batch at the same moment
            if len(updates) > 1 and reasons[1] == "ConditionalCheckFailed":
                updates = updates[:1]
                continue
            raise
        return True
