"""Tables of a simulation: scalers by cost, and a recommendation."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType

from automation.cli.console import literal, table
from automation.simulation.contest import OURS, Standing
from automation.simulation.offers import Offer
from automation.simulation.recommendation import Choice, Recommendation
from automation.simulation.report import Report

PROMISED_TAIL_SECONDS = 900.0
"""A longer idle tail is shown in red; one beyond an hour is called endless."""
ENDLESS_SECONDS = 3600.0


def drawn(
    reports: Sequence[Report], recommendation: Recommendation | None, offers: Mapping[str, Offer]
) -> RenderableType:
    """Return all tables."""
    parts: list[RenderableType] = []
    for one in reports:
        parts += [*_report(one), ""]
    parts += [f"Price and start: {literal(reports[0].offer.source)}; {reports[0].offer.start_seconds:.0f} s."]
    if recommendation:
        parts += ["", *_recommendation(recommendation, offers)]
    return Group(*parts)


def _report(report: Report) -> list[RenderableType]:
    rows = table(
        "scaler", ">hours", ">$/month", ">x bound", ">p50 s", ">p99 s", ">late", ">killed", ">idle tail s"
    )
    for standing in sorted(report.standings, key=report.usd_per_month):
        rows.add_row(*_row(report, standing))
    heading = (
        f"[bold]{literal(report.workload)}[/] {literal(report.title)}: {report.jobs} jobs in {report.span_hours:.0f} h, "
        f"goal {report.slo_seconds:.0f} s, {report.seeds} seeds, mean ± 95 %"
    )
    bound = (
        f"Lower bound: {report.bound_hours.mean:.1f} h if every job begins within the goal, "
        f"{report.fluid_bound_hours.mean:.1f} h if its work ends within it (x bound is to the latter)."
    )
    return [heading, rows, bound]


def _row(report: Report, standing: Standing) -> list[str]:
    hours, tail = standing.estimate("worker_hours"), standing.worst("idle_tail_seconds")
    killed, late = standing.estimate("killed").mean, standing.estimate("missed_share").mean
    name = f"[green]{OURS}[/]" if standing.scaler == OURS else literal(standing.scaler)
    tail_text = "endless" if tail > ENDLESS_SECONDS else f"{tail:.0f}"
    return [
        name,
        f"{hours.mean:.1f} ± {hours.margin:.1f}",
        f"{report.usd_per_month(standing):.2f}",
        f"{hours.mean / report.fluid_bound_hours.mean:.2f}" if report.fluid_bound_hours.mean else "-",
        str(standing.estimate("p50_seconds")),
        str(standing.estimate("p99_seconds")),
        f"{late:.1%}",
        f"[red]{killed:.1f}[/]" if killed else "0",
        f"[red]{tail_text}[/]" if tail > PROMISED_TAIL_SECONDS else tail_text,
    ]


def _recommendation(found: Recommendation, offers: Mapping[str, Offer]) -> list[RenderableType]:
    rows = table("type", ">maximum", ">idle timer", ">$/month", ">p50 s", ">p99 s", ">late", "~price")
    for choice in found.choices:
        rows.add_row(
            literal(choice.compute),
            str(choice.maximum),
            _timer(choice),
            f"{choice.usd_per_month:.2f}",
            f"{choice.outcome.p50_seconds:.0f}",
            f"{choice.outcome.p99_seconds:.0f}",
            f"{choice.outcome.missed_share:.1%}",
            literal(offers[choice.compute].source),
        )
    best, baseline = found.best, found.baseline
    reason = "the fewest that meet the goal" if baseline.meets_goal else "which miss the goal, too"
    late = "" if best.meets_goal() else " No choice meets the goal; this one misses it least."
    sentence = (
        f"[bold]Recommended:[/] {literal(best.compute)}, at most {best.maximum} workers, idle timer {_timer(best)}: "
        f"${best.usd_per_month:.2f} a month, {found.saving:.0%} less than {baseline.workers} x {literal(baseline.compute)} "
        f"always on (${baseline.usd_per_month:.2f}), {reason}.{late}"
    )
    return [
        sentence,
        rows,
        "Compute alone, the seconds of the trace on every type, scaled from its span to 730 hours.",
    ]


def _timer(choice: Choice) -> str:
    if choice.compute == "lambda":
        return "-"
    return "learned" if choice.idle_seconds is None else f"{choice.idle_seconds:.0f} s"
