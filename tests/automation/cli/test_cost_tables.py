"""Tables of money, as a reader sees them."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from automation.cli.cost_tables import cost_lines, cost_table
from automation.cli.report_tables import budget_table, next_steps, report_table
from automation.cost.aws_budget import Alert, AwsBudget
from automation.cost.baselines import compared
from automation.cost.billed import Billed, BilledLine
from automation.cost.estimate import PlanCost, estimate
from automation.cost.metered import BatchCost, Metered, metered_month
from automation.cost.usage import UseOfFleet
from components.prices import read_prices
from tests.automation.cost.plans import fargate, resource
from worker.domain.budget import Meter, Rates

TABLE = read_prices()
USE = UseOfFleet(workers=2, service_seconds=36.0, service_source="given")
NAT = resource("aws:ec2/natGateway:NatGateway", "network-nat")
NOW = datetime(2026, 11, 11, tzinfo=UTC)
RATES = Rates(worker_hour_usd=0.12)


def shown(renderable, width: int = 180) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width).print(renderable)
    return stream.getvalue()


def line(text: str, start: str) -> list[str]:
    return next(one for one in text.splitlines() if one.startswith(start)).split()


def test_a_plan_shows_month_hour_and_jobs_with_the_change_and_the_dates_of_the_prices():
    then = estimate((*fargate(), NAT), TABLE, "us-east-1", USE)
    now = estimate(fargate(), TABLE, "us-east-1", USE)
    text = shown(cost_lines(PlanCost(planned=then, deployed=now)))
    assert line(text, "a month, fixed")[3:5] == ["33.08", "+33.08"]
    assert line(text, "a busy hour")[3:5] == ["0.2430", "="]
    assert "36 s each (given), 1 at a time on a worker" in text
    assert "Prices of us-east-1 of 2026-08-17 to 2026-09-11" in text
    assert "always on" in text


def test_a_new_stack_has_no_change_to_show():
    planned = estimate(fargate(), TABLE, "us-east-1", USE)
    assert line(shown(cost_lines(PlanCost(planned=planned, deployed=None))), "a busy hour")[4] == "new"


def test_what_has_no_price_is_named_and_the_sum_is_called_a_lower_bound():
    planned = estimate((*fargate(), resource("aws:rds/instance:Instance")), TABLE, "eu-west-1", USE)
    text = shown(cost_lines(PlanCost(planned=planned, deployed=None)))
    assert "at least 0.0000" in text
    assert "1 × aws:rds/instance:Instance" in text
    assert "prices refresh --region eu-west-1" in text


def test_the_whole_table_gives_each_saving_its_baseline_and_the_original_plans_figures():
    planned = estimate((*fargate(), NAT), TABLE, "us-east-1", USE)
    text = shown(cost_table(PlanCost(planned=planned, deployed=None), compared(planned, TABLE)))
    assert line(text, "original plan")[-8:] == ["103", "113", "120", "49%", "to", "57%", "of", "237"]
    assert "$103-120 and 46%-68%" in text
    assert "2026-09-11" in line(text, "fleet-service")


def metered(meter: Meter | None, batches: tuple[BatchCost, ...] = (), rates: Rates = RATES) -> Metered:
    return metered_month(meter, batches, rates=rates, limit_usd=100.0, now=NOW)


SPENT = metered(
    Meter(
        month="2026-11", spent_usd=60.0, worker_seconds=1_800_000.0, since=datetime(2026, 11, 1, tzinfo=UTC)
    ),
    (BatchCost(batch_id="b1", submitted_at="2026-11-02T10:00:00Z", jobs=4, worker_seconds=120.0, usd=0.004),),
)
BILL = Billed(
    month="2026-11",
    lines=(BilledLine(service="Amazon ECS", component="fleet", usd=55.5),),
    asked_at="2026-11-11T00:00:00+00:00",
    calls=1,
)


def test_metered_and_billed_are_shown_apart_each_under_its_own_name():
    text = shown(report_table(SPENT, BILL, is_embedded=False))
    assert line(text, "Metered")[2] == "60.0000"
    assert line(text, "Billed")[2] == "55.50"
    assert "at this pace the month ends with 180.00 USD" in text
    assert line(text, "b1") == ["b1", "2026-11-02", "10:00", "4", "120.0", "0.00400", "0.001000"]
    assert next_steps(BILL) == []


def test_a_bill_that_is_not_known_is_not_a_bill_of_nothing():
    nothing = Billed(month="2026-11", asked_at="2026-11-11T00:00:00+00:00")
    refused = Billed(month="2026-11", trouble="AccessDeniedException: not enabled")
    assert "nothing that carries the stack's tags" in shown(report_table(SPENT, nothing, is_embedded=False))
    assert "Status=Active" in next_steps(nothing)[1]
    text = shown(report_table(SPENT, refused, is_embedded=False))
    assert "Billed  2026-11: not known" in text
    assert "not enabled" in text
    assert "billing console" in next_steps(refused)[0]


def test_a_month_that_nobody_metered_is_said_to_be_not_known():
    text = shown(report_table(metered(None), None, is_embedded=True))
    assert "Metered  2026-11: not known" in text
    assert "costs nothing" in text


def test_a_worker_without_a_price_is_told_where_the_month_is():
    month = metered(Meter(month="2026-11", unpriced_seconds=7200.0), rates=Rates(worker_hour_usd=None))
    text = shown(report_table(month, None, is_embedded=False))
    assert "no price for a worker's hour" in text
    assert "2.00 hours had no price" in text


@pytest.mark.parametrize(
    ("spent", "may"), [(60.0, "grow and shrink"), (105.0, "not grow"), (130.0, "not work")]
)
def test_the_budget_says_what_the_fleet_may_do(spent: float, may: str):
    text = shown(budget_table(metered(Meter(month="2026-11", spent_usd=spent)), None))
    assert f"the fleet may: {may}" in text
    assert "AWS has no budget of this stack" in text


def test_the_budget_of_aws_is_shown_with_whom_it_tells_and_that_it_differs():
    alert = Alert(percent=50.0, kind="actual", told=("team@example.com",))
    found = AwsBudget(name="month", limit_usd=120.0, actual_usd=3.0, forecast_usd=None, alerts=(alert,))
    text = shown(budget_table(SPENT, found))
    assert "team@example.com" in text
    assert "differs from the stack's file" in text
