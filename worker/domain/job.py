"""Job: one piece of requested work, and its message codec.

The shortest message is ``{"type": "test", "code": "…", "language": "javascript"}``; every other field has a default, and
the job id then comes from the message id, so that a redelivery is the same job.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from worker.domain.errors import MessageRejected, RequestRejected

MAXIMUM_CODE_BYTES = 700_000
"""Largest code of one job, in UTF-8 bytes: what SQS takes (1 MiB a message) less room for JSON escapes."""

MAXIMUM_BUDGET_SECONDS = 600.0
"""Longest time that a job may ask for its search, in seconds."""

JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
"""Job ids become S3 keys and file names: nothing that a path or a shell could read otherwise."""


class JobKind(StrEnum):
    """What is asked for."""

    TEST = "test"


class JobStatus(StrEnum):
    """Where a job stands. The last three are terminal."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL_STATUSES = frozenset({JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED})


class Lane(StrEnum):
    """The queue that a priority maps to (SQS has no priorities of its own)."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @classmethod
    def of_priority(cls, priority: int) -> "Lane":
        """Map a priority: at most 0 is low, 1 to 4 normal, 5 and more high."""
        if priority >= 5:
            return cls.HIGH
        return cls.NORMAL if priority >= 1 else cls.LOW


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of requested work."""

    job_id: str
    """Unique; names the result `test-results/{job_id}.json`."""
    kind: JobKind
    """What is asked for."""
    language: str
    """Language name as the sender wrote it, lower case; whether it is served is the dispatcher's question."""
    code: str
    """The code under test, one module."""
    path: str | None = None
    """Where the sender has the code, for naming test files; never opened by the worker."""
    priority: int = 1
    """Chooses the lane, see `Lane.of_priority`."""
    batch_id: str | None = None
    """The submission that this job belongs to."""
    seed: int = 1
    """Seed of every random choice, so that a second attempt repeats the first."""
    budget_seconds: float | None = None
    """Time for the search, in seconds; None takes the worker's setting."""

    @property
    def result_key(self) -> str:
        """S3 key of the result."""
        return result_key(self.job_id)


def result_key(job_id: str) -> str:
    """S3 key of a job's result."""
    return f"test-results/{job_id}.json"


def encode_job(job: Job) -> str:
    """Write a job as a message body."""
    fields: dict[str, object] = {
        "type": job.kind.value,
        "job_id": job.job_id,
        "language": job.language,
        "code": job.code,
        "priority": job.priority,
        "seed": job.seed,
    }
    optional = {"path": job.path, "batch_id": job.batch_id, "budget_seconds": job.budget_seconds}
    fields.update({name: value for name, value in optional.items() if value is not None})
    return json.dumps(fields, ensure_ascii=False)


def job_id_in(body: str, *, message_id: str) -> str:
    """Return the job id of a body, well formed or not; the message id where the body names none that is usable."""
    try:
        fields = json.loads(body)
    except ValueError:
        return message_id
    named = fields.get("job_id") if isinstance(fields, dict) else None
    return named if isinstance(named, str) and JOB_ID.fullmatch(named) else message_id


def decode_job(body: str, *, message_id: str) -> Job:
    """Read a message body.

    Raises MessageRejected where the body is no JSON object with a `type` (nothing could be told to anybody), and
    RequestRejected, naming all faults, where it is one that can't be served.
    """
    fields = _object_in(body)
    faults: list[str] = []
    kind = _kind(fields, faults)
    job = Job(
        job_id=_job_id(fields, message_id, faults),
        kind=kind,
        language=_text(fields, "language", faults).strip().lower(),
        code=_code(fields, faults),
        path=_optional_text(fields, "path", faults),
        priority=_integer(fields, "priority", 1, faults),
        batch_id=_optional_text(fields, "batch_id", faults),
        seed=_integer(fields, "seed", 1, faults),
        budget_seconds=_budget(fields, faults),
    )
    if faults:
        raise RequestRejected("; ".join(faults))
    return job


def _object_in(body: str) -> Mapping[str, object]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MessageRejected(f"the body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise MessageRejected(f"the body is a JSON {type(fields).__name__}, not an object")
    if "type" not in fields:
        raise MessageRejected('the body names no "type"')
    return fields


def _kind(fields: Mapping[str, object], faults: list[str]) -> JobKind:
    kind = fields["type"]
    if isinstance(kind, str) and kind in set(JobKind):
        return JobKind(kind)
    known = ", ".join(JobKind)
    faults.append(f"type {kind!r:.80} is not served (known: {known})")
    return JobKind.TEST


def _job_id(fields: Mapping[str, object], message_id: str, faults: list[str]) -> str:
    named = fields.get("job_id", message_id)
    if isinstance(named, str) and JOB_ID.fullmatch(named):
        return named
    faults.append(f"job_id {named!r:.80} is not letters, digits, '-' and '_' (80 at most)")
    return message_id


def _text(fields: Mapping[str, object], name: str, faults: list[str]) -> str:
    value = fields.get(name)
    if isinstance(value, str):
        return value
    faults.append(f"{name} is missing" if value is None else f"{name} is not text")
    return ""


def _code(fields: Mapping[str, object], faults: list[str]) -> str:
    code = _text(fields, "code", faults)
    if not isinstance(fields.get("code"), str):
        return code
    if not code.strip():
        faults.append("code is empty")
    if "\x00" in code:
        faults.append("code is binary (it holds a NUL character)")
    try:
        size = len(code.encode())
    except UnicodeEncodeError:
        faults.append("code is not valid Unicode (it holds a lone surrogate)")
        return code
    if size > MAXIMUM_CODE_BYTES:
        faults.append(f"code has {size} bytes, more than {MAXIMUM_CODE_BYTES}")
    return code


def _optional_text(fields: Mapping[str, object], name: str, faults: list[str]) -> str | None:
    return None if fields.get(name) is None else _text(fields, name, faults)


def _integer(fields: Mapping[str, object], name: str, default: int, faults: list[str]) -> int:
    value = fields.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    faults.append(f"{name} is not a whole number of 32 bits")
    return default


def _budget(fields: Mapping[str, object], faults: list[str]) -> float | None:
    value = fields.get("budget_seconds")
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAXIMUM_BUDGET_SECONDS:
        return float(value)
    faults.append(f"budget_seconds is not a number above 0 and at most {MAXIMUM_BUDGET_SECONDS:g}")
    return None
