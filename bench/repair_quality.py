"""How many broken programs a fix job mends with the built-in repair alone, and how many of its patches are right.

    python bench/repair_quality.py [--data FOLDER] [--language python]... [--tasks N | --only TASK...] [--budget SECONDS]
                                   [--faults N] [--given|--shown] [--json FILE]

given: the hidden tests come with the job; a task is mended where the offered patch passes them, run plainly. shown: only the examples of the
task's text come with the job; the hidden tests judge what is offered. A task without a shown test that fails is left out there. docs/how-to/repair.md tells
what the columns mean.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console
from rich.table import Table

from bench.repair.javascript import JavaScriptTasks
from bench.repair.python import PythonTasks
from bench.repair.tasks import RepairTask, Tasks
from bench.repair.timing import Stopwatch, TimedSandbox
from bench.repair.together import joined
from worker.adapters.system_clock import SystemClock
from worker.domain.diagnosis import FaultClass
from worker.domain.job import Job, JobKind, SourceFile
from worker.ports import Sandbox
from worker.repair.pipeline import RepairPipeline
from worker.sandboxes.process import ProcessSandbox

LANGUAGES = {"python": PythonTasks, "javascript": JavaScriptTasks}
"""Name -> tasks; another language's go here."""
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One task with one set of tests."""

    language: str
    tests: str
    """given or shown."""
    task: str
    kind: str
    fault: str
    is_found: bool
    """Some patch passed the tests that came with the job."""
    is_offered: bool
    is_right: bool
    """The offered patch passes the hidden tests."""
    seconds: float
    cpu_seconds: float
    """Of this process and of all that it started for the task."""
    programs: dict[str, float]
    """Processor seconds by program in the sandbox."""
    tried: int
    operator: str
    confidence: float
    note: str


async def mend(
    tasks: Tasks, task: RepairTask, tests: Sequence[SourceFile], sandbox: Sandbox, options: argparse.Namespace
) -> Row:
    timed = TimedSandbox(sandbox)
    pipeline = RepairPipeline(languages=[tasks.language], sandbox=timed, clock=SystemClock())
    job = Job(
        job_id="bench",
        kind=JobKind.FIX,
        language=tasks.name,
        code=task.code,
        path=task.path,
        tests=tuple(tests),
        seed=options.seed,
    )
    watch = Stopwatch()
    outcome = await pipeline.run(job, budget_seconds=options.budget)
    seconds, cpu_seconds = watch.seconds()
    report = outcome.repair
    if report is None:
        raise SystemExit(f"{task.name}: no report")
    return Row(
        language=tasks.name,
        tests="given" if tests == task.given else "shown",
        task=task.name,
        kind=task.kind,
        fault=report.diagnosis.fault.value,
        is_found=bool(report.rivals),
        is_offered=bool(report.diff),
        is_right=bool(report.diff) and await tasks.is_right(task, report.patched, sandbox),
        seconds=round(seconds, 2),
        cpu_seconds=round(cpu_seconds, 2),
        programs={name: round(used, 3) for name, used in timed.programs.items()},
        tried=report.tried,
        operator=report.operator,
        confidence=report.confidence,
        note=report.description or outcome.explanation[:80],
    )


def table_of(rows: Sequence[Row], title: str) -> Table:
    table = Table(title=title)
    for column in (
        "bug type",
        "tasks",
        "passing found",
        "offered",
        "right",
        "right/tasks",
        "right/offered",
        "median s",
        "max s",
        "median cpu",
        "max cpu",
    ):
        table.add_column(column, justify="left" if column == "bug type" else "right")
    kinds = sorted({row.kind for row in rows})
    for kind in (*kinds, "all"):
        mine = [row for row in rows if kind in (row.kind, "all")]
        offered = sum(row.is_offered for row in mine)
        right = sum(row.is_right for row in mine)
        table.add_row(
            kind,
            str(len(mine)),
            str(sum(row.is_found for row in mine)),
            str(offered),
            str(right),
            f"{right / len(mine):.0%}",
            f"{right / offered:.0%}" if offered else "-",
            f"{statistics.median(row.seconds for row in mine):.2f}",
            f"{max(row.seconds for row in mine):.1f}",
            f"{statistics.median(row.cpu_seconds for row in mine):.2f}",
            f"{max(row.cpu_seconds for row in mine):.1f}",
        )
    return table


def programs_of(rows: Sequence[Row]) -> str:
    """Processor seconds of a task on average, by program, the dearest first."""
    used: Counter[str] = Counter()
    for row in rows:
        used.update(row.programs)
    total = sum(row.cpu_seconds for row in rows)
    used["(the worker itself)"] = total - sum(used.values())
    shares = ", ".join(f"{name} {seconds / len(rows):.2f}" for name, seconds in used.most_common())
    return f"processor seconds of a task on average: {total / len(rows):.2f}: {shares}"


def _chosen(tasks: Tasks, options: argparse.Namespace) -> Sequence[RepairTask]:
    known = tasks.read(options.data)
    wanted = [task for task in known if not options.only or task.name in options.only]
    if options.faults > 1:
        wanted = list(joined(wanted, options.faults, tasks.together))
    return wanted[: options.tasks]


async def bench(options: argparse.Namespace) -> list[Row]:
    rows: list[Row] = []
    sandbox = ProcessSandbox()
    try:
        for name in options.language or LANGUAGES:
            tasks = LANGUAGES[name]()
            for task in _chosen(tasks, options):
                for mode in options.modes:
                    tests = task.given if mode == "given" else task.shown
                    if not tests:
                        continue
                    row = await mend(tasks, task, tests, sandbox, options)
                    if mode == "shown" and row.fault == FaultClass.NONE.value:
                        continue
                    rows.append(row)
                    state = (
                        "right"
                        if row.is_right
                        else "wrong"
                        if row.is_offered
                        else "found"
                        if row.is_found
                        else "-"
                    )
                    print(
                        f"{row.task:12} {row.tests:6} {row.kind:16} {state:6} {row.seconds:6.2f} s {row.cpu_seconds:6.2f} cpu {row.tried:6} {row.confidence:5.2f} {row.operator} | {row.note}",
                        flush=True,
                    )
    finally:
        sandbox.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--language", action="append", choices=sorted(LANGUAGES))
    parser.add_argument("--tasks", type=int, default=None, help="only the first so many")
    parser.add_argument(
        "--faults", type=int, default=1, help="so many tasks become one module, each with a test"
    )
    parser.add_argument("--only", action="append", help="only the task of this name, such as Python/1")
    parser.add_argument("--budget", type=float, default=12.0, help="seconds of search for each task")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--given", dest="modes", action="append_const", const="given")
    parser.add_argument("--shown", dest="modes", action="append_const", const="shown")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.modes = options.modes or ["given", "shown"]
    load = os.getloadavg()[0]
    rows = asyncio.run(bench(options))
    console = Console(width=140)
    for name in dict.fromkeys(row.language for row in rows):
        for mode in options.modes:
            mine = [row for row in rows if row.language == name and row.tests == mode]
            if mine:
                console.print(table_of(mine, f"{name}, tests {mode}"))
                print(programs_of(mine))
    print(
        f"load before {load:.1f}, after {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores: seconds are upper bounds on a shared machine"
    )
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
