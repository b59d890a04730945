"""The budget, who hears of it, and what the meter is told."""

import json

import pytest

from components.config import StackConfig
from components.meter_rates import rates_of
from components.naming import PROJECT
from components.prices import read_prices
from tests.components.declared import ACCOUNT, declare, stack_values

BUDGET = "aws:budgets/budget:Budget"
TABLE = read_prices()
HOME = "us-east-1"


def with_values(**values: str):
    return declare(
        "dev", {**stack_values("dev"), **{f"{PROJECT}:{key}": value for key, value in values.items()}}
    )


def test_a_month_is_told_at_each_rung_of_the_ladder_and_when_it_is_going_to_be_too_much(declaration):
    notifications = declaration.only(BUDGET).inputs["notifications"]
    told = {(one["notificationType"], one["threshold"]) for one in notifications}
    assert told == {("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("ACTUAL", 120), ("FORECASTED", 100)}
    topic = declaration.named("budget-topic").inputs["name"]
    assert all(one["subscriberSnsTopicArns"][0].endswith(topic) for one in notifications)


def test_the_budget_sees_what_the_stack_made_and_nothing_else(dev, prod):
    def tags(declaration):
        return {
            one["tags"]["key"]: one["tags"]["values"]
            for one in declaration.only(BUDGET).inputs["filterExpression"]["ands"]
        }

    assert tags(dev) == {"Project": [PROJECT], "Environment": ["dev"]}
    assert tags(prod)["Environment"] == ["prod"]


def test_only_budgets_of_this_account_may_speak_to_the_topic(dev):
    (statement,) = json.loads(dev.named("budget-topic").inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "budgets.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert statement["Resource"].endswith(dev.named("budget-topic").inputs["name"])


def test_a_budget_of_nothing_is_a_cent_for_aws_which_wants_more_than_nothing():
    assert with_values(monthly_budget_usd="0").only(BUDGET).inputs["limitAmount"] == "0.01"


def test_mail_and_webhook_are_told_where_the_stack_names_them():
    declaration = with_values(alarm_email="team@example.com", alarm_webhook="https://hooks.example.com/x")
    for one in declaration.only(BUDGET).inputs["notifications"]:
        assert one["subscriberEmailAddresses"] == ["team@example.com"]
    for part in ("budget", "alarms"):
        webhook = declaration.named(f"{part}-webhook").inputs
        assert (webhook["protocol"], webhook["endpoint"]) == ("https", "https://hooks.example.com/x")


def test_nobody_is_subscribed_where_the_stack_names_nobody(dev):
    assert not dev.of_type("aws:sns/topicSubscription:TopicSubscription")
    assert "subscriberEmailAddresses" not in dev.only(BUDGET).inputs["notifications"][0]


@pytest.mark.parametrize(
    ("settings", "hour", "month"),
    [
        (StackConfig(cpu=2048, memory_mib=8192), 2 * 0.04048 + 8 * 0.004445 + 0.005, 0.0),
        (
            StackConfig.parse({"cpu": "2048", "memory_mib": "8192", "network": "private-nat"}),
            0.11652,
            32.85 + 3.65,
        ),
        (StackConfig.parse({"compute_type": "ec2-gpu"}), 0.526 + 8 / 730 + 0.005, 0.0),
        (StackConfig.parse({"compute_type": "ec2-gpu", "warm_pool": "2"}), 0.526 + 8 / 730 + 0.005, 16.0),
        (
            StackConfig.parse(
                {"compute_type": "lambda", "engine": "builtin", "memory_mib": "10240", "instances": "2"}
            ),
            10 * 3600 * 0.0000166667,
            0.0,
        ),
        (
            StackConfig.parse({"network": "private-endpoints", "load_balancer": "alb"}),
            0.04048 + 4 * 0.004445,
            5 * 7.30 + 16.425,
        ),
    ],
)
def test_the_meter_is_told_the_price_of_each_kind_of_compute(settings, hour, month):
    rates = rates_of(settings, TABLE, HOME)
    assert rates.worker_hour_usd == pytest.approx(hour)
    assert rates.fixed_month_usd == pytest.approx(month)


def test_a_fleet_that_is_on_spot_is_metered_at_the_price_of_spot():
    rates = rates_of(StackConfig.parse({"spot": "only"}), TABLE, HOME)
    assert rates.worker_hour_usd == pytest.approx(0.01288871 + 4 * 0.00141527 + 0.005)
    machine = StackConfig.parse({"compute_type": "ec2-gpu", "spot": "only"})
    assert rates_of(machine, TABLE, HOME).worker_hour_usd == pytest.approx(0.2158 + 8 / 730 + 0.005)


@pytest.mark.parametrize("kind", [{}, {"compute_type": "ec2-gpu"}])
def test_a_mixed_fleet_is_metered_at_its_usual_size_and_a_single_worker_on_demand(kind):
    def hour(**values: str) -> float:
        found = rates_of(StackConfig.parse({**kind, **values}), TABLE, HOME).worker_hour_usd
        assert found is not None
        return found

    assert hour(spot="mixed", instances="1") == pytest.approx(hour(spot="none"))
    assert hour(spot="mixed", instances="5") == pytest.approx(
        0.4 * hour(spot="none") + 0.6 * hour(spot="only")
    )


def test_a_region_or_a_machine_without_a_price_has_no_rate_rather_than_a_low_one():
    assert rates_of(StackConfig(), TABLE, "eu-west-1").worker_hour_usd is None
    machine = StackConfig.parse(
        {"compute_type": "ec2-gpu", "gpu_instance_type": "g6.2xlarge", "spot": "only"}
    )
    assert rates_of(machine, TABLE, HOME).worker_hour_usd is None
