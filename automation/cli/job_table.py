"""Tables of jobs, for people and for machines."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table

from automation.cli.console import literal, table
from automation.fleet.results import JobRow, WrittenTests
from worker.domain.job import Job, JobStatus

_STYLES = {JobStatus.SUCCEEDED: "green", JobStatus.FAILED: "red", JobStatus.RUNNING: "yellow"}
_EXPLANATION_CHARACTERS = 300
_WIDE_COLUMNS = 110
"""From this width on a window has room for what only a wide table shows."""


def sent_table(jobs: Sequence[Job]) -> Table:
    """Return what was sent."""
    sent = table("job", "language", "path")
    for job in jobs:
        sent.add_row(job.job_id, literal(job.language), literal(job.path or "-"))
    return sent


@dataclass(frozen=True, kw_only=True)
class _JobTable:
    """A table that leaves columns out of a narrow window, where rich would cut every cell short."""

    rows: Sequence[JobRow]
    """The jobs, one row each."""

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it for the window's width."""
        yield _columns(self.rows, is_wide=options.max_width >= _WIDE_COLUMNS)


def rows_table(rows: Sequence[JobRow]) -> RenderableType:
    """Return one row a job: what was kept and how good it is; below, why failed jobs failed."""
    explained = (_explained(row) for row in rows if row.status is JobStatus.FAILED and row.result)
    return Group(_JobTable(rows=rows), *explained)


def _columns(rows: Sequence[JobRow], *, is_wide: bool) -> Table:
    """Return the table; its job ids are whole at any width, for they are what the next command takes."""
    numbers = (">tests", ">lines", ">branches", ">mutants", ">seconds")
    result = table("~job", "status", *numbers, *(("language", "worker") if is_wide else ()))
    for row in rows:
        fields = row.result or {}
        coverage = fields.get("coverage") or {}
        language = row.language if row.language != "?" else fields.get("language", "?")
        wide = (literal(language, characters=20), literal(fields.get("worker_id", ""), characters=12))
        result.add_row(
            literal(row.job_id),
            f"[{_STYLES.get(row.status, 'white')}]{row.status}[/]",
            str(len(fields.get("tests", ()))) if fields else "",
            _percent(coverage.get("line_ratio")),
            _percent(coverage.get("branch_ratio")),
            _percent(fields.get("mutation_score")),
            f"{fields['seconds']:.1f}" if fields else "",
            *(wide if is_wide else ()),
        )
    return result


def _explained(row: JobRow) -> str:
    explanation = literal((row.result or {})["explanation"], characters=_EXPLANATION_CHARACTERS)
    return f"[red]{literal(row.job_id)}[/]: {explanation}"


def _percent(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.0%}"


def rows_to_dict(rows: Iterable[JobRow]) -> list[Mapping[str, Any]]:
    """Return the form that --json prints: the ledger's view with the stored result."""
    return [
        {
            "job_id": row.job_id,
            "status": row.status.value,
            "language": row.language,
            "path": row.path,
            "parent": row.parent,
            "attempts": row.attempts,
            "result": row.result,
        }
        for row in rows
    ]


def written_note(written: Sequence[WrittenTests], folder: Path | None) -> list[str]:
    """Say where the tests lie and how to run them."""
    if folder is None:
        return []
    if not written:
        return [f"No job kept a test: nothing was written to {folder}."]
    lines = ["", f"{len(written)} test files in {folder}. To run one with the plain runner:"]
    for language in sorted({one.language for one in written}):
        first = next(one for one in written if one.language == language)
        lines.append(f"  (cd {shlex.quote(str(first.folder))} && {shlex.join(first.command)})")
    return lines
