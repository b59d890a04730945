"""The report as Markdown: for a pull request or a chat."""

import re

from worker.domain.reports.summary import BatchSummary, FileSummary
from worker.domain.reports.wording import CAVEAT, MARKS, figures, headline, percent, shortened

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_MOST_ROWS = 500
"""Rows of a table; GitHub cuts a comment at 65,536 characters anyway."""


def markdown(summary: BatchSummary) -> bytes:
    """Write the batch."""
    title = _plain(summary.label or summary.progress.batch_id)
    lines = [f"## Tests for {title}", "", headline(summary), ""]
    names = figures(summary)
    lines += ["| " + " | ".join(name for name, _, _ in names) + " |", "|" + "---:|" * len(names)]
    lines += ["| " + " | ".join(text for _, text, _ in names) + " |", ""]
    if summary.files:
        lines += ["| | file | tests | lines | branches | faults noticed |", "|---|---|---:|---:|---:|---:|"]
        lines += [_row(file) for file in summary.files[:_MOST_ROWS]]
        if len(summary.files) > _MOST_ROWS:
            lines.append(f"| | … and {len(summary.files) - _MOST_ROWS} more | | | | |")
        lines.append("")
    lines += _failures(summary)
    lines += [f"<sub>{CAVEAT} Batch `{summary.progress.batch_id}`.</sub>", ""]
    return "\n".join(lines).encode("utf-8", "replace")


def _row(file: FileSummary) -> str:
    killed, total = (
        sum(job.mutants_killed for job in file.jobs),
        sum(job.mutants_total for job in file.jobs),
    )
    worst = next((job.status for job in file.jobs if job.status != "succeeded"), "succeeded")
    cells = [
        MARKS.get(worst, "?"),
        _plain(file.path),
        str(sum(len(job.tests) for job in file.jobs)),
        percent(file.coverage.line_ratio),
        percent(file.coverage.branch_ratio),
        percent(killed / total if total else None),
    ]
    return "| " + " | ".join(cells) + " |"


def _failures(summary: BatchSummary) -> list[str]:
    failed = [job for job in summary.jobs if job.status == "failed"]
    if not failed:
        return []
    lines = ["<details><summary>Why some failed</summary>", ""]
    lines += [
        f"- **{_plain(job.path)}**: {_plain(shortened(job.explanation))}" for job in failed[:_MOST_ROWS]
    ]
    return [*lines, "", "</details>", ""]


def _plain(text: str) -> str:
    """Keep a name or a message from being read as Markdown, HTML or a mention of somebody."""
    return _SPECIAL.sub(r"\\\1", shortened(text)).replace("@", "@\u200b")
