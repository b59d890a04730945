"""Reads what a user wants tested: files, folders or standard input, with every fault reported together."""

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.errors import UsageFault
from worker.domain.errors import RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.job_codec import decode_job, encode_job

LANGUAGE_OF_SUFFIX = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
}
"""File suffix -> language."""
LANGUAGES = tuple(dict.fromkeys(LANGUAGE_OF_SUFFIX.values()))
"""Languages that workers serve."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "dist", "build", "venv", "site-packages"})
_TEST_FILE = re.compile(r"^(test_.*|.*_test|conftest|.*\.test|.*\.spec|.*\.d)$")


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


def new_batch_id() -> str:
    """Return a fresh id of a submission."""
    return f"batch-{secrets.token_hex(4)}"


def jobs_from(paths: Sequence[str], stdin: str | None, options: JobOptions) -> tuple[Job, ...]:
    """Read all sources; raises UsageFault that names every one that can't be sent."""
    faults: list[str] = []
    jobs: list[Job] = []
    for path in _expanded(paths, faults):
        _add(_text_of(path, stdin, faults), path, options, jobs, faults)
    if not jobs and not faults:
        faults.append("none of the folders holds a source file (.py, .js, .mjs, .cjs, .ts, .mts, .cts)")
    if faults:
        raise UsageFault(
            "nothing was sent: some sources can't be",
            why="\n".join(faults),
            next_step="correct or leave out these, then submit again",
            reference="sources-invalid",
        )
    return tuple(jobs)


def _expanded(paths: Sequence[str], faults: list[str]) -> Iterator[str]:
    for path in dict.fromkeys(paths):
        if path == "-" or Path(path).is_file():
            yield path
        elif Path(path).is_dir():
            yield from _sources_in(Path(path))
        else:
            faults.append(f"{path}: no such file")


def _sources_in(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part in _SKIPPED_FOLDERS for part in parts)
        if (
            path.is_file()
            and path.suffix in LANGUAGE_OF_SUFFIX
            and not hidden
            and not _TEST_FILE.match(path.stem)
        ):
            yield str(path)


def _text_of(path: str, stdin: str | None, faults: list[str]) -> str | None:
    if path == "-":
        return stdin or ""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        faults.append(f"{path}: not UTF-8 text")
    except OSError as fault:
        faults.append(f"{path}: {fault.strerror}")
    return None


def _is_unicode(path: str) -> bool:
    """Python keeps the bytes of a name that is no text as lone surrogates, which no JSON and no queue takes."""
    return not any("\ud800" <= sign <= "\udfff" for sign in path)


def _add(text: str | None, path: str, options: JobOptions, jobs: list[Job], faults: list[str]) -> None:
    if text is None:
        return
    if not _is_unicode(path):
        faults.append(f"{path!a}: the name is not UTF-8")
        return
    language = options.language or LANGUAGE_OF_SUFFIX.get(Path(path).suffix)
    if language is None:
        known = ", ".join(LANGUAGE_OF_SUFFIX)
        faults.append(f"{path}: language unknown (known suffixes: {known}); say --language")
        return
    stem = "stdin" if path == "-" else Path(path).stem
    job = Job(
        job_id=f"{re.sub(r'[^A-Za-z0-9]+', '-', stem).strip('-')[:60] or 'job'}-{secrets.token_hex(4)}",
        kind=JobKind.TEST,
        language=language,
        code=text,
        path=None if path == "-" else path,
        priority=options.priority,
        batch_id=options.batch_id,
        seed=options.seed,
        budget_seconds=options.budget_seconds,
    )
    try:  # the worker's own rules, before anything is sent
        jobs.append(decode_job(encode_job(job), message_id=job.job_id))
    except RequestRejected as fault:
        faults.append(f"{path}: {fault}")
