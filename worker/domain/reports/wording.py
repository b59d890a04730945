"""Words and numbers that the Markdown and the HTML report share."""

from worker.domain.reports.summary import BatchSummary

MARKS = {"succeeded": "✔", "failed": "✘", "cancelled": "–"}
"""Status -> sign."""
LONGEST_EXPLANATION = 300
"""Characters of an explanation in a list; the whole stands in the result."""


def percent(ratio: float | None) -> str:
    """Write a share, rounded down: 99.96 % is not all."""
    return "–" if ratio is None else f"{int(ratio * 1000) / 10:g} %"


def shortened(text: str, characters: int = LONGEST_EXPLANATION) -> str:
    """Keep the beginning of a text, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 1] + "…"


def headline(summary: BatchSummary) -> str:
    """Say in one sentence how the batch stands."""
    progress = summary.progress
    if not progress.is_complete:
        return f"{progress.ended} of {progress.total} jobs have ended; this report is partial."
    parts = [f"{progress.succeeded} of {progress.total} jobs succeeded"]
    parts += [f"{progress.failed} failed"] if progress.failed else []
    parts += [f"{progress.cancelled} cancelled"] if progress.cancelled else []
    return ", ".join(parts) + "."


def figures(summary: BatchSummary) -> list[tuple[str, str, float | None]]:
    """The figures that matter: name, text, share of 0 to 1 where it is one."""
    coverage = summary.coverage
    return [
        ("tests kept", str(summary.tests), None),
        ("lines", percent(coverage.line_ratio), coverage.line_ratio),
        ("branches", percent(coverage.branch_ratio), coverage.branch_ratio),
        ("faults noticed", percent(summary.mutation_score), summary.mutation_score),
        ("work", duration(summary.seconds), None),
    ]


def duration(seconds: float) -> str:
    """Write a time as people say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


CAVEAT = (
    "Tests by characterization pin what the code does now, not what it should do: a fault that was there stays there. "
    "“Faults noticed” is the share of small faults, put into the code on purpose, that the tests fail on."
)
"""What a reader must know about these tests."""
