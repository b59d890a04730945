"""What the rows come to: totals of each side, as a table for people and as JSON for programs."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from bench.quality.suites import Row


@dataclass(frozen=True, kw_only=True)
class Totals:
    """All rows of one maker in one set, pooled: branches and mutants are summed, not averaged over subjects."""

    set: str
    maker: str
    subjects: int
    suites: int
    """Subjects for which a suite was made."""
    invalid: int
    """Suites of which nothing passes on the correct program."""
    timeouts: int
    branch_ratio: float
    mutation_score: float
    oracle_gap: float
    """Branches less mutation score: code that is run, but not checked."""
    bugs_noticed: int | None
    tests_per_subject: float
    xfail_share: float
    dropped: int
    """Tests that fail on the correct program."""
    flaky: int
    """Suites that failed some of their repeats."""
    failed_repeats: int
    repeats: int
    seconds_mean: float
    seconds_median: float
    seconds_most: float
    load: float


def totals_of(rows: Sequence[Row], *, maker: str) -> Totals:
    """Pool the rows of one maker in one set; there is at least one."""
    branches = _share(sum(row.branches_taken for row in rows), sum(row.branches for row in rows))
    score = _share(sum(row.killed for row in rows), sum(row.mutants for row in rows))
    seconds = [row.seconds for row in rows]
    return Totals(
        set=rows[0].set,
        maker=maker,
        subjects=len(rows),
        suites=sum(row.is_made for row in rows),
        invalid=sum(row.is_made and not row.is_valid for row in rows),
        timeouts=sum(row.is_timed_out for row in rows),
        branch_ratio=branches,
        mutation_score=score,
        oracle_gap=branches - score,
        bugs_noticed=None
        if rows[0].is_bug_noticed is None
        else sum(bool(row.is_bug_noticed) for row in rows),
        tests_per_subject=sum(row.tests for row in rows) / len(rows),
        xfail_share=_share(sum(row.xfail for row in rows), sum(row.tests for row in rows)),
        dropped=sum(row.dropped for row in rows),
        flaky=sum(row.failed_repeats > 0 for row in rows),
        failed_repeats=sum(row.failed_repeats for row in rows),
        repeats=sum(row.repeats for row in rows),
        seconds_mean=statistics.mean(seconds),
        seconds_median=statistics.median(seconds),
        seconds_most=max(seconds),
        load=statistics.mean(row.load for row in rows),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def print_table(console: Console, found: Sequence[Totals]) -> None:
    """Print a line for each side of each set."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    heads = [
        "set",
        "suites by",
        "made",
        "branches",
        "mutants",
        "gap",
        "bugs",
        "tests",
        "xfail",
        "dropped",
        "invalid",
        "flaky",
    ]
    heads += ["timeouts", "s mean", "median", "most", "load"]
    for head in heads:
        table.add_column(head, justify="left" if head in {"set", "suites by"} else "right", no_wrap=True)
    for one in found:
        table.add_row(
            one.set,
            one.maker,
            f"{one.suites}/{one.subjects}",
            f"{one.branch_ratio:.1%}",
            f"{one.mutation_score:.1%}",
            f"{one.oracle_gap * 100:+.1f}",
            "-" if one.bugs_noticed is None else f"{one.bugs_noticed}/{one.subjects}",
            f"{one.tests_per_subject:.1f}",
            f"{one.xfail_share:.0%}",
            str(one.dropped),
            str(one.invalid),
            str(one.flaky),
            str(one.timeouts),
            f"{one.seconds_mean:.1f}",
            f"{one.seconds_median:.1f}",
            f"{one.seconds_most:.1f}",
            f"{one.load:.1f}",
        )
    console.print(table)


def line_of(row: Row) -> str:
    """Say in one line how one suite did."""
    bug = {None: "", True: ", bug noticed", False: ", bug missed"}[row.is_bug_noticed]
    faults = [
        *(["no suite"] if not row.is_made else []),
        *(["invalid"] if row.is_made and not row.is_valid else []),
        *(["timed out"] if row.is_timed_out else []),
        *([f"{row.dropped} dropped"] if row.dropped else []),
        *([f"{row.failed_repeats} repeats failed"] if row.failed_repeats else []),
        *([row.note[:120]] if row.note else []),
    ]
    return (
        f"{row.subject:16} {row.maker:8} {row.seconds:6.2f} s {row.tests:3} tests {row.branches_taken:3}/{row.branches:<3} branches"
        f" {row.killed:3}/{row.mutants:<3} mutants{bug}{''.join(f', {fault}' for fault in faults)}"
    )


def as_json(rows: Sequence[Row], found: Sequence[Totals]) -> dict[str, object]:
    """Return all of it as JSON's types."""
    return {
        "totals": [asdict(one) for one in found],
        "rows": [{each.name: getattr(row, each.name) for each in fields(row)} for row in rows],
    }
