"""What the stored results of a batch add up to. Results come from a bucket: nothing about their form is believed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from worker.domain.batch import BatchProgress
from worker.domain.candidate import Coverage

Result = Mapping[str, Any]

_LARGEST = 1e12
"""No number of a result is larger."""
_MOST_BRANCHES = 1000
"""No line branches further; a report must not grow without bounds."""


@dataclass(frozen=True, kw_only=True)
class JobSummary:
    """One job of the batch."""

    job_id: str
    """The job."""
    status: str
    """succeeded, failed or cancelled."""
    path: str
    """The file under test; the job id where it has no path."""
    language: str
    """Its language."""
    explanation: str
    """What was proved, or why not."""
    end_reason: str
    """Why the attempt ended."""
    tests: tuple[str, ...]
    """Names of the tests kept."""
    test_path: str
    """File name of the tests; empty without any."""
    coverage: Coverage
    """Of the kept tests; empty without any."""
    mutants_killed: int
    """Small faults noticed."""
    mutants_total: int
    """Small faults tried."""
    survivors: tuple[str, ...]
    """What some unnoticed faults changed."""
    seconds: float
    """Wall time of the attempt."""
    engine: str
    """Which engine proposed, with its model; empty where none was asked."""
    finished_at: str
    """ISO 8601, UTC; empty where the result does not say."""


@dataclass(frozen=True, kw_only=True)
class FileSummary:
    """One file under test; its jobs may be several, each with a part of it."""

    path: str
    """As the sender named it."""
    language: str
    """Its language."""
    jobs: tuple[JobSummary, ...]
    """The jobs about it."""
    coverage: Coverage
    """Of all their tests together."""

    @property
    def is_succeeded(self) -> bool:
        """Every job about it ended well."""
        return all(job.status == "succeeded" for job in self.jobs)


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """The whole batch."""

    progress: BatchProgress
    """Counters."""
    label: str
    """What was submitted, for a person."""
    jobs: tuple[JobSummary, ...]
    """Jobs with a result, by path and id."""
    files: tuple[FileSummary, ...] = field(default=())
    """The same by file, by path."""

    @property
    def tests(self) -> int:
        """Tests kept."""
        return sum(len(job.tests) for job in self.jobs)

    @property
    def coverage(self) -> Coverage:
        """Counts over all files, without their lines."""
        return added([file.coverage for file in self.files])

    @property
    def mutants_killed(self) -> int:
        """Small faults noticed."""
        return sum(job.mutants_killed for job in self.jobs)

    @property
    def mutants_total(self) -> int:
        """Small faults tried."""
        return sum(job.mutants_total for job in self.jobs)

    @property
    def mutation_score(self) -> float | None:
        """Share of them noticed, 0 to 1; None where none was tried."""
        return self.mutants_killed / self.mutants_total if self.mutants_total else None

    @property
    def seconds(self) -> float:
        """Time that the jobs took together; they ran side by side."""
        return sum(job.seconds for job in self.jobs)

    @property
    def finished_at(self) -> str:
        """When the last job ended, ISO 8601; empty where no result says."""
        return max((job.finished_at for job in self.jobs), default="")


def summarize(progress: BatchProgress, *, label: str, results: Sequence[Result]) -> BatchSummary:
    """Add the results up; those that have no job id are left out."""
    jobs = sorted(
        (_job(result) for result in results if _text(result, "job_id")),
        key=lambda job: (job.path, job.job_id),
    )
    by_path: dict[str, list[JobSummary]] = defaultdict(list)
    for job in jobs:
        by_path[job.path].append(job)
    files = tuple(
        FileSummary(
            path=path,
            language=mine[0].language,
            jobs=tuple(mine),
            coverage=united([job.coverage for job in mine]),
        )
        for path, mine in sorted(by_path.items())
    )
    return BatchSummary(progress=progress, label=label, jobs=tuple(jobs), files=files)


def united(parts: Sequence[Coverage]) -> Coverage:
    """Put the coverage of a file's parts together: what one job ran is run. Parts without lines only add up."""
    parts = [part for part in parts if part.lines_total]  # a job that failed measured nothing
    if len(parts) == 1:
        return parts[0]
    if not all(part.covered_lines or part.missed_lines for part in parts):
        return added(parts)
    covered = frozenset[int]().union(*(part.covered_lines for part in parts))
    known = covered.union(*(part.missed_lines for part in parts))
    branches: dict[int, tuple[int, int]] = {}
    for part in parts:
        for line, taken, total in part.branch_lines:
            before = branches.get(line, (0, 0))
            branches[line] = (max(before[0], taken), max(before[1], total))
    return Coverage(
        lines_covered=len(covered),
        lines_total=len(known),
        branches_covered=sum(taken for taken, _ in branches.values()),
        branches_total=sum(total for _, total in branches.values()),
        covered_lines=tuple(sorted(covered)),
        missed_lines=tuple(sorted(known - covered)),
        branch_lines=tuple((line, *counts) for line, counts in sorted(branches.items())),
    )


def added(parts: Sequence[Coverage]) -> Coverage:
    """Add counts up, without their lines."""
    return Coverage(
        lines_covered=sum(part.lines_covered for part in parts),
        lines_total=sum(part.lines_total for part in parts),
        branches_covered=sum(part.branches_covered for part in parts),
        branches_total=sum(part.branches_total for part in parts),
    )


def _job(result: Result) -> JobSummary:
    file, engine = _object(result, "test_file"), _object(result, "engine")
    tests = tuple(_text(test, "name") for test in _list(result, "tests") if isinstance(test, Mapping))
    named = (_text(engine, "name"), _text(engine, "model"))
    return JobSummary(
        job_id=_text(result, "job_id"),
        status=_text(result, "status"),
        path=_text(result, "path") or _text(result, "job_id"),
        language=_text(result, "language"),
        explanation=_text(result, "explanation"),
        end_reason=_text(result, "end_reason"),
        tests=tests,
        test_path=_text(file, "path"),
        coverage=_coverage(_object(result, "coverage")),
        mutants_killed=_whole(result.get("mutants_killed")),
        mutants_total=_whole(result.get("mutants_total")),
        survivors=tuple(str(one) for one in _list(result, "survivors")),
        seconds=_number(result.get("seconds")),
        engine=" ".join(part for part in named if part),
        finished_at=_text(result, "finished_at"),
    )


def _coverage(fields: Result) -> Coverage:
    return Coverage(
        lines_covered=_whole(fields.get("lines_covered")),
        lines_total=_whole(fields.get("lines_total")),
        branches_covered=_whole(fields.get("branches_covered")),
        branches_total=_whole(fields.get("branches_total")),
        covered_lines=tuple(_whole(line) for line in _list(fields, "covered_lines")),
        missed_lines=tuple(_whole(line) for line in _list(fields, "missed_lines")),
        branch_lines=tuple(
            (_whole(one[0]), _whole(one[1]), min(_whole(one[2]), _MOST_BRANCHES))
            for one in _list(fields, "branch_lines")
            if isinstance(one, list | tuple) and len(one) == 3
        ),
    )


def _text(fields: Result, name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _object(fields: Result, name: str) -> Result:
    value = fields.get(name)
    return value if isinstance(value, Mapping) else {}


def _list(fields: Result, name: str) -> Sequence[Any]:
    value = fields.get(name)
    return value if isinstance(value, list | tuple) else ()


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return 0.0
    return float(value) if abs(value) <= _LARGEST else 0.0  # false for NaN, too


def _whole(value: object) -> int:
    return int(_number(value))
