"""cost: what a plan will cost, what the fleet has cost, and what it may cost."""

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
    from components.prices import read_prices  # noqa: PLC0415 - beside its use

    session = Session(environment, Screen(is_json=is_json), is_embedded=True if offline else None)
    found = cost_of_plan(
        session, planned(session), {}, service_seconds=service_seconds, hours_a_month=hours_a_month
    )
    designs = compared(found.planned, read_prices())
    document = {"environment": environment, **found.to_dict(), "designs": savings_dict(designs)}
    session.screen.result(document, lambda: cost_table(found, designs))
