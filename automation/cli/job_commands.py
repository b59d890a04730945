"""jobs: list, show, cancel, retry."""

from collections.abc import Sequence
from typing import Any

import click
from rich.console import Group, RenderableType

from automation.cli.console import Screen, literal, table
from automation.cli.job_result import told_of
from automation.cli.job_table import rows_to_dict
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import ExitCode
from automation.fleet import control, size
from automation.fleet.batches import cancel_jobs, retry_jobs
from automation.fleet.look import look_now
from automation.fleet.results import JobRow, attempt_rows, children_rows, with_results
from automation.fleet.selection import JobFilter, matching_rows, named_rows
from worker.domain.job import JobStatus

_JOBS = click.argument("job_ids", nargs=-1, required=True, metavar="JOB...")


@click.group()
def jobs() -> None:
    """List, show, cancel or retry jobs."""


@jobs.command("list")
@environment_option
@click.option("--status", type=click.Choice([status.value for status in JobStatus]), help="With this status.")
@click.option("--language", metavar="NAME", help="In this language.")
@click.option("--repository", metavar="NAME", help="Of this repository.")
@click.option("--batch", "batch_id", metavar="ID", help="Of this submission.")
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Newest so many."
)
@json_option
def list_jobs(environment: str, *, limit: int, is_json: bool, **wanted: Any) -> None:
    """List the newest jobs that match."""
    session = Session(environment, Screen(is_json=is_json))
    rows = matching_rows(session.access, session.outputs, JobFilter(**wanted), limit=limit)
    session.screen.result({"jobs": rows_to_dict(rows)}, lambda: _listing(rows))


@jobs.command("show")
@environment_option
@click.argument("job_id", metavar="JOB")
@json_option
def show_job(environment: str, job_id: str, *, is_json: bool) -> None:
    """Show one job: its attempts, its end, and what was proved."""
    session = Session(environment, Screen(is_json=is_json))
    rows = named_rows(session.access, session.outputs, [job_id])
    (row,) = with_results(session.access, session.outputs, rows)
    attempts = attempt_rows(session.access, session.outputs, job_id)
    children = children_rows(session.access, session.outputs, job_id)
    document = {
        **rows_to_dict([row])[0],
        "attempt_list": attempts,
        "children": {child.job_id: child.status.value for child in children},
    }
    session.screen.result(document, lambda: _shown(row, attempts, children))


@jobs.command("cancel")
@environment_option
@_JOBS
@json_option
def cancel(environment: str, job_ids: tuple[str, ...], *, is_json: bool) -> None:
    """Cancel jobs and their children: queued ones end at once, running ones within seconds."""
    session = Session(environment, Screen(is_json=is_json))
    access, outputs = session.access, session.outputs
    rows = named_rows(access, outputs, job_ids)
    told = cancel_jobs(access, outputs, rows)
    children = [child for row in rows for child in children_rows(access, outputs, row.job_id)]
    told |= cancel_jobs(access, outputs, (child for child in children if not child.is_terminal))
    session.screen.result({"jobs": told}, lambda: pairs_table("job", "what happened", told))


@jobs.command("retry")
@environment_option
@_JOBS
@json_option
def retry(environment: str, job_ids: tuple[str, ...], *, is_json: bool) -> int:
    """Retry jobs that have ended, as new jobs of the same batch with another seed."""
    session = Session(environment, Screen(is_json=is_json))
    rows = named_rows(session.access, session.outputs, job_ids)
    again = retry_jobs(session.access, session.outputs, rows)
    wake_up(session)
    session.screen.result({"retried": again}, lambda: pairs_table("job", "repeated by", again))
    return ExitCode.OK


def wake_up(session: Session) -> None:
    """Start a fleet that is stopped, have the controller look now, and say what keeps the work waiting."""
    access, outputs, say = session.access, session.outputs, session.screen.note
    if control.wake(access, outputs):
        say("The fleet was stopped: waking it.")
    else:
        spent = size.spent_budget(access, outputs)
        if spent:
            say(f"The work waits: {spent}.")
    look_now(access, outputs)


def pairs_table(first: str, second: str, pairs: dict[str, str]) -> RenderableType:
    """Return two columns."""
    result = table(f"~{first}", f"~{second}")
    for one, other in pairs.items():
        result.add_row(literal(one), literal(other))
    return result if pairs else "Nothing to do."


def _listing(rows: tuple[JobRow, ...]) -> RenderableType:
    if not rows:
        return "No job matches."
    result = table("~job", "status", "language", ">tries", "submitted", "~path")
    for row in rows:
        marks = ("repeated" if row.replaced_by else "", "child" if row.parent else "")
        status = ", ".join(word for word in (row.status.value, *marks) if word)
        when = row.submitted_at[:16].replace("T", " ")
        result.add_row(
            literal(row.job_id),
            status,
            literal(row.language),
            str(row.attempts),
            when,
            literal(row.path or ""),
        )
    return result


def _shown(row: JobRow, attempts: list[dict[str, str]], children: Sequence[JobRow] = ()) -> RenderableType:
    fields = table("field", "~value")
    shown = {
        "job": row.job_id,
        "status": row.status.value,
        "path": row.path or "",
        "language": row.language,
        "batch": "" if row.parent else row.batch_id,
        "parent": row.parent,
        "children": ", ".join(f"{child.job_id} {child.status.value}" for child in children),
        "repository": row.repository,
        "submitted": row.submitted_at,
        "not before": row.not_before,
        "repeated by": row.replaced_by,
        **told_of(row.result or {}),
    }
    for name, value in shown.items():
        if value:
            fields.add_row(name, literal(value))
    timeline = table(">attempt", "worker", "started", "ended", "end")
    for attempt in attempts:
        timeline.add_row(*(literal(value) for value in attempt.values()))
    return Group(fields, "", timeline if attempts else "Nobody has tried it yet.")
