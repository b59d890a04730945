"""How good the suites are that the built-in engine makes, beside Pynguin 0.48 with its defaults: same programs, mutants, harness, machine.

    python bench/generation_quality.py [--set python|javascript|stdlib]... [--data FOLDER] [--tasks N] [--budget SECONDS]
                                       [--repeats N] [--no-peer] [--peer-tasks N] [--json FILE]

Sets: the Python and the JavaScript tasks of a folder (a correct program in, its buggy twin is the regression), and ten modules of the standard
library. docs/how-to/measure-quality.md tells what each column means and what the numbers can't say.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from rich.console import Console

from bench.quality.builtin import Builtin
from bench.quality.javascript import JavaScriptField
from bench.quality.peer import Pynguin
from bench.quality.python import PythonField
from bench.quality.subjects import Subject, spread, stdlib_modules, tasks_in
from bench.quality.suites import Field, Made, Maker, Row, judge
from bench.quality.tables import Totals, as_json, line_of, print_table, totals_of
from worker.domain.settings import WorkerSettings
from worker.languages.formatting import Prettier
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.ports import Language, Sandbox
from worker.sandboxes.process import ProcessSandbox

ROOT = Path(__file__).resolve().parents[1]
TASK_BUDGET_SECONDS = 3.0
"""What a task of a few lines may take; the modules get the worker's own default."""
PYNGUIN = ROOT / ".ddf" / "bench-venv" / "bin" / "pynguin"
FILES = {"python": "humanevalpack-python-odd.jsonl", "javascript": "humanevalpack-js-odd.jsonl"}


@dataclass(frozen=True, kw_only=True)
class Set:
    """Subjects of one kind."""

    name: str
    field: Field
    language: Language
    subjects: Sequence[Subject]
    peer_subjects: Sequence[Subject]
    """Those that the peer gets, too."""
    budget_seconds: float


class Bench:
    """Runs the sets one subject after the other, both sides of a subject close together."""

    def __init__(self, options: argparse.Namespace, sandbox: Sandbox) -> None:
        self._options = options
        self._sandbox = sandbox
        self._taken: dict[str, float] = {}
        self.rows: list[Row] = []

    async def run(self, one: Set) -> None:
        ours = Builtin(
            language=one.language,
            sandbox=self._sandbox,
            budget_seconds=one.budget_seconds,
            seed=self._options.seed,
        )
        peer = Pynguin(
            program=self._options.pynguin,
            search_seconds=lambda subject: max(self._options.peer_search, self._taken[subject.module]),
            limit_seconds=self._options.peer_limit,
            seed=self._options.seed,
        )
        print(f"{one.name}: {len(one.subjects)} subjects, {len(one.peer_subjects)} of them for the peer, too")
        for subject in one.subjects:
            self._taken[subject.module] = (await self._row(one, ours, subject)).seconds
            if subject in one.peer_subjects:
                await self._row(one, peer, subject)

    async def _row(self, one: Set, maker: Maker, subject: Subject) -> Row:
        load = os.getloadavg()[0]
        made = await maker.make(subject)
        self._keep(made, Path(one.name, maker.name, subject.module))
        row = Row(
            set=one.name,
            maker=maker.name,
            subject=subject.name,
            seconds=made.seconds,
            note=made.note,
            is_timed_out=made.is_timed_out,
            load=load,
            own_account=made.own_account,
            **await judge(one.field, subject, made, self._options.repeats),
        )
        self.rows.append(row)
        print(line_of(row), flush=True)
        return row

    def _keep(self, made: Made, place: Path) -> None:
        if self._options.keep and made.suite:
            folder = self._options.keep / place
            folder.mkdir(parents=True, exist_ok=True)
            (folder / made.suite.path).write_text(made.suite.content, encoding="utf-8")


