"""submit."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.progress import Progress

from automation.cli.console import Screen, literal, table
from automation.cli.job_commands import wake_up
from automation.cli.job_table import sent_table
from automation.cli.jobs import show_rows
from automation.cli.moments import MOMENT
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.cli.watch import watch_rows
from automation.errors import ExitCode, UsageFault
from automation.fleet.git_work_tree import repository_of
from automation.fleet.results import measured_seconds
from automation.fleet.sources import (
    LANGUAGES,
    MAXIMUM_JOBS,
    JobOptions,
    Plan,
    SourceChoice,
    new_batch_id,
    plan_jobs,
    with_trace,
)
from automation.fleet.submission import Submission
from automation.fleet.submission import submit as hand_in
from automation.fleet.tracing import submission_trace
from worker.domain.job import MAXIMUM_CODE_BYTES

_SHOWN = 20
"""Rows of a list before it says how many more there are."""


@click.command()
@environment_option
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--range", "span", metavar="A..B", help="Files that these commits added or changed, as B has them."
)
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out what matches; may be repeated.")
@click.option("--language", type=click.Choice(LANGUAGES), help="By default the file's suffix tells.")
@click.option(
    "--priority",
    type=click.IntRange(-100, 100),
    default=1,
    show_default=True,
    help="≤ 0 low lane, 1-4 normal, ≥ 5 high.",
)
@click.option(
    "--budget", "budget_seconds", type=click.FloatRange(0.5, 600), help="Seconds of search for each job."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of every random choice.")
@click.option("--repository", metavar="NAME", help="What the code belongs to; by default git tells.")
@click.option(
    "--after",
    "not_before",
    type=MOMENT,
    help="Don't start earlier: 90s, 15m, 2h, 1d from now, or an ISO time.",
)
@click.option(
    "--max-jobs", "most_jobs", type=click.IntRange(1, 100_000), default=MAXIMUM_JOBS, help="Refuse more."
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Show what would be sent.")
@click.option("--watch", "is_watching", is_flag=True, help="Wait for the results and show them.")
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --watch: write the tests here.",
)
@json_option
def submit(
    environment: str, *, is_dry: bool, is_watching: bool, folder: Path | None, is_json: bool, **given: Any
) -> int:
    """Send source files, folders or a range of commits to be tested (globs and - for standard input, too).

    What you name must be sendable, else nothing is sent; what a folder, glob or range brings along is left out with its
    reason where it can't be. A stopped fleet is woken.
    """
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    plan, batch_id = _plan(session, is_dry=is_dry, **given)
    if is_dry:
        screen.result(_document(plan, batch_id), lambda: _shown(plan))
        return ExitCode.OK
    label = " ".join([given["span"] or "", *given["paths"]]).strip()
    _send(session, plan, label)
    if given["not_before"] is None:
        wake_up(session)
    if is_watching:
        screen.lines(_skipped(plan))
        return show_rows(session, watch_rows(session, [job.job_id for job in plan.jobs]), folder)
    screen.result(_document(plan, batch_id), lambda: _shown(plan))
    screen.lines(
        [
            f"Next: python -m automation results --env {environment} --batch {batch_id} --watch",
            f"  or: python -m automation batch show --env {environment} {batch_id}",
        ]
    )
    return ExitCode.OK


def _plan(
    session: Session,
    *,
    is_dry: bool,
    paths: tuple[str, ...],
    span: str | None,
    **given: Any,
) -> tuple[Plan, str]:
    if not paths and span is None:
        raise UsageFault(
            "nothing is named to be tested",
            why="files, folders, globs, - or --range A..B are",
            next_step="python -m automation submit src/",
            reference="sources-missing",
        )
    batch_id = new_batch_id()
    repository = given.pop("repository") or repository_of(_place_of(paths))
    choice = SourceChoice(
        paths=paths,
        span=span,
        stdin=sys.stdin.buffer.read(MAXIMUM_CODE_BYTES + 1) if "-" in paths else None,
        exclude=given.pop("exclude"),
        most_jobs=given.pop("most_jobs"),
    )
    options = JobOptions(batch_id=batch_id, repository=repository, **given)
    plan = plan_jobs(choice, options)  # bad input is told before anything is asked of a cloud
    if is_dry or len(plan.jobs) == 1 or repository is None:
        return plan, batch_id
    seconds = measured_seconds(session.access, session.outputs, repository)
    return (plan_jobs(choice, options, seconds) if seconds else plan), batch_id


def _place_of(paths: tuple[str, ...]) -> Path:
    first = Path(paths[0]) if paths and paths[0] != "-" else Path.cwd()
    return first if os.path.isdir(first) else first.parent  # noqa: PTH112 - pathlib's raises for odd names


def _send(session: Session, plan: Plan, label: str) -> None:
    screen, access, outputs = session.screen, session.access, session.outputs
    with ExitStack() as stack:
        trace = stack.enter_context(submission_trace(session.environment, jobs=len(plan.jobs)))
        submission = Submission(jobs=with_trace(plan.jobs, trace), label=label or "standard input")
        progress = stack.enter_context(
            Progress(console=screen.words, transient=True, disable=not screen.words.is_terminal)
        )
        task = progress.add_task("sending", total=len(plan.jobs))
        hand_in(access, outputs, submission, tell=lambda sent: progress.update(task, completed=sent))


def _document(plan: Plan, batch_id: str) -> dict[str, Any]:
    jobs = [{"job_id": job.job_id, "language": job.language, "path": job.path} for job in plan.jobs]
    return {"batch_id": batch_id, "jobs": jobs, "skipped": dict(plan.skipped)}


def _shown(plan: Plan) -> RenderableType:
    parts: list[RenderableType] = [sent_table(plan.jobs[:_SHOWN])]
    if len(plan.jobs) > _SHOWN:
        parts.append(f"… and {len(plan.jobs) - _SHOWN} more: {_by_language(plan)}")
    if plan.skipped:
        left_out = table("~left out", "~why")
        for path, why in list(plan.skipped.items())[:_SHOWN]:
            left_out.add_row(literal(path), literal(why))
        parts += ["", left_out]
        if len(plan.skipped) > _SHOWN:
            parts.append(f"… and {len(plan.skipped) - _SHOWN} more")
    return Group(*parts)


def _skipped(plan: Plan) -> list[str]:
    return [f"left out: {path}: {why}" for path, why in plan.skipped.items()][:_SHOWN]


def _by_language(plan: Plan) -> str:
    counts: dict[str, int] = {}
    for job in plan.jobs:
        counts[job.language] = counts.get(job.language, 0) + 1
    return ", ".join(f"{count} {language}" for language, count in sorted(counts.items()))
