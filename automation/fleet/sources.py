"""Turns what a user wants tested into jobs, with every fault reported together."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from automation.errors import UsageFault
from automation.fleet.gathering import LANGUAGE_OF_SUFFIX, gather
from automation.fleet.reading import Source
from worker.domain.errors import RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.job_codec import decode_job, encode_job

LANGUAGES = tuple(dict.fromkeys(LANGUAGE_OF_SUFFIX.values()))
"""Languages that workers serve."""
MAXIMUM_JOBS = 20_000
"""Most jobs of one submission: a typing error must not send a whole disk."""
MAXIMUM_CHARACTERS = 256_000_000
"""Most code of one submission: it is held in memory until it is sent."""
_TOLD = 20
"""Faults that are told one by one."""


@dataclass(frozen=True, kw_only=True)
class JobOptions:
    """What holds for every job of a submission."""

    batch_id: str
    """The submission."""
    language: str | None = None
    """Overrides the suffix."""
    priority: int = 1
    """Chooses the lane."""
    seed: int = 1
    """Seed of every random choice."""
    budget_seconds: float | None = None
    """Time for the search of one job."""
    repository: str | None = None
    """What the code belongs to."""
    not_before: datetime | None = None
    """Not to be started earlier."""


@dataclass(frozen=True, kw_only=True)
class SourceChoice:
    """Which sources are meant."""

    paths: Sequence[str]
    """Files, folders, globs, - for standard input; with a range: only what lies there."""
    span: str | None = None
    """A range of commits, such as main..HEAD: what it added or changed."""
    stdin: str | bytes | None = None
    """Standard input, where a path is -."""
    exclude: Sequence[str] = ()
    """Globs of what is left out."""
    most_jobs: int = MAXIMUM_JOBS
    """More are refused."""
    most_characters: int = MAXIMUM_CHARACTERS
    """So is more code."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be sent."""

    jobs: tuple[Job, ...]
    """The jobs, the longest first as far as known, else the largest: so that no long one begins last."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Path -> why it is left out."""


def new_batch_id() -> str:
    """Return a fresh id of a submission."""
    return f"batch-{secrets.token_hex(4)}"


def plan_jobs(choice: SourceChoice, options: JobOptions, seconds: Mapping[str, float] | None = None) -> Plan:
    """Read all sources; raises UsageFault naming every one that was named and can't be sent.

    `seconds` is what files took before, by path: those go by their time, the others by their size.
    """
    jobs: list[Job] = []
    skipped: dict[str, str] = {}
    faults: dict[str, str] = {}
    characters = 0
    for source in gather(choice.paths, span=choice.span, stdin=choice.stdin, exclude=choice.exclude):
        found = _job(source, options)
        if isinstance(found, Job):
            jobs.append(found)
            characters += len(found.code)
        else:
            (faults if source.is_named else skipped)[_speakable(source.path)] = found
        _require_bounded(len(jobs), characters, choice)
    _refuse(faults, jobs, skipped)
    return Plan(jobs=tuple(_longest_first(jobs, seconds or {})), skipped=skipped)


def _require_bounded(jobs: int, characters: int, choice: SourceChoice) -> None:
    if jobs > choice.most_jobs:
        raise UsageFault(
            f"more than {choice.most_jobs} source files",
            why="a submission of this size is rarely meant",
            next_step="name folders, or --exclude, or allow it by --max-jobs",
            reference="too-many-jobs",
        )
    if characters > choice.most_characters:
        raise UsageFault(
            f"more than {choice.most_characters // 1_000_000} million characters of source code",
            why="a submission is held in memory until it is sent",
            next_step="name folders, or --exclude, and submit the others afterwards",
            reference="too-much-code",
        )


def _refuse(faults: Mapping[str, str], jobs: Sequence[Job], skipped: Mapping[str, str]) -> None:
    if faults or not jobs:
        told = faults or skipped
        lines = [f"{path}: {fault}" for path, fault in list(told.items())[:_TOLD]]
        if len(told) > _TOLD:
            lines.append(f"… and {len(told) - _TOLD} more")
        raise UsageFault(
            "nothing was sent: some sources can't be",
            why="\n".join(lines) or f"there is no source file ({', '.join(LANGUAGE_OF_SUFFIX)})",
            next_step="correct or leave out these, then submit again",
            reference="sources-invalid",
        )


def _longest_first(jobs: Iterable[Job], seconds: Mapping[str, float]) -> list[Job]:
    known = {job.job_id: seconds[job.path] for job in jobs if job.path and job.path in seconds}
    return sorted(
        jobs, key=lambda job: (job.job_id in known, known.get(job.job_id, len(job.code))), reverse=True
    )


def _job(source: Source, options: JobOptions) -> Job | str:
    """Return the job of a source, or why there is none."""
    if source.fault:
        return source.fault
    if not _is_unicode(source.path):
        return "the name is not UTF-8"
    language = options.language or LANGUAGE_OF_SUFFIX.get(Path(source.path).suffix)
    if language is None:
        return f"language unknown (known suffixes: {', '.join(LANGUAGE_OF_SUFFIX)}); say --language"
    stem = "stdin" if source.path == "-" else Path(source.path).stem
    job = Job(
        job_id=f"{re.sub(r'[^A-Za-z0-9]+', '-', stem).strip('-')[:60] or 'job'}-{secrets.token_hex(4)}",
        kind=JobKind.TEST,
        language=language,
        code=source.text,
        path=None if source.path == "-" else source.path,
        priority=options.priority,
        batch_id=options.batch_id,
        seed=options.seed,
        budget_seconds=options.budget_seconds,
        repository=options.repository,
        not_before=options.not_before,
    )
    try:  # the worker's own rules, before anything is sent
        return decode_job(encode_job(job), message_id=job.job_id)
    except RequestRejected as fault:
        return str(fault)


def with_trace(jobs: Iterable[Job], traceparent: str) -> tuple[Job, ...]:
    """Have each job say which trace it belongs to."""
    return tuple(replace(job, traceparent=traceparent) for job in jobs)


def _is_unicode(path: str) -> bool:
    """Python keeps the bytes of a name that is no text as lone surrogates, which no JSON and no queue takes."""
    return not any("\ud800" <= sign <= "\udfff" for sign in path)


def _speakable(path: str) -> str:
    """Return a name that stays on its line."""
    return path if path.isprintable() else ascii(path)