def totals(rows: Sequence[Row]) -> list[Totals]:
    """Pool by set and maker; beside the peer, ours on its sample, and both on what both made a suite for."""
    found = []
    for name in dict.fromkeys(row.set for row in rows):
        ours = {row.subject: row for row in rows if row.set == name and row.maker == "ours"}
        peer = {row.subject: row for row in rows if row.set == name and row.maker != "ours"}
        found.append(totals_of(list(ours.values()), maker="ours"))
        if 0 < len(peer) < len(ours):
            found.append(totals_of([ours[subject] for subject in peer], maker="ours, sample"))
        if peer:
            found.append(totals_of(list(peer.values()), maker="pynguin"))
        both = [subject for subject, row in peer.items() if row.is_made and ours[subject].is_made]
        if 0 < len(both) < len(peer):
            found.append(totals_of([ours[subject] for subject in both], maker="ours, both made"))
            found.append(totals_of([peer[subject] for subject in both], maker="pynguin, both made"))
    return found


def sets(options: argparse.Namespace) -> Iterable[Set]:
    """Read what was asked for; say what is absent."""
    for name in options.set or ("python", "javascript", "stdlib"):
        if name == "stdlib":
            modules = [one for one in stdlib_modules() if not options.modules or one.name in options.modules]
            yield _set(name, modules, options, peer=len(modules))
        elif (options.data / FILES[name]).exists():
            tasks = spread(tasks_in(options.data / FILES[name]), options.tasks)
            yield _set(name, tasks, options, peer=options.peer_tasks if name == "python" else 0)
        else:
            said = f"{name}: {options.data / FILES[name]} is absent, name the folder that holds it by --data"
            if options.set:
                raise SystemExit(said)
            print(f"{said}; left out")


def _set(name: str, subjects: list[Subject], options: argparse.Namespace, *, peer: int) -> Set:
    default = WorkerSettings.job_budget_seconds if name == "stdlib" else TASK_BUDGET_SECONDS
    is_javascript = name == "javascript"
    return Set(
        name=name,
        field=JavaScriptField() if is_javascript else PythonField(),
        language=JavaScriptLanguage(Prettier()) if is_javascript else PythonLanguage(),
        subjects=subjects,
        peer_subjects=spread(subjects, peer) if options.peer and peer else [],
        budget_seconds=options.budget or float(default),
    )


def machine() -> dict[str, object]:
    """Say where this ran."""
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "node": node,
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = found.add_argument
    add("--set", action="append", choices=("python", "javascript", "stdlib"), help="may be given again; all")
    add("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with the tasks")
    add("--tasks", type=int, default=1000, help="so many tasks, evenly from all of them")
    add("--modules", nargs="+", help="only these modules of the standard library")
    add("--budget", type=float, help="seconds; 3 for tasks and the worker's default for modules")
    add("--repeats", type=int, default=20)
    add("--seed", type=int, default=1)
    add("--peer", action=argparse.BooleanOptionalAction, default=True, help="Pynguin beside it")
    add("--peer-tasks", type=int, default=12, help="so many of the Python tasks; it is slow")
    add(
        "--peer-search",
        type=float,
        default=10.0,
        help="its search in seconds, at least; more where ours took more",
    )
    add("--peer-limit", type=float, default=240.0, help="seconds after which it is ended")
    add("--pynguin", type=Path, default=PYNGUIN, help="the program")
    add("--keep", type=Path, help="folder in which the suites are kept, as they were made")
    add("--json", type=Path, help="write all of it to this file")
    return found


async def measured(options: argparse.Namespace) -> list[Row]:
    """Run all sets."""
    sandbox = ProcessSandbox()
    try:
        bench = Bench(options, sandbox)
        for one in sets(options):
            await bench.run(one)
        return bench.rows
    finally:
        sandbox.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = parser().parse_args(arguments)
    is_wanted = not options.set or {"python", "stdlib"} & set(options.set)
    if options.peer and is_wanted and not options.pynguin.exists():
        raise SystemExit(
            f"{options.pynguin} is absent: `make bench-setup` installs it, --no-peer goes without"
        )
    before = machine()
    rows = asyncio.run(measured(options))
    if not rows:
        raise SystemExit("nothing was measured")
    found, after = totals(rows), machine()
    print_table(Console(width=200, soft_wrap=True), found)
    print(f"machine: {before}; load at the end {after['load']}")
    if options.json:
        written = {"before": before, "after": after, **as_json(rows, found)}
        options.json.write_text(json.dumps(written, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
