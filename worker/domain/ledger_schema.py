"""The ledger's single table: keys and attribute names that worker, driver and infrastructure share.

| item    | pk           | sk               | attributes |
|---------|--------------|------------------|------------|
| job     | job#{job_id} | job              | status, kind, language, path, lane, batch_id, submitted_at, updated_at, attempts, failures, end_reason, worker_id, expires_at |
| attempt | job#{job_id} | attempt#{number} | worker_id, started_at, ended_at, end_reason, seconds |
| batch   | batch#{id}   | batch            | submitted (count), submitted_at |

An attempt without `ended_at` is under way, or its worker died.

The index `by_batch` (batch_id, job_id) lists the jobs of a submission; jobs that nobody submitted through the driver have the batch `adhoc`.
"""

PARTITION_KEY = "pk"
SORT_KEY = "sk"
EXPIRY_ATTRIBUTE = "expires_at"
"""Epoch seconds after which DynamoDB may delete the item."""
BATCH_INDEX = "by_batch"
BATCH_INDEX_PARTITION_KEY = "batch_id"
BATCH_INDEX_SORT_KEY = "job_id"
ADHOC_BATCH = "adhoc"
JOB_SORT_KEY = "job"
ATTEMPT_PREFIX = "attempt#"
RETENTION_SECONDS = 90 * 86_400
"""How long the ledger remembers a job."""


def job_partition(job_id: str) -> str:
    """Partition key of a job and its attempts."""
    return f"job#{job_id}"


def attempt_sort_key(number: int) -> str:
    """Sort key of an attempt, counted from 1; zero-padded so that they sort."""
    return f"{ATTEMPT_PREFIX}{number:04d}"


def batch_partition(batch_id: str) -> str:
    """Partition key of a batch."""
    return f"batch#{batch_id}"
