"""Prices a plan for `preview`, `deploy --dry-run` and `cost estimate`, with what the fleet has measured of its jobs."""

from collections.abc import Mapping
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from automation.cli.session import LOCAL, Session
from automation.cost.estimate import PlanCost, estimate
from automation.cost.known_prices import known_prices
from automation.cost.measured import recent_times, together
from automation.cost.planned import PlannedResource, deployed_resources, planned_resources
from automation.cost.usage import UseOfFleet
from automation.driver.events import DeploymentView
from automation.driver.stack_file import REGION_KEY
from components.config import StackConfig, own_values

LEDGER = "aws:dynamodb/table:Table"


def cost_of_plan(
    session: Session,
    view: DeploymentView,
    overrides: Mapping[str, str],
    *,
    service_seconds: float | None = None,
    hours_a_month: float | None = None,
) -> PlanCost:
    """Price what a plan leads to, and what is there now."""
    values = {**session.config, **overrides}
    config = StackConfig.parse(own_values(values))
    before = deployed_resources(view)
    use = UseOfFleet(workers=config.instances, concurrency=config.concurrency)
    if hours_a_month is not None:
        use = replace(use, hours_a_month=hours_a_month)
    if service_seconds is not None:
        use = replace(use, service_seconds=service_seconds, service_source="given")
    else:
        use = _with_measured(session, before, use)
    table, region = known_prices(), values.get(REGION_KEY, session.region)
    return PlanCost(
        planned=estimate(planned_resources(view), table, region, use),
        deployed=estimate(before, table, session.region, use) if before else None,
        is_embedded=session.environment == LOCAL,
        budget_usd=float(config.monthly_budget_usd),
    )


def _with_measured(session: Session, deployed: tuple[PlannedResource, ...], use: UseOfFleet) -> UseOfFleet:
    """Take the mean of the jobs that the deployed fleet did last; where it can't be asked, the assumption stays, and is called one."""
    name = next((str(one.inputs.get("name")) for one in deployed if one.type == LEDGER), None)
    if name is None:
        return use
    try:
        times = together(recent_times(session.access, name))
    except (ClientError, BotoCoreError):
        return use
    if times.mean_seconds is None:
        return use
    return replace(
        use, service_seconds=times.mean_seconds, service_source=f"measured, {times.jobs} jobs of this stack"
    )
