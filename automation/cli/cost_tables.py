"""Draws what a plan costs: a few lines below a plan, or tables with every row's price, date and source."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from automation.cli.console import literal, table
from automation.cost.baselines import DUTIES, ORIGINAL_MONTH_USD, ORIGINAL_SAVING, Design
from automation.cost.charges import Per, PricedCharge
from automation.cost.estimate import Estimate, PlanCost

_ORDER = (Per.MONTH, Per.WORKER_HOUR, Per.THOUSAND_JOBS)


def cost_lines(cost: PlanCost) -> RenderableType:
    """Return the estimate in a few lines, for below a plan."""
    planned, deployed = cost.planned, cost.deployed
    rows = table("[bold]Cost[/]", ">USD", ">change", "~")
    for what, now, before, note in _sums(planned, deployed):
        rows.add_row(what, now, before, f"[dim]{note}[/]")
    free = (
        "The embedded AWS costs nothing; this is what the same stack costs on AWS."
        if cost.is_embedded
        else ""
    )
    warnings = [Text(one, style="yellow") for one in cost.warnings]
    return Group("", rows, *warnings, *([Text(free, style="dim")] if free else []), *_footnotes(planned))


def cost_table(cost: PlanCost, designs: Sequence[Design]) -> RenderableType:
    """Return every charge with its price, date and source, then the sums, then the savings with their baselines."""
    planned = cost.planned
    charges = table("resource", "~what", "for each", ">quantity", ">price", ">USD", "price of")
    for per in _ORDER:
        for priced in planned.charges:
            if priced.charge.per is per:
                charges.add_row(*_charge_row(priced))
    parts: list[RenderableType] = [charges, cost_lines(cost), "", savings_table(designs)]
    return Group(*parts, *_plan_words(designs))


def savings_table(designs: Sequence[Design]) -> Table:
    """Return what stopping saves, each saving beside the baseline that it is measured against."""
    rows = table("~USD a month", ">fixed", ">always on", *(f">runs {duty:.0%}" for duty in DUTIES), ">saved")
    for design in designs:
        saved = (
            f"{design.saving(DUTIES[-1]):.0%} to {design.saving(DUTIES[0]):.0%} of {design.always_on_usd:.0f}"
        )
        months = (f"{design.month_usd(duty):.0f}" for duty in DUTIES)
        rows.add_row(design.name, f"{design.fixed_usd:.2f}", f"{design.always_on_usd:.0f}", *months, saved)
    return rows


def savings_dict(designs: Sequence[Design]) -> list[dict[str, Any]]:
    """Return the form that --json prints."""
    return [
        {
            "design": design.name,
            "fixed_usd": round(design.fixed_usd, 2),
            "baseline_always_on_usd": round(design.always_on_usd, 2),
            "at_duty": {
                str(duty): {
                    "month_usd": round(design.month_usd(duty), 2),
                    "saving": round(design.saving(duty), 4),
                }
                for duty in DUTIES
            },
        }
        for design in designs
    ]


def _plan_words(designs: Sequence[Design]) -> list[Text]:
    original = designs[0] if len(designs) > 1 else None
    if original is None:
        return []
    low, high = ORIGINAL_MONTH_USD
    least, most = ORIGINAL_SAVING
    return [
        Text(
            f"The original plan named ${low:.0f}-{high:.0f} and {least:.0%}-{most:.0%}: its first row has the dollars at {DUTIES[0]:.0%}-"
            f"{DUTIES[-1]:.0%} of the time; it saves {least:.0%} at {original.duty_for_saving(least):.0%}, {most:.0%} at "
            f"{original.duty_for_saving(most):.0%}. Each saving is of that row's own always-on month.",
            style="dim",
        )
    ]


def _sums(planned: Estimate, deployed: Estimate | None) -> list[tuple[str, str, str, str]]:
    use = planned.use
    workers = f"{use.workers} worker{'' if use.workers == 1 else 's'}"
    rows = (
        ("a month, fixed", "monthly_fixed_usd", 2, (Per.MONTH,), "while nothing runs"),
        ("a busy hour", "busy_hour_usd", 4, (Per.WORKER_HOUR,), workers),
        (
            "1,000 jobs",
            "thousand_jobs_usd",
            3,
            (Per.WORKER_HOUR, Per.THOUSAND_JOBS),
            f"{use.service_seconds:.3g} s each ({use.service_source}), {use.concurrency} at a time on a worker",
        ),
        (
            f"a month of {use.hours_a_month:.0f} busy hours",
            "month_usd",
            2,
            (Per.MONTH, Per.WORKER_HOUR),
            f"always on: {planned.always_on_usd:.2f}",
        ),
    )
    return [
        (what, _usd(planned, name, digits, parts), _change(planned, deployed, name, digits), note)
        for what, name, digits, parts, note in rows
    ]


def _usd(planned: Estimate, name: str, digits: int, parts: tuple[Per, ...]) -> str:
    mark = "at least " if any(planned.lacks(per) for per in parts) else ""
    return f"{mark}{getattr(planned, name):.{digits}f}"


def _change(planned: Estimate, deployed: Estimate | None, name: str, digits: int) -> str:
    if deployed is None:
        return "new"
    change = getattr(planned, name) - getattr(deployed, name)
    return f"{change:+.{digits}f}" if round(change, digits) else "="


def _footnotes(planned: Estimate) -> list[RenderableType]:
    lines: list[RenderableType] = []
    if planned.unpriced:
        lines.append(Text(f"Unpriced, and in no sum: {', '.join(planned.unpriced)}", style="yellow"))
    dates = planned.price_dates
    prices = f"of {dates[0]} to {dates[1]}" if dates else "are not known"
    lines.append(
        Text(
            f"Prices of {planned.region} {prices}, in USD, without free tiers, taxes, and traffic to the internet.",
            style="dim",
        )
    )
    if dates is None or planned.lacks(Per.WORKER_HOUR):
        lines.append(
            Text(f"Next: python -m automation prices refresh --region {planned.region}", style="cyan")
        )
    elif planned.is_old(datetime.now(UTC).date()):
        lines.append(
            Text("Some prices are older than 90 days: python -m automation prices refresh", style="yellow")
        )
    return lines


def _charge_row(priced: PricedCharge) -> tuple[str, ...]:
    charge, price = priced.charge, priced.price
    if price is None:
        known = ("[yellow]unpriced[/]", "", "")
    else:
        known = (f"{price.usd:.10g}", f"{priced.usd:.4f}", f"[dim]{price.as_of}[/]")
    return (literal(charge.resource), charge.what, charge.per.value, f"{charge.quantity:.6g}", *known)
