"""Reads what the fleet proved: status from the ledger, results from S3."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs
from worker.domain import ledger_schema
from worker.domain.fanout import parent_of
from worker.domain.job import JOB_ID, TERMINAL_STATUSES, JobStatus, result_key

_RESULT_PREFIX = "test-results/"
_READERS = 8
"""Results read at the same time."""


@dataclass(frozen=True, kw_only=True)
class JobRow:
    """A job as the ledger has it, with its result where there is one."""

    job_id: str
    """The job."""
    status: JobStatus
    """Where it stands."""
    language: str
    """As asked for."""
    path: str | None
    """As asked for."""
    attempts: int
    """Tries so far."""
    result: Mapping[str, Any] | None = None
    """The stored result."""
    batch_id: str = ""
    """The submission; adhoc where nobody submitted it through the driver."""
    submitted_at: str = ""
    """ISO 8601, UTC."""
    end_reason: str = ""
    """Why the last attempt ended."""
    worker_id: str = ""
    """Who has or had it."""
    repository: str = ""
    """What the code belongs to."""
    replaced_by: str = ""
    """The job that repeats it."""
    not_before: str = ""
    """When it may start, ISO 8601; empty where it may at once."""

    @property
    def is_terminal(self) -> bool:
        """Nothing more will happen."""
        return self.status in TERMINAL_STATUSES

    @property
    def parent(self) -> str:
        """The job of whose search it is a share; empty where it is a job of its own."""
        return parent_of(self.job_id, self.batch_id)


def batch_rows(access: AwsAccess, outputs: StackOutputs, batch_id: str) -> tuple[JobRow, ...]:
    """Return the jobs of a submission, sorted by id, without their results."""
    pages = (
        access.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=outputs.ledger_table,
            IndexName=ledger_schema.BATCH_INDEX,
            KeyConditionExpression="batch_id = :batch",
            ExpressionAttributeValues={":batch": {"S": batch_id}},
        )
    )
    return tuple(
        _row(item)
        for page in pages
        for item in page["Items"]
        if item["sk"]["S"] == ledger_schema.JOB_SORT_KEY
    )


def children_rows(access: AwsAccess, outputs: StackOutputs, job_id: str) -> tuple[JobRow, ...]:
    """Return the jobs that the search of a job was split into; the index may be a moment behind."""
    return tuple(row for row in batch_rows(access, outputs, job_id) if row.parent == job_id)


def job_rows(access: AwsAccess, outputs: StackOutputs, job_ids: Sequence[str]) -> tuple[JobRow, ...]:
    """Return the jobs named; one that the ledger does not know yet is queued."""
    return tuple(_known_or_queued(access, outputs, job_id) for job_id in job_ids)


def stored_job_ids(access: AwsAccess, outputs: StackOutputs, *, limit: int) -> tuple[str, ...]:
    """Return the ids of the newest stored results, newest first."""
    found: list[tuple[Any, str]] = []
    pages = (
        access.client("s3")
        .get_paginator("list_objects_v2")
        .paginate(Bucket=outputs.results_bucket, Prefix=_RESULT_PREFIX)
    )
    for page in pages:
        for entry in page.get("Contents", []):
            name = str(entry["Key"]).removeprefix(_RESULT_PREFIX).removesuffix(".json")
            if JOB_ID.fullmatch(name):  # whatever else lies there is no result of a job
                found.append((entry["LastModified"], name))
    found.sort(reverse=True)
    return tuple(name for _, name in found[:limit])


def measured_seconds(access: AwsAccess, outputs: StackOutputs, repository: str) -> dict[str, float]:
    """Return what the files of a repository took when they were tested last: path -> seconds."""
    pages = (
        access.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=outputs.ledger_table,
            KeyConditionExpression="pk = :repository",
            ExpressionAttributeValues={
                ":repository": {"S": ledger_schema.measured_partition(repository[:256])}
            },
        )
    )
    return {
        item["sk"]["S"].removeprefix("path#"): float(item["seconds"]["N"])
        for page in pages
        for item in page["Items"]
    }


def attempt_rows(access: AwsAccess, outputs: StackOutputs, job_id: str) -> list[dict[str, str]]:
    """Return a job's attempts in order: number, worker, started, ended, end."""
    answer = access.client("dynamodb").query(
        TableName=outputs.ledger_table,
        KeyConditionExpression="pk = :job AND begins_with(sk, :attempt)",
        ExpressionAttributeValues={
            ":job": {"S": ledger_schema.job_partition(job_id)},
            ":attempt": {"S": ledger_schema.ATTEMPT_PREFIX},
        },
        ConsistentRead=True,
    )
    return [
        {
            "attempt": str(int(item["sk"]["S"].removeprefix(ledger_schema.ATTEMPT_PREFIX))),
            "worker_id": _text(item, "worker_id"),
            "started_at": _text(item, "started_at")[:19],
            "ended_at": _text(item, "ended_at")[:19],
            "end_reason": _text(item, "end_reason"),
        }
        for item in answer["Items"]
    ]


