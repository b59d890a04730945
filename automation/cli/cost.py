"""cost: what a plan will cost, what the fleet has cost, and what it may cost."""

from dataclasses import asdict

import click

from automation.cli.console import Screen
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session


@click.group()
def cost() -> None:
    """Estimate a plan, report what was spent, show or set the budget."""


@cost.command("estimate")
@environment_option
@click.option(
    "--offline", is_flag=True, help="Plan a stack of AWS against the embedded AWS: no account needed."
)
@click.option(
    "--service-seconds",
    type=click.FloatRange(min=0.001, max=3600),
    metavar="SECONDS",
    help="What a job takes; by default what this stack has measured, or 45.",
)
@click.option(
    "--hours",
    "hours_a_month",
    type=click.FloatRange(min=0, max=730),
    metavar="HOURS",
    help="Hours a month in which the fleet runs; by default 195: eight on 22 days, and bursts.",
)
@json_option
def show_estimate(
    environment: str,
    *,
    offline: bool,
    service_seconds: float | None,
    hours_a_month: float | None,
    is_json: bool,
) -> None:
    """Price what a deploy would lead to: by the month, the busy hour and 1,000 jobs, each price with its date."""
    from automation.cli.cost_of_plan import cost_of_plan  # noqa: PLC0415 - loads boto
    from automation.cli.cost_tables import cost_table, savings_dict  # noqa: PLC0415 - beside its use
    from automation.cli.stack import planned  # noqa: PLC0415 - loads Pulumi
    from automation.cost.baselines import compared  # noqa: PLC0415 - beside its use
    from automation.cost.known_prices import known_prices  # noqa: PLC0415 - beside its use

    session = Session(environment, Screen(is_json=is_json), is_embedded=True if offline else None)
    found = cost_of_plan(
        session, planned(session), {}, service_seconds=service_seconds, hours_a_month=hours_a_month
    )
    designs = compared(found.planned, known_prices())
    document = {"environment": environment, **found.to_dict(), "designs": savings_dict(designs)}
    session.screen.result(document, lambda: cost_table(found, designs))


@cost.command("report")
@environment_option
@click.option(
    "--refresh", is_flag=True, help="Ask Cost Explorer though its last answer is younger than a day: $0.01."
)
@click.option("--no-bill", is_flag=True, help="Don't ask Cost Explorer at all: what was metered only.")
@json_option
def show_report(environment: str, *, refresh: bool, no_bill: bool, is_json: bool) -> None:
    """Show what this month has cost: metered by us as it goes by, and billed by AWS hours later; never mixed."""
    from automation.cli.cost_sources import bill_of, month_of_fleet  # noqa: PLC0415 - loads Pulumi
    from automation.cli.report_tables import next_steps, report_table  # noqa: PLC0415 - beside its use

    session = Session(environment, Screen(is_json=is_json))
    metered = month_of_fleet(session)
    bill = None if no_bill else bill_of(session, is_asked_anew=refresh)
    document = {
        "environment": environment,
        "currency": "USD",
        "costs_nothing_here": session.is_embedded,
        "metered": metered.to_dict(),
        "billed": bill.to_dict() if bill else None,
        "batches": [{**asdict(batch), "job_usd": batch.job_usd} for batch in metered.batches],
    }
    session.screen.result(document, lambda: report_table(metered, bill, is_embedded=session.is_embedded))
    if not session.is_embedded:
        session.screen.lines(next_steps(bill))


@cost.command("budget")
@environment_option
@click.option(
    "--set",
    "amount",
    type=click.IntRange(0, 1_000_000),
    metavar="USD",
    help="Write another budget into the stack's file; the next deploy makes it hold. 0 lets nobody work.",
)
@json_option
def show_budget(environment: str, *, amount: int | None, is_json: bool) -> None:
    """Show the month's budget, what it allows, and whom AWS tells; or set another one."""
    from automation.cli.cost_sources import deployed_budget, set_budget, stack_file  # noqa: PLC0415 - loads Pulumi
    from automation.cli.report_tables import budget_table  # noqa: PLC0415 - beside its use

    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    if amount is not None:
        before = set_budget(session, amount)
        document = {"environment": environment, "budget_usd": amount, "before_usd": before, "holds": False}
        words = f"Budget of {environment}: {amount} USD a month (was {before}). Written to {stack_file(session).name}."
        screen.result(document, lambda: words)
        screen.lines(
            [*(_NOTHING if amount == 0 else []), f"Next: python -m automation deploy --env {environment}"]
        )
        return
    metered, found = deployed_budget(session)
    document = {
        "environment": environment,
        "budget_usd": metered.limit_usd,
        "metered": metered.to_dict(),
        "aws": asdict(found) if found else None,
    }
    screen.result(document, lambda: budget_table(metered, found))


_NOTHING = ("A budget of 0 allows nothing: once deployed, nobody works until it is raised.",)
