"""What the ledger and AWS Budgets say of money, on the embedded AWS."""

from datetime import UTC, datetime, timedelta

import pytest

from automation.cost.aws_budget import read_budget
from automation.cost.measured import recent_times, together
from automation.cost.metered import batch_cost, metered_month, read_meter
from components.naming import Names
from worker.domain.budget import Meter, Rates, Rung
from worker.domain.meter_codec import encode_meter
from worker.domain.scaling_terms import Budget

pytestmark = pytest.mark.slow
NOON = datetime(2026, 11, 11, tzinfo=UTC)
RATES = Rates(worker_hour_usd=0.36)
NAMES = Names(environment="money")


def put_batch(stores, batch_id: str, submitted_at: str, seconds: list[float | None]) -> None:
    """What the driver and the workers leave in the ledger."""
    dynamodb, table = stores.access.client("dynamodb"), stores.outputs.ledger_table
    recent = {
        "pk": {"S": "batches"},
        "sk": {"S": f"{submitted_at}#{batch_id}"},
        "batch_id": {"S": "-"},
        "job_id": {"S": "-"},
    }
    dynamodb.put_item(TableName=table, Item=recent)
    for number, each in enumerate(seconds):
        job = f"{batch_id}-{number}"
        item = {
            "pk": {"S": f"job#{job}"},
            "sk": {"S": "job"},
            "batch_id": {"S": batch_id},
            "job_id": {"S": job},
        }
        dynamodb.put_item(
            TableName=table, Item=item if each is None else {**item, "seconds": {"N": str(each)}}
        )


def test_jobs_that_ended_tell_what_a_job_takes_and_those_that_run_do_not(stores):
    put_batch(stores, "old", "2026-11-01T00:00:00Z", [10.0, 20.0])
    put_batch(stores, "new", "2026-11-02T00:00:00Z", [30.0, None])
    found = recent_times(stores.access, stores.outputs.ledger_table)
    assert [batch.batch_id for batch in found] == ["new", "old"]
    assert together(found).jobs == 3
    assert together(found).mean_seconds == pytest.approx(20.0)


def test_an_empty_ledger_has_measured_nothing(stores):
    assert together(recent_times(stores.access, stores.outputs.ledger_table)).mean_seconds is None
    assert read_meter(stores.access, stores.outputs.ledger_table, "2026-11") is None


def test_a_submission_costs_its_share_of_the_workers_that_did_it(stores):
    put_batch(stores, "b", "2026-11-02T00:00:00Z", [100.0, 300.0])
    (batch,) = recent_times(stores.access, stores.outputs.ledger_table)
    cost = batch_cost(batch, rates=RATES, concurrency=2)
    assert cost.usd == pytest.approx(200 / 3600 * 0.36)
    assert cost.job_usd == pytest.approx(100 / 3600 * 0.36)
    unpriced = batch_cost(batch, rates=Rates(worker_hour_usd=None), concurrency=2)
    assert (unpriced.usd, unpriced.job_usd) == (None, None)


def test_the_month_is_read_from_the_ledger_judged_and_led_on(stores):
    meter = Meter(
        month="2026-11",
        spent_usd=40.0,
        worker_seconds=400_000.0,
        since=NOON - timedelta(days=10),
        looked_at=NOON,
    )
    stores.access.client("dynamodb").put_item(
        TableName=stores.outputs.ledger_table,
        Item={**encode_meter(meter), "batch_id": {"S": "-"}, "job_id": {"S": "-"}},
    )
    found = read_meter(stores.access, stores.outputs.ledger_table, "2026-11")
    assert found == meter
    month = metered_month(found, [], rates=RATES, limit_usd=50.0, now=NOON)
    assert month.verdict.rung is Rung.ALERT
    assert month.forecast_usd == pytest.approx(120.0)


def test_a_month_that_nobody_metered_is_not_known_rather_than_free():
    month = metered_month(None, [], rates=RATES, limit_usd=50.0, now=NOON)
    document = month.to_dict()
    assert (document["is_known"], document["spent_usd"], document["forecast_usd"]) == (False, None, None)
    assert "not known" in document["sentence"]


@pytest.mark.parametrize(
    ("rates", "limit", "allows"),
    [(RATES, 0.0, Budget.ZERO), (Rates(worker_hour_usd=None), 50.0, Budget.FROZEN)],
)
def test_a_budget_of_nothing_and_a_missing_price_hold_though_nobody_metered(rates, limit, allows):
    assert metered_month(None, [], rates=rates, limit_usd=limit, now=NOON).verdict.allows is allows


def test_the_budget_of_aws_is_read_with_whom_it_tells(stores):
    client, account = stores.access.client("budgets"), stores.access.account_id()
    assert read_budget(stores.access, NAMES) is None
    client.create_budget(
        AccountId=account,
        Budget={
            "BudgetName": NAMES.part("month"),
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "120", "Unit": "USD"},
            "CalculatedSpend": {
                "ActualSpend": {"Amount": "61.5", "Unit": "USD"},
                "ForecastedSpend": {"Amount": "130", "Unit": "USD"},
            },
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": threshold,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": "team@example.com"}],
            }
            for threshold in (100.0, 50.0)
        ],
    )
    found = read_budget(stores.access, NAMES)
    client.delete_budget(AccountId=account, BudgetName=NAMES.part("month"))
    assert found is not None
    assert (found.limit_usd, found.actual_usd, found.forecast_usd) == (120.0, 61.5, 130.0)
    assert [(alert.percent, alert.kind, alert.told) for alert in found.alerts] == [
        (50.0, "actual", ("team@example.com",)),
        (100.0, "actual", ("team@example.com",)),
    ]
