"""results."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from automation.cli.console import Screen
from automation.cli.job_table import rows_table, rows_to_dict, written_note
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.cli.watch import watch_rows
from automation.errors import ExitCode, UsageFault
from automation.fleet import results as reading
from automation.fleet.results import JobRow
from worker.domain.job import JOB_ID, JobStatus

_FOLDER = click.Path(file_okay=False, path_type=Path)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which results are wanted."""

    job_ids: tuple[str, ...]
    """Named one by one."""
    batch_id: str | None
    """All of a submission."""
    limit: int
    """The newest so many, where none are named."""


@click.command()
@environment_option
@click.argument("job_ids", nargs=-1, metavar="[JOB]...")
@click.option("--batch", "batch_id", metavar="ID", help="All jobs of one submission.")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Newest, where none are named.",
)
@click.option("--watch", "is_watching", is_flag=True, help="Wait until all of them have ended.")
@click.option("--write", "folder", type=_FOLDER, help="Write the generated tests here.")
@json_option
def results(environment: str, *, is_watching: bool, folder: Path | None, is_json: bool, **given: Any) -> int:
    """Show results; write the generated tests to a folder."""
    session = Session(environment, Screen(is_json=is_json))
    wanted = _wanted(session, Selection(**given))
    if is_watching:
        return show_rows(session, watch_rows(session, wanted), folder)
    access, outputs = session.access, session.outputs
    return show_rows(
        session, reading.with_results(access, outputs, reading.job_rows(access, outputs, wanted)), folder
    )


def _wanted(session: Session, selection: Selection) -> tuple[str, ...]:
    wrong = [job_id for job_id in selection.job_ids if not JOB_ID.fullmatch(job_id)]
    if wrong:
        raise UsageFault(
            f"{wrong[0][:80]!r} is no job id",
            why="letters, digits, '-' and '_' are, 80 at most",
            next_step="python -m automation results",
            reference="job-id-invalid",
        )
    access, outputs = session.access, session.outputs
    if selection.batch_id is not None:
        rows = reading.batch_rows(access, outputs, selection.batch_id) if selection.batch_id else ()
        if not rows:
            raise UsageFault(
                f"there is no batch {selection.batch_id!r}",
                next_step="python -m automation results",
                reference="batch-missing",
            )
        return (*selection.job_ids, *(row.job_id for row in rows))
    return selection.job_ids or reading.stored_job_ids(access, outputs, limit=selection.limit)


def show_rows(session: Session, rows: tuple[JobRow, ...], folder: Path | None) -> int:
    """Show a table of jobs, write their tests; FAILED where a finished job failed."""
    written = reading.write_tests(rows, folder) if folder is not None else ()
    document = {
        "jobs": rows_to_dict(rows),
        "written": [
            {"job_id": one.job_id, "folder": str(one.folder), "command": one.command} for one in written
        ],
    }

    session.screen.result(document, lambda: rows_table(rows) if rows else "No results yet.")
    session.screen.lines(written_note(written, folder))
    return ExitCode.FAILED if any(row.status is JobStatus.FAILED for row in rows) else ExitCode.OK
