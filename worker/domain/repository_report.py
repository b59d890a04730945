"""What a job on a whole repository comes to, module by module; and the keys under which its work is kept."""

from dataclasses import dataclass
from enum import StrEnum

from worker.domain.publication import PublicationOutcome

REPOSITORY_JOBS_PREFIX = "repository-jobs/"
"""S3 keys of what such jobs keep begin so; the worker's permissions name it."""


class UnitEnd(StrEnum):
    """What became of one module."""

    FIXED = "fixed"
    """A patch was proved."""
    PASSING = "passing"
    """Its tests pass: nothing to fix."""
    UNFIXED = "unfixed"
    """Its tests fail, and no patch was proved; or nothing can be."""
    TESTED = "tested"
    """Tests were written for it and proved."""
    UNTESTED = "untested"
    """No test was kept."""
    UNSERVED = "unserved"
    """Nobody here speaks its language."""
    NOT_REACHED = "not_reached"
    """The time was over."""


@dataclass(frozen=True, kw_only=True)
class UnitReport:
    """One module."""

    path: str
    """From the repository's root."""
    language: str
    """Its language."""
    end: UnitEnd
    """What became of it."""
    explanation: str
    """For a person."""
    tests: tuple[str, ...] = ()
    """Of a fix: the test files that were run on it."""
    fault: str = ""
    """Of a fix: the class of the fault."""
    diff: str = ""
    """Of a fix: the proved patch."""
    kept: int = 0
    """Tests that were kept."""
    line_ratio: float | None = None
    """Share of its lines that they run."""
    mutants_killed: int = 0
    """Mutants that they kill…"""
    mutants_total: int = 0
    """…of so many."""
    artifact: str = ""
    """S3 key of the tests."""


@dataclass(frozen=True, kw_only=True)
class RepositoryReport:
    """All of it."""

    repository: str
    """owner/name."""
    commit: str
    """What was worked on."""
    branch: str = ""
    """Its branch, where it is known."""
    units: tuple[UnitReport, ...] = ()
    """The modules, the likeliest first."""
    left_out: int = 0
    """Modules beyond the bound of one job."""
    log_source: str = ""
    """Of a fix: the failed run, or runs, whose log was looked at; empty where none was."""
    log_note: str = ""
    """What of which log could not be had, and why."""
    log_excerpt: str = ""
    """What it said last; several stand below their names."""
    publication: PublicationOutcome | None = None
    """What became of the fixes; None where there are none, or where they may not be published."""


def work_key(job_id: str) -> str:
    """S3 key of the work of a job, kept before anything of it is published."""
    return f"{REPOSITORY_JOBS_PREFIX}{job_id}/work.json"


def handed_key(job_id: str) -> str:
    """S3 key of what a job handed to child jobs, kept before the first of them."""
    return f"{REPOSITORY_JOBS_PREFIX}{job_id}/children.json"


def tests_key(job_id: str, path: str) -> str:
    """S3 key of tests that were written for a module."""
    return f"{REPOSITORY_JOBS_PREFIX}{job_id}/tests/{path}"
