"""Batch: the jobs of one submission, their counts, and where their report lies."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BatchProgress:
    """The counters of a batch at one moment."""

    batch_id: str
    """The submission."""
    total: int
    """Jobs that count: those submitted, less those that a retry replaced, plus the retries."""
    succeeded: int = 0
    """Jobs that ended well."""
    failed: int = 0
    """Jobs that ended badly."""
    cancelled: int = 0
    """Jobs that were called off."""

    @property
    def ended(self) -> int:
        """Jobs that ended, however."""
        return self.succeeded + self.failed + self.cancelled

    @property
    def is_complete(self) -> bool:
        """Every job has ended."""
        return self.ended >= self.total


@dataclass(frozen=True, kw_only=True)
class BatchRecord:
    """A batch as the ledger has it."""

    progress: BatchProgress
    """Its counters."""
    label: str
    """What was submitted, for a person."""
    is_reported: bool
    """Its report is stored."""


REPORT_FILES = ("report.json", "junit.xml", "coverage.xml", "lcov.info", "report.md", "report.html")
"""What is written when a batch ends, and by `batch report` while it runs."""


def report_key(batch_id: str, name: str) -> str:
    """S3 key of a file of a batch's report."""
    return f"batches/{batch_id}/{name}"
