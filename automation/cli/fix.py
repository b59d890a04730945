"""fix."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Group, RenderableType
from rich.syntax import Syntax

from automation.cli.console import Screen, literal, printable, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.cli.watch import watch_rows
from automation.errors import ExitCode
from automation.fleet import control
from automation.fleet.fixing import FixRequest, apply, fix_job
from automation.fleet.results import children_rows
from automation.fleet.submission import submit_jobs
from worker.domain.fanout import MAXIMUM_CHILDREN, USUAL_CHILDREN
from worker.domain.job import MAXIMUM_LOG_CHARACTERS, JobStatus

_FILE = click.Path(dir_okay=False, path_type=Path)
_SHOWN = 6
"""Verdicts and disagreements that are shown."""


@click.command()
@environment_option
@click.argument("path", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option(
    "--test",
    "tests",
    multiple=True,
    metavar='FILE|"COMMAND"',
    help="Tests that fail: a file, a folder, or the command that runs them; may be repeated.",
)
@click.option(
    "--log", "log_file", type=click.File("rb"), help="What a failing command printed; - is standard input."
)
@click.option("--in-place", "is_in_place", is_flag=True, help="Write the proved patch into the file.")
@click.option("--patch", "patch_file", type=_FILE, help="Write it as a unified diff here.")
@click.option("--budget", "budget_seconds", type=click.FloatRange(0.5, 600), help="Seconds of search.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of every random choice.")
@click.option(
    "--priority", type=click.IntRange(-100, 100), default=5, show_default=True, help="As of submit."
)
@click.option(
    "--children",
    type=click.IntRange(0, MAXIMUM_CHILDREN),
    help="Search in up to so many jobs side by side, after a short look in one; 0: in one worker alone."
    f"  [default: {USUAL_CHILDREN}, where one ran out of time]",
)
@json_option
def fix(
    environment: str,
    *,
    path: Path,
    log_file: Any,
    is_in_place: bool,
    patch_file: Path | None,
    is_json: bool,
    **given: Any,
) -> int:
    """Have a file mended whose tests fail, and wait for it.

    What comes back was proved: the tests that failed pass, the others still do, by plain runs. Where several ways of
    behaving pass and nothing decides between them, none is written, and the inputs on which they disagree are shown.
    """
    screen = Screen(is_json=is_json)
    log = log_file.read()[-4 * MAXIMUM_LOG_CHARACTERS :].decode(errors="replace") if log_file else ""
    job = fix_job(FixRequest(path=path, log=log, root=Path.cwd(), **given))
    session = Session(environment, screen)
    submit_jobs(session.access, session.outputs, [job])
    if control.wake(session.access, session.outputs):
        screen.note("The fleet was stopped: waking it.")
    access, outputs = session.access, session.outputs
    (row,) = watch_rows(session, [job.job_id], beside=lambda: children_rows(access, outputs, job.job_id))
    result = row.result or {}
    report = result.get("repair") or {}
    written = _written(path, report, sent=job.code, patch_file=patch_file, is_in_place=is_in_place)
    document = {"job_id": job.job_id, "status": row.status, "written": written, "result": result}
    screen.result(document, lambda: shown(result, report))
    screen.lines(f"written: {name}" for name in written)
    return ExitCode.OK if row.status is JobStatus.SUCCEEDED else ExitCode.FAILED


def _written(
    path: Path, report: Mapping[str, Any], *, sent: str, patch_file: Path | None, is_in_place: bool
) -> list[str]:
    """Write what was asked for; nothing where no patch is offered."""
    if not report.get("diff"):
        return []
    written = []
    if patch_file is not None:
        patch_file.write_text(str(report["diff"]), encoding="utf-8", newline="")
        written.append(str(patch_file))
    if is_in_place:
        apply(path, sent=sent, patched=str(report["patched"]))
        written.append(str(path))
    return written


def shown(result: Mapping[str, Any], report: Mapping[str, Any]) -> RenderableType:
    """Explanation, diff, rivals and where they disagree."""
    parts: list[RenderableType] = [literal(str(result.get("explanation") or "The job has no result."))]
    if report.get("diff"):
        parts.append(Syntax(printable(str(report["diff"])), "diff", background_color="default"))
    verdicts = list(report.get("verdicts") or ())[:_SHOWN]
    if verdicts:
        verdict_table = table("patch", "by", "fixes", "keeps", "verdict")
        for verdict in verdicts:
            patch = verdict["patch"]
            verdict_table.add_row(
                literal(str(patch["description"])[:90]),
                literal(str(patch["origin"])),
                str(verdict["tests_fixed"]),
                str(verdict["tests_kept"]),
                literal(str(verdict["rejection"] or "proved")),
            )
        parts.append(verdict_table)
    disagreements = list(report.get("disagreements") or ())[:_SHOWN]
    if disagreements:
        rivals = list(report.get("rivals") or ())
        inputs = table("input", "now", *(f"patch {number}" for number in range(1, min(len(rivals), 4) + 1)))
        for one in disagreements:
            answers = [literal(str(answer)[:40]) for answer in one["answers"][:4]]
            inputs.add_row(literal(str(one["call"])[:60]), literal(str(one["original"])[:40]), *answers)
        parts += [literal("Patches that pass differ here:"), inputs]
        parts += [literal(f"  {number}: {rival}") for number, rival in enumerate(rivals[:4], start=1)]
    return Group(*parts)
