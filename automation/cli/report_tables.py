"""Draws what a month has cost: metered and billed apart, since they count other things at other times."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from automation.cli.console import bar, literal, table
from automation.cost.aws_budget import AwsBudget
from automation.cost.billed import ACTIVATE, CALL_USD, KEPT_HOURS, Billed
from automation.cost.metered import BatchCost, Metered

_PARTS = (("service", "by AWS service"), ("component", "by component of the stack"))
_SHOWN = 10


def report_table(metered: Metered, bill: Billed | None, *, is_embedded: bool) -> RenderableType:
    """Return the whole report."""
    parts: list[RenderableType] = [*_metered_words(metered), ""]
    if metered.batches:
        parts += [_batches(metered.batches), ""]
    if bill is not None:
        parts += _bill_words(bill)
    if is_embedded:
        parts.append(
            Text("The embedded AWS costs nothing: metered is what the same time costs on AWS.", style="dim")
        )
    return Group(*parts)


def budget_table(metered: Metered, found: AwsBudget | None) -> RenderableType:
    """Return what the budget allows by our meter, then what AWS has and tells."""
    share = metered.verdict.share
    parts: list[RenderableType] = [
        f"[bold]Budget[/]  {metered.limit_usd:.2f} USD a month",
        f"  {bar(share or 0.0)}  {literal(metered.verdict.sentence)}",
        f"  rung: {metered.verdict.rung.value}, the fleet may: {_MAY[metered.verdict.allows.value]}",
        Text("  50 % mail, 80 % alert, 100 % no more workers, 120 % no workers", style="dim"),
        "",
    ]
    if found is None:
        parts.append(
            Text(
                "AWS has no budget of this stack: deploy it. Until then only our meter counts.",
                style="yellow",
            )
        )
        return Group(*parts)
    forecast = f", expects {found.forecast_usd:.2f}" if found.forecast_usd else ""
    parts.append(
        f"[bold]AWS Budgets[/]  {literal(found.name)}: {found.limit_usd:.2f} USD, "
        f"knows of {found.actual_usd:.2f}{forecast} (8 to 12 hours behind)"
    )
    if found.limit_usd != max(metered.limit_usd, 0.01):
        parts.append(Text("  It differs from the stack's file: deploy makes that one hold.", style="yellow"))
    alerts = table("  told at", "of", "~who")
    for alert in found.alerts:
        alerts.add_row(f"  {alert.percent:.0f} %", alert.kind, literal(", ".join(alert.told)))
    return Group(*parts, alerts)


_MAY = {"normal": "grow and shrink", "frozen": "not grow", "zero": "not work"}


def next_steps(bill: Billed | None) -> list[str]:
    """Return what to do where nothing is billed, as lines to copy."""
    if bill is None or bill.is_known:
        return []
    if bill.trouble:
        return ["Next: switch Cost Explorer on in the billing console; it answers a day later"]
    return ["Next:", f"  {ACTIVATE}"]


def _metered_words(metered: Metered) -> list[RenderableType]:
    head = f"[bold]Metered[/]  {metered.month}: "
    meter = metered.meter
    if meter is None:
        return [f"{head}not known", Text(f"  {metered.verdict.sentence}", style="yellow")]
    hour = metered.rates.worker_hour_usd
    price = (
        f"{hour:.4f} USD a worker's hour" if hour is not None else "[yellow]no price for a worker's hour[/]"
    )
    lines: list[RenderableType] = [
        f"{head}{meter.spent_usd:.4f} USD, {meter.worker_seconds / 3600:.2f} hours of workers at {price}",
        f"  {literal(metered.verdict.sentence)}",
    ]
    if metered.forecast_usd is not None:
        lines.append(f"  at this pace the month ends with {metered.forecast_usd:.2f} USD")
    if meter.unpriced_seconds:
        lines.append(
            Text(
                f"  {meter.unpriced_seconds / 3600:.2f} hours had no price and are not in it", style="yellow"
            )
        )
    return lines


def _batches(batches: Sequence[BatchCost]) -> RenderableType:
    rows = table("batch", "submitted", ">jobs", ">worker seconds", ">USD", ">USD a job")
    for batch in batches:
        usd, each = batch.usd, batch.job_usd
        rows.add_row(
            literal(batch.batch_id),
            batch.submitted_at[:16].replace("T", " "),
            str(batch.jobs),
            f"{batch.worker_seconds:.1f}",
            "unpriced" if usd is None else f"{usd:.5f}",
            "" if each is None else f"{each:.6f}",
        )
    return rows


def _bill_words(bill: Billed) -> list[RenderableType]:
    asked = f"asked {bill.asked_at[:16].replace('T', ' ')} UTC"
    kept = f"{asked}, kept {KEPT_HOURS} h; a call costs {CALL_USD:.2f} USD"
    head = f"[bold]Billed[/]  {bill.month}: "
    if bill.trouble:
        return [
            f"{head}not known",
            Text(f"  Cost Explorer: {bill.trouble}", style="yellow"),
        ]
    if not bill.lines:
        return [
            f"{head}nothing that carries the stack's tags  [dim]({kept})[/]",
            Text(
                "  Either nothing was billed yet (it takes a day), or the tags are not activated.",
                style="yellow",
            ),
        ]
    state = "estimated by AWS, may still change" if bill.is_estimated else "final"
    parts: list[RenderableType] = [f"{head}{bill.total_usd:.2f} USD, {state}  [dim]({kept})[/]"]
    for name, words in _PARTS:
        rows = table(f"  {words}", ">USD")
        for key, usd in list(bill.by(name).items())[:_SHOWN]:
            rows.add_row(f"  {literal(key or 'without this tag')}", f"{usd:.2f}")
        parts += [rows, ""]
    return parts
