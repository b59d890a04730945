"""Picks jobs from the ledger: by name, by submission, or the newest that match."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from automation.errors import UsageFault
from automation.fleet.access import AwsAccess
from automation.fleet.batches import recent_batches
from automation.fleet.results import JobRow, batch_rows, job_rows
from components.outputs import StackOutputs
from worker.domain.job import JOB_ID, JobStatus
from worker.domain.ledger_schema import ADHOC_BATCH

BATCHES_LOOKED_AT = 50
"""Newest submissions among which jobs are looked for where no submission is named."""


@dataclass(frozen=True, kw_only=True)
class JobFilter:
    """Which jobs are wanted."""

    batch_id: str | None = None
    """Of this submission only."""
    status: str | None = None
    """With this status only."""
    language: str | None = None
    """In this language only."""
    repository: str | None = None
    """Of this repository only."""

    def matches(self, row: JobRow) -> bool:
        """Whether the row is wanted."""
        return (
            (self.status is None or row.status is JobStatus(self.status))
            and (self.language is None or row.language == self.language)
            and (self.repository is None or row.repository == self.repository)
        )


def matching_rows(
    access: AwsAccess, outputs: StackOutputs, wanted: JobFilter, *, limit: int
) -> tuple[JobRow, ...]:
    """Return the newest jobs that match, newest first."""
    found = [row for row in _candidates(access, outputs, wanted) if wanted.matches(row)]
    return tuple(sorted(found, key=lambda row: row.submitted_at, reverse=True)[:limit])


def named_rows(access: AwsAccess, outputs: StackOutputs, job_ids: Iterable[str]) -> tuple[JobRow, ...]:
    """Return the jobs named; raises UsageFault that names all which the ledger does not know."""
    wanted = tuple(dict.fromkeys(job_ids))
    usable = tuple(job_id for job_id in wanted if JOB_ID.fullmatch(job_id))
    rows = {row.job_id: row for row in job_rows(access, outputs, usable) if row.submitted_at}
    unknown = [job_id for job_id in wanted if job_id not in rows]
    if unknown:
        raise UsageFault(
            f"the ledger knows no job {', '.join(name[:80] for name in unknown)}",
            next_step="python -m automation jobs list",
            reference="job-missing",
        )
    return tuple(rows[job_id] for job_id in wanted)


def _candidates(access: AwsAccess, outputs: StackOutputs, wanted: JobFilter) -> Iterator[JobRow]:
    if wanted.batch_id is not None:
        yield from batch_rows(access, outputs, wanted.batch_id)
        return
    for view in recent_batches(access, outputs, limit=BATCHES_LOOKED_AT):
        yield from batch_rows(access, outputs, view.progress.batch_id)
    yield from batch_rows(access, outputs, ADHOC_BATCH)
