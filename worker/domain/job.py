"""Job: one piece of requested work. Its message is worker.domain.job_codec's."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.domain.fanout import Share
from worker.domain.origin import Origin
from worker.domain.reply import Reply

MAXIMUM_CODE_BYTES = 4_000_000
"""Largest code of one job, in UTF-8 bytes: no module that a person wrote is larger."""

MAXIMUM_MESSAGE_BYTES = 1_000_000
"""Largest message body: SQS takes 1 MiB, attributes included. A larger request goes through S3 (see payload_key)."""

MAXIMUM_TEST_FILES = 50
"""Most files that may come with a fix job…"""

MAXIMUM_LOG_CHARACTERS = 200_000
"""…and the longest log: the end of it tells what failed."""

MAXIMUM_CHANGED_LINES = 2_000
"""Of so many lines a job says that they were changed; where more were, that tells little."""

MAXIMUM_TARGETS = 500
"""Most targets that a job may name."""

MAXIMUM_LABEL = 1024
"""Most characters of a path, a batch's id and whatever else names something."""

MAXIMUM_DELAY_DAYS = 30
"""How far ahead a job may be scheduled: below the ledger's memory."""

MAXIMUM_BUDGET_SECONDS = 600.0
"""Longest time that a job may ask for its search, in seconds."""

JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
"""Job ids become S3 keys and file names: nothing that a path or a shell could read otherwise."""


class JobKind(StrEnum):
    """What is asked for."""

    TEST = "test"
    FIX = "fix"
    REPLY = "reply"
    """Somebody spoke to the fleet, and is told something."""


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
class SourceFile:
    """A file that comes with a job: tests that fail, or what the code needs beside it. Never changed by a fix."""

    path: str
    """Relative to the code's folder, such as tests/test_colors.py."""
    text: str
    """Its text."""


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
    targets: tuple[str, ...] = ()
    """Only these functions, methods or classes of the module, dotted; empty means all of them."""
    repository: str | None = None
    """What the code belongs to, as the sender names it; bounds how many of its jobs run at the same time."""
    not_before: datetime | None = None
    """Not to be started earlier, UTC; None means at once."""
    retry_of: str | None = None
    """The job that this one repeats."""
    tests: tuple[SourceFile, ...] = ()
    """Of a fix job: the files whose tests fail, and what they need beside the code."""
    changed_lines: tuple[int, ...] = ()
    """Of a fix job: the lines of the code (1-based) that were changed last; empty where nobody knows."""
    log: str = ""
    """Of a fix job: what a failing command printed; it may be all that there is."""
    children: int | None = None
    """Of a fix job: child jobs that its search may be split into; 0 is none, None leaves it to the worker."""
    share: Share | None = None
    """Of a child: its part of its parent's search."""
    origin: Origin | None = None
    """Where on a forge it comes from; one without code is about the repository at that commit."""
    reply: Reply | None = None
    """Of a reply: what is said, and where in `repository`."""
    traceparent: str | None = None
    """W3C trace context of the submission, so that one trace leads from the terminal to the sandbox."""

    @property
    def is_of_repository(self) -> bool:
        """The code is still to be fetched from the origin's commit."""
        return self.origin is not None and not self.code

    @property
    def result_key(self) -> str:
        """S3 key of the result."""
        return result_key(self.job_id)


def result_key(job_id: str) -> str:
    """S3 key of a job's result."""
    return f"test-results/{job_id}.json"


def payload_key(job_id: str) -> str:
    """S3 key of a job's request, whole: for a retry, and for a request that is larger than SQS takes."""
    return f"payloads/{job_id}.json"
