"""Pure: what the ledger holds of a submission before any of it runs; the driver and ingress write the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from worker.domain import ledger_schema as schema
from worker.domain.job import Job, JobStatus, Lane


def job_item(job: Job, now: datetime) -> dict[str, Any]:
    """Return the ledger item of a queued job."""
    stamp = now.isoformat(timespec="milliseconds")
    texts = {
        schema.PARTITION_KEY: schema.job_partition(job.job_id),
        schema.SORT_KEY: schema.JOB_SORT_KEY,
        "job_id": job.job_id,
        "batch_id": job.batch_id or schema.ADHOC_BATCH,
        "status": JobStatus.QUEUED.value,
        "kind": job.kind.value,
        "language": job.language,
        "lane": Lane.of_priority(job.priority).value,
        "submitted_at": stamp,
        "updated_at": stamp,
    }
    optional = {
        "path": job.path,
        "repository": job.repository,
        "retry_of": job.retry_of,
        "not_before": job.not_before.isoformat() if job.not_before else None,
    }
    texts.update({name: value for name, value in optional.items() if value is not None})
    item: dict[str, Any] = {name: {"S": value} for name, value in texts.items()}
    item["attempts"] = {"N": "0"}
    item[schema.EXPIRY_ATTRIBUTE] = _expiry(now)
    return item


def batch_items(jobs: Sequence[Job], label: str, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the item of a submission's counters, and its line in the list of submissions."""
    first, stamp = jobs[0], now.isoformat(timespec="milliseconds")
    batch_id = first.batch_id or schema.ADHOC_BATCH
    common = {
        "label": {"S": label[:256].encode("utf-8", "backslashreplace").decode()},
        "total": {"N": str(len(jobs))},
        schema.EXPIRY_ATTRIBUTE: _expiry(now),
    }
    counters = {
        schema.PARTITION_KEY: {"S": schema.batch_partition(batch_id)},
        schema.SORT_KEY: {"S": schema.BATCH_SORT_KEY},
        "repository": {"S": first.repository or ""},
        "submitted_at": {"S": stamp},
        **{name: {"N": "0"} for name in ("succeeded", "failed", "cancelled")},
        **common,
    }
    line = {
        schema.PARTITION_KEY: {"S": schema.RECENT_PARTITION},
        schema.SORT_KEY: {"S": f"{stamp}#{batch_id}"},
        **common,
    }
    return counters, line


def _expiry(now: datetime) -> dict[str, str]:
    return {"N": str(int(now.timestamp()) + schema.RETENTION_SECONDS)}