def with_results(access: AwsAccess, outputs: StackOutputs, rows: Iterable[JobRow]) -> tuple[JobRow, ...]:
    """Attach the stored results."""

    def attach(row: JobRow) -> JobRow:
        result = read_result(access, outputs, row.job_id)
        status = JobStatus(result["status"]) if result else row.status
        return replace(row, status=status, result=result)

    with ThreadPoolExecutor(_READERS) as readers:
        return tuple(readers.map(attach, rows))


def read_result(access: AwsAccess, outputs: StackOutputs, job_id: str) -> dict[str, Any] | None:
    """Return a stored result, None where there is none yet."""
    try:
        answer = access.client("s3").get_object(Bucket=outputs.results_bucket, Key=result_key(job_id))
    except ClientError as fault:
        if fault.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            return None
        raise
    result: dict[str, Any] = json.loads(answer["Body"].read())
    return result


@dataclass(frozen=True, kw_only=True)
class WrittenTests:
    """A test file on disk."""

    job_id: str
    """The job."""
    folder: Path
    """Holds the test file and the code under test."""
    language: str
    """Language."""
    command: tuple[str, ...]
    """How to run it, from the folder."""


def write_tests(rows: Iterable[JobRow], folder: Path) -> tuple[WrittenTests, ...]:
    """Write each proved test file beside its subject, a folder a job; raises Diagnostic where the disk refuses."""
    try:
        return tuple(_written(rows, folder))
    except OSError as fault:
        raise Diagnostic(
            f"the tests can't be written to {folder}",
            why=str(fault),
            next_step="name another folder with --write; nothing is lost, the results are stored",
            reference="write-failed",
        ) from fault


def _written(rows: Iterable[JobRow], folder: Path) -> Iterator[WrittenTests]:
    for row in rows:
        file = (row.result or {}).get("test_file")
        if not file or not JOB_ID.fullmatch(row.job_id):
            continue
        place = folder / row.job_id
        place.mkdir(parents=True, exist_ok=True)
        # Results come from a bucket: a name in one must never lead out of its folder.
        _write(place / Path(file["path"]).name, file["content"])
        _write(place / Path(file["subject_path"]).name, file.get("subject_content", ""))
        yield WrittenTests(
            job_id=row.job_id, folder=place, language=row.language, command=tuple(file["command"])
        )


def _write(path: Path, text: str) -> None:
    """Write a file, never through a link that somebody laid there."""
    if path.is_symlink():
        path.unlink()
    path.write_text(text, encoding="utf-8", errors="backslashreplace")


def _known_or_queued(access: AwsAccess, outputs: StackOutputs, job_id: str) -> JobRow:
    key = ledger_schema.job_key(job_id)
    item = (
        access.client("dynamodb")
        .get_item(TableName=outputs.ledger_table, Key=key, ConsistentRead=True)
        .get("Item")
    )
    if item is None:
        return JobRow(job_id=job_id, status=JobStatus.QUEUED, language="?", path=None, attempts=0)
    return _row(item)


def _row(item: Mapping[str, Mapping[str, str]]) -> JobRow:
    return JobRow(
        job_id=item["job_id"]["S"],
        status=JobStatus(item["status"]["S"]),
        language=item.get("language", {}).get("S", "?"),
        path=item.get("path", {}).get("S"),
        attempts=int(item.get("attempts", {}).get("N", "0")),
        batch_id=_text(item, "batch_id"),
        submitted_at=_text(item, "submitted_at"),
        end_reason=_text(item, "end_reason"),
        worker_id=_text(item, "worker_id"),
        repository=_text(item, "repository"),
        replaced_by=_text(item, "replaced_by"),
        not_before=_text(item, "not_before"),
    )


def _text(item: Mapping[str, Mapping[str, str]], name: str) -> str:
    return item.get(name, {}).get("S", "")
