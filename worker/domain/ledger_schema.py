"""The ledger's single table: keys and attribute names that worker, driver and infrastructure share.

| item     | pk                    | sk                 | attributes |
|----------|-----------------------|--------------------|------------|
| job      | job#{job_id}          | job                | status, kind, language, path, lane, batch_id, repository, submitted_at, updated_at, not_before, attempts, failures, end_reason, worker_id, seconds, tests, cancel_requested_at, retry_of, replaced_by, expires_at |
| attempt  | job#{job_id}          | attempt#{number}   | worker_id, started_at, ended_at, end_reason |
| batch    | batch#{id}            | batch              | label, repository, submitted_at, updated_at, total, succeeded, failed, cancelled, reported_at, expires_at |
| recent   | batches               | {submitted_at}#{id} | batch_id, label, total, expires_at |
| slot     | limit#{name}          | slot#{index}       | holder, held_until |
| memory   | memory#{key}          | memory             | owner, held_until, artifact_key, created_at, hits, expires_at |
| tally    | tallies               | {class}#{arm}      | tried, kept, seconds |
| health   | engines               | {name}             | failures, open_until |
| flaky    | flaky#{sha256}        | test#{name}        | seen, updated_at, expires_at |
| measured | measured#{repository} | path#{path}        | seconds, updated_at, expires_at |
| worker   | fleet                 | worker#{worker_id} | task_arn, engine, started_at, seen_at, running, concurrency, is_draining, closed_for, left_at, expires_at |
| good     | deployments           | {at}               | deployment (JSON): stack file, commit, image, revision of a deployment that proved good |
| meter    | meter                 | {YYYY-MM}          | spent_usd, worker_seconds, unpriced_seconds, told, workers, looked_at, since, function_seconds |
| later    | later                 | {due_at}#{job_id}  | job_id, due_at, lane, message: a job that is due later than SQS can delay it |
| sending  | control               | sending            | holder, held_until: which controller sends such jobs now |
| wishes   | control               | wishes             | wishes (JSON): what people set of the fleet's size |
| look     | control               | look               | version, looked_at, since, desired, reason, sentence, next_at, next_change, trouble, budget, minimum, maximum, idle_seconds, every_seconds, memory, ask (JSON): which workers are to take no more |
| change   | control               | change#{at}        | at, before, after, reason, sentence, expires_at |

An attempt without `ended_at` is under way, or its worker died. Numbers are N, times ISO 8601 UTC texts, but for
`held_until`, `open_until` and `expires_at`, which are epoch seconds (N).

The index `by_batch` (batch_id, job_id) lists the jobs of a submission; jobs that nobody submitted through the driver have the
batch `adhoc`, which has no item and no counters. A batch's counters change in the transaction that ends a job: each job counts once. A
job with `replaced_by` counts no more: its retry does.
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


BATCH_SORT_KEY = "batch"
RECENT_PARTITION = "batches"
"""Lists the submissions by time: the newest are read without looking at anything else."""
FLEET_PARTITION = "fleet"
METER_PARTITION = "meter"
"""What each month cost, as it is metered."""
CONTROL_PARTITION = "control"
"""The fleet's size: what people want, what the controller saw and decided last, and what it changed."""
LATER_PARTITION = "later"
"""Jobs that wait for their time, in its order."""
SENDING_SORT_KEY = "sending"
WISHES_SORT_KEY = "wishes"
RECORD_SORT_KEY = "look"
CHANGE_PREFIX = "change#"
MEMORY_SORT_KEY = "memory"
WORKER_PREFIX = "worker#"
WORKER_SILENCE_SECONDS = 90
"""A worker that has not reported for so long is gone; it reports three times in it."""


def job_key(job_id: str) -> dict[str, dict[str, str]]:
    """Key of a job's item."""
    return {PARTITION_KEY: {"S": job_partition(job_id)}, SORT_KEY: {"S": JOB_SORT_KEY}}


def limit_partition(name: str) -> str:
    """Partition key of a limit's slots."""
    return f"limit#{name}"


def slot_sort_key(index: int) -> str:
    """Sort key of one slot, counted from 0."""
    return f"slot#{index:04d}"


def memory_partition(key: str) -> str:
    """Partition key of something remembered by its content's digest."""
    return f"memory#{key}"


TALLIES_PARTITION = "tallies"
"""All of them together, since there are few and `engines` shows them all; a write a job is far from what a partition takes."""
ENGINES_PARTITION = "engines"


def tally_sort_key(job_class: str, arm: str = "") -> str:
    """Sort key of one way to do a class of jobs, such as python/small; without it what all of that class begin with."""
    return f"{job_class}#{arm}"


def flaky_partition(source_sha256: str) -> str:
    """Partition key of the flaky tests of a source."""
    return f"flaky#{source_sha256}"


def flaky_sort_key(name: str) -> str:
    """Sort key of a flaky test."""
    return f"test#{name}"


def measured_partition(repository: str) -> str:
    """Partition key of the measured times of a repository's files."""
    return f"measured#{repository}"


def measured_sort_key(path: str) -> str:
    """Sort key of a file's measured time."""
    return f"path#{path}"


def worker_sort_key(worker_id: str) -> str:
    """Sort key of a worker's report of itself."""
    return f"{WORKER_PREFIX}{worker_id}"
