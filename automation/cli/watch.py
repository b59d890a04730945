"""Waits for jobs, showing a live table on a terminal and a line a finished job elsewhere."""

import time
from collections.abc import Callable, Sequence

from rich.console import Group
from rich.live import Live

from automation.cli.console import Screen
from automation.cli.job_table import rows_table
from automation.cli.session import Session
from automation.fleet.results import JobRow, job_rows, with_results
from automation.fleet.status import queue_depths

_POLL_SECONDS = 1.0


def watch_rows(
    session: Session, job_ids: Sequence[str], *, beside: Callable[[], Sequence[JobRow]] = tuple
) -> tuple[JobRow, ...]:
    """Return the rows of all jobs once every one has ended; Ctrl-C leaves the jobs running.

    Jobs `beside` them are shown, and not waited for.
    """
    screen = session.screen
    began = time.monotonic()
    rows: tuple[JobRow, ...] = ()
    told: set[str] = set()
    told_beside: set[str] = set()
    live = None
    if screen.words.is_terminal and not screen.is_json:
        live = Live(console=screen.words, refresh_per_second=4, transient=True)
        live.start()
    try:
        while True:
            rows = _current(session, job_ids, rows)
            ended = [row for row in rows if row.is_terminal]
            if live is not None:
                progress = _progress_line(session, len(ended), len(rows), began)
                live.update(Group(rows_table((*rows, *beside())), progress))
            else:
                tell_beside(screen, beside(), told_beside)
                _tell(session, ended, told, total=len(rows))
            if len(ended) == len(rows):
                return rows
            time.sleep(_POLL_SECONDS)
    finally:
        if live is not None:
            live.stop()


def _current(session: Session, job_ids: Sequence[str], known: Sequence[JobRow]) -> tuple[JobRow, ...]:
    """Read the jobs that had not ended when last seen; a result is stored once, so an ended job needs no second look."""
    ended = {row.job_id: row for row in known if row.is_terminal and row.result is not None}
    missing = [job_id for job_id in job_ids if job_id not in ended]
    fresh = with_results(session.access, session.outputs, job_rows(session.access, session.outputs, missing))
    ended.update({row.job_id: row for row in fresh})
    return tuple(ended[job_id] for job_id in job_ids)


def _progress_line(session: Session, ended: int, total: int, began: float) -> str:
    depths = queue_depths(session.access, session.outputs)
    waiting = sum(queue.visible for queue in depths if queue.name != "dead-letter")
    held = sum(queue.in_flight for queue in depths if queue.name != "dead-letter")
    return (
        f"{ended} of {total} done · {waiting} waiting · {held} in flight · {time.monotonic() - began:.0f} s"
    )


def _tell(session: Session, ended: Sequence[JobRow], told: set[str], *, total: int) -> None:
    for row in ended:
        if row.job_id not in told:
            told.add(row.job_id)
            kept = len((row.result or {}).get("tests", ()))
            session.screen.note(
                f"  {len(told)}/{total} {row.job_id}: {row.status}, {kept} {'test' if kept == 1 else 'tests'} kept"
            )


def tell_beside(screen: Screen, rows: Sequence[JobRow], told: set[str]) -> None:
    """Say of each that it waits, that it searches, and how it ended; each once."""
    for row in rows:
        word = row.status.value if row.is_terminal else "searches" if row.attempts else "waits"
        if f"{row.job_id} {word}" not in told:
            told.add(f"{row.job_id} {word}")
            screen.note(f"  child {row.job_id}: {word}")
