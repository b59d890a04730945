"""batch: list, show, report, cancel, retry."""

from pathlib import Path

import click
from rich.console import RenderableType

from automation.cli.console import Screen, bar, literal, table
from automation.cli.job_commands import pairs_table, wake_up
from automation.cli.jobs import show_rows
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import ExitCode
from automation.fleet.batches import (
    BatchView,
    cancel_jobs,
    counted_rows,
    known_batch,
    recent_batches,
    retry_jobs,
    write_report,
)
from automation.fleet.results import with_results
from worker.domain.job import JobStatus

_BATCH = click.argument("batch_id", metavar="BATCH")


@click.group()
def batch() -> None:
    """List, show, report, cancel or retry whole submissions."""


@batch.command("list")
@environment_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Newest so many.")
@json_option
def list_batches(environment: str, *, limit: int, is_json: bool) -> None:
    """List the newest submissions."""
    session = Session(environment, Screen(is_json=is_json))
    views = recent_batches(session.access, session.outputs, limit=limit)
    session.screen.result({"batches": [_document(view) for view in views]}, lambda: _listing(views))


@batch.command("show")
@environment_option
@_BATCH
@json_option
def show(environment: str, batch_id: str, *, is_json: bool) -> int:
    """Show how a submission stands, with the results that are there."""
    session = Session(environment, Screen(is_json=is_json))
    view = known_batch(session.access, session.outputs, batch_id)
    session.screen.show(_listing((view,)))
    rows = counted_rows(session.access, session.outputs, batch_id)
    return show_rows(session, with_results(session.access, session.outputs, rows), None)


@batch.command("report")
@environment_option
@_BATCH
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("report"),
    show_default=True,
    help="Folder to write to.",
)
@json_option
def report(environment: str, batch_id: str, *, folder: Path, is_json: bool) -> None:
    """Write a submission's report: JSON, JUnit, Cobertura, LCOV, Markdown, HTML; a partial one while it runs."""
    session = Session(environment, Screen(is_json=is_json))
    view = known_batch(session.access, session.outputs, batch_id)
    written = write_report(session.access, session.outputs, view, folder)
    document = {**_document(view), "files": [str(path) for path in written]}
    session.screen.result(document, lambda: _listing((view,)))
    session.screen.lines(["", *(str(path) for path in written)])


@batch.command("cancel")
@environment_option
@_BATCH
@json_option
def cancel(environment: str, batch_id: str, *, is_json: bool) -> None:
    """Cancel the jobs of a submission that have not ended."""
    session = Session(environment, Screen(is_json=is_json))
    known_batch(session.access, session.outputs, batch_id)
    rows = [row for row in counted_rows(session.access, session.outputs, batch_id) if not row.is_terminal]
    told = cancel_jobs(session.access, session.outputs, rows)
    session.screen.result({"jobs": told}, lambda: pairs_table("job", "what happened", told))


@batch.command("retry")
@environment_option
@_BATCH
@click.option(
    "--all", "is_all", is_flag=True, help="Also those that succeeded; by default failed and cancelled ones."
)
@json_option
def retry(environment: str, batch_id: str, *, is_all: bool, is_json: bool) -> int:
    """Retry the jobs of a submission that failed or were cancelled."""
    session = Session(environment, Screen(is_json=is_json))
    known_batch(session.access, session.outputs, batch_id)
    wanted = {JobStatus.FAILED, JobStatus.CANCELLED, *({JobStatus.SUCCEEDED} if is_all else set())}
    rows = [row for row in counted_rows(session.access, session.outputs, batch_id) if row.status in wanted]
    again = retry_jobs(session.access, session.outputs, rows)
    if again:
        wake_up(session)
    session.screen.result({"retried": again}, lambda: pairs_table("job", "repeated by", again))
    return ExitCode.OK


def _document(view: BatchView) -> dict[str, object]:
    progress = view.progress
    return {
        "batch_id": progress.batch_id,
        "label": view.label,
        "submitted_at": view.submitted_at,
        "total": progress.total,
        "succeeded": progress.succeeded,
        "failed": progress.failed,
        "cancelled": progress.cancelled,
        "is_complete": progress.is_complete,
    }


def _listing(views: tuple[BatchView, ...]) -> RenderableType:
    if not views:
        return "Nothing was submitted yet."
    result = table("~batch", "progress", ">jobs", ">ok", ">failed", ">cancelled", "submitted", "~what")
    for view in views:
        progress = view.progress
        drawn = f"{bar(progress.ended / max(progress.total, 1))} {progress.ended}/{progress.total}"
        counts = (progress.total, progress.succeeded, progress.failed, progress.cancelled)
        when = view.submitted_at[:16].replace("T", " ")
        result.add_row(progress.batch_id, drawn, *(str(count) for count in counts), when, literal(view.label))
    return result
