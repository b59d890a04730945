"""How suites are judged, whatever their language: branches, mutants that the product never saw, seeded bugs noticed, flaky runs.

The correct program goes in; the suite that comes out is run on it, on its mutants and on its buggy twin. A suite notices a fault when its
run fails or takes longer than HANG_SECONDS.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from worker.adapters.system_clock import SystemClock
from worker.domain.job import Job, JobKind
from worker.domain.result import TestFile
from worker.engines.builtin import BuiltinEngine
from worker.generation.pipeline import TestPipeline
from worker.ports import Language
from worker.sandboxes.process import ProcessSandbox

HANG_SECONDS = 2
ZONES = ("UTC", "Asia/Kolkata")


@dataclass(frozen=True, kw_only=True)
class Field:
    """A language, and how its programs and suites are handled."""

    language: Callable[[], Language]
    data: str
    mutants_of: Callable[[str], Sequence[str]]
    failures: Callable[..., Awaitable[dict[str, bool]]]
    """Suite, programs by name, zone -> program -> whether the suite failed on it."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A correct program and its buggy twin."""

    name: str
    correct: str
    buggy: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """How the suite for one task did."""

    name: str
    seconds: float
    tests: int
    branches_taken: int
    branches: int
    killed: int
    mutants: int
    is_bug_noticed: bool
    repeats: int
    failed_repeats: int


def tasks_in(path: Path) -> list[Task]:
    """Read the tasks."""
    return [
        Task(
            name=one["task_id"],
            correct=one["prompt"] + one["canonical_solution"],
            buggy=one["prompt"] + one["buggy_solution"],
        )
        for one in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


async def measure(
    field: Field, task: Task, pipeline: TestPipeline, *, budget_seconds: float, repeats: int
) -> Row:
    """Have a suite made for the correct program and judge it."""
    name = field.language().name
    job = Job(job_id="bench", kind=JobKind.TEST, language=name, code=task.correct)
    began = time.monotonic()
    outcome = await pipeline.run(job, budget_seconds=budget_seconds)
    seconds = time.monotonic() - began
    mutants = field.mutants_of(task.correct)
    failed = await _judged(field, task, outcome.test_file, mutants, repeats) if outcome.test_file else {}
    coverage = outcome.coverage
    return Row(
        name=task.name,
        seconds=seconds,
        tests=len(outcome.tests),
        branches_taken=coverage.branches_covered if coverage else 0,
        branches=coverage.branches_total if coverage else 1,
        killed=sum(is_failed for name, is_failed in failed.items() if name.startswith("m")),
        mutants=len(mutants),
        is_bug_noticed=failed.get("buggy", False),
        repeats=repeats,
        failed_repeats=sum(is_failed for name, is_failed in failed.items() if name.startswith("r")),
    )


async def _judged(
    field: Field, task: Task, suite: TestFile, mutants: Sequence[str], repeats: int
) -> Mapping[str, bool]:
    programs = {f"m{number:03}": text for number, text in enumerate(mutants)}
    failed = await field.failures(suite, {"buggy": task.buggy, **programs}, zone="UTC")
    for number, zone in enumerate(ZONES):
        again = {f"r{each:03}": task.correct for each in range(number, repeats, len(ZONES))}
        failed |= await field.failures(suite, again, zone=zone)
    return failed


def summary(rows: Sequence[Row]) -> str:
    """Say in one line what all rows come to."""

    def share(part: int, whole: int) -> str:
        return f"{part}/{whole} = {part / whole:.1%}" if whole else "none"

    times = sorted(row.seconds for row in rows)
    return " · ".join(
        [
            f"{len(rows)} tasks",
            f"branches {share(sum(row.branches_taken for row in rows), sum(row.branches for row in rows))}",
            f"mutants {share(sum(row.killed for row in rows), sum(row.mutants for row in rows))}",
            f"bugs noticed {share(sum(row.is_bug_noticed for row in rows), len(rows))}",
            f"tests {sum(row.tests for row in rows) / len(rows):.1f} a task",
            f"failed repeats {sum(row.failed_repeats for row in rows)} of {sum(row.repeats for row in rows)}",
            f"seconds mean {sum(times) / len(times):.2f}, median {times[len(times) // 2]:.2f}, most {times[-1]:.2f}",
            f"load {os.getloadavg()[0]:.1f}",
        ]
    )


async def run(field: Field, folder: Path, *, budget_seconds: float, repeats: int, most: int) -> list[Row]:
    """Measure the tasks of a folder one after the other, and print a line for each."""
    sandbox = ProcessSandbox()
    languages = [field.language()]
    engine = BuiltinEngine(languages=languages, sandbox=sandbox)
    pipeline = TestPipeline(engine=engine, languages=languages, sandbox=sandbox, clock=SystemClock())
    rows: list[Row] = []
    try:
        for task in tasks_in(folder / field.data)[:most]:
            row = await measure(field, task, pipeline, budget_seconds=budget_seconds, repeats=repeats)
            rows.append(row)
            bug = "noticed" if row.is_bug_noticed else "missed"
            print(
                f"{row.name:16} {row.seconds:5.2f} s {row.tests:3} tests {row.branches_taken:3}/{row.branches:<3} branches"
                f" {row.killed:3}/{row.mutants:<3} mutants, bug {bug}",
                flush=True,
            )
    finally:
        sandbox.close()
    return rows


def judge(field: Field, description: str | None) -> None:
    """Read the command line, measure, print the summary."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--budget", type=float, default=3.0)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--tasks", type=int, default=1000)
    options = parser.parse_args()
    if not (options.data / field.data).exists():
        raise SystemExit(f"{options.data / field.data} is absent: name the folder that holds it by --data")
    rows = asyncio.run(
        run(field, options.data, budget_seconds=options.budget, repeats=options.repeats, most=options.tasks)
    )
    print(summary(rows))
