"""What keeps a fleet of functions within its budget: what it is told, what it may do, when it looks, and that its archive is whole."""

import json
from dataclasses import replace

import pytest

from components.naming import PROJECT
from components.spending import EVERY_MINUTES, SPENDING
from tests.components.archives import missing_or_foreign
from tests.components.declared import stack_values
from tests.components.test_variants import FEED
from tests.components.variants import variant
from worker.domain.errors import SettingsInvalid
from worker.domain.spending_settings import SpendingSettings


@pytest.fixture(scope="module")
def stack():
    return variant("lambda")


def settings_of(declaration) -> SpendingSettings:
    return SpendingSettings.from_env(
        declaration.named("spending-function").inputs["environment"]["variables"]
    )


def test_it_is_told_of_the_function_of_what_feeds_it_and_of_the_money(stack):
    settings = settings_of(stack)
    assert (settings.function_name, settings.instances) == (stack.outputs["ServiceName"], 4)
    assert stack.outputs["TaskDefinitionArn"].startswith(settings.function_arn + ":")
    assert settings.ledger_table == stack.outputs["LedgerTable"]
    assert settings.budget_usd == float(stack_values("dev")[f"{PROJECT}:monthly_budget_usd"])
    assert settings.worker_hour_usd is not None
    assert settings.worker_hour_usd > 0
    assert settings.alarm_topic_arn in stack.named("alarms-late-normal").inputs["alarmActions"]


def test_what_the_infrastructure_writes_it_reads_and_all_faults_are_told_at_once(stack):
    settings = settings_of(stack)
    assert SpendingSettings.from_env(settings.to_env()) == settings
    without = replace(settings, budget_usd=None, worker_hour_usd=None, alarm_topic_arn="")
    assert SpendingSettings.from_env(without.to_env()) == without
    with pytest.raises(SettingsInvalid) as told:
        SpendingSettings.from_env({"DDF_INSTANCES": "-1", "DDF_BUDGET_USD": "much"})
    for name in ("DDF_FUNCTION_ARN is missing", "DDF_INSTANCES", "DDF_BUDGET_USD"):
        assert name in str(told.value)


def test_it_looks_each_five_minutes_and_says_so_and_is_over_before_the_next(stack):
    clock = stack.named("spending-schedule").inputs
    assert clock["scheduleExpression"] == f"rate({EVERY_MINUTES} minutes)"
    assert settings_of(stack).every_seconds == 60 * EVERY_MINUTES
    function = stack.named("spending-function").inputs
    assert function["timeout"] < 60 * EVERY_MINUTES
    assert stack.named("spending-target").inputs["arn"].endswith(function["name"])
    assert stack.named("spending-may-start").inputs["sourceArn"].endswith(function["name"])  # the rule's name


def test_somebody_hears_when_it_falls_silent(stack):
    silent = stack.named("spending-silent").inputs
    assert (silent["metricName"], silent["treatMissingData"]) == ("Errors", "breaching")
    assert silent["period"] == 60 * EVERY_MINUTES
    assert silent["alarmActions"] == stack.named("alarms-late-normal").inputs["alarmActions"]


def test_it_may_change_its_lanes_alone_and_neither_call_nor_change_the_function(stack):
    documents = [
        json.loads(stack.named(f"spending-{one}").inputs["policy"]) for one in ("rights", "narrowing-policy")
    ]
    statements = {one["Sid"]: one for document in documents for one in document["Statement"]}
    lanes = statements["NarrowTheLanes"]["Resource"]
    assert len(set(lanes)) == len(stack.of_type(FEED)) == 3
    assert all(":event-source-mapping:" in one and "*" not in one for one in lanes)
    actions = {action for one in statements.values() for action in one["Action"]}
    assert {one for one in actions if one.startswith("lambda:")} == {
        "lambda:ListEventSourceMappings",
        "lambda:UpdateEventSourceMapping",
    }
    assert not actions & {"sqs:ReceiveMessage", "sqs:SendMessage", "dynamodb:Scan", "dynamodb:DeleteItem"}
    for sid, partitions in (("KeepItsWords", ["control", "meter"]), ("ReadTheMeter", ["meter"])):
        condition = statements[sid]["Condition"]["ForAllValues:StringEquals"]
        assert condition["dynamodb:LeadingKeys"] == partitions


def test_a_fleet_of_tasks_and_one_of_functions_share_no_name_so_that_one_can_replace_the_other(stack):
    other = variant("fargate")
    kinds = {"aws:lambda/function:Function", "aws:iam/role:Role", "aws:cloudwatch/eventRule:EventRule"}
    names = [
        {item.inputs["name"] for item in one.resources if item.token in kinds and item.parent == parent}
        for one, parent in ((stack, "spending"), (other, "autoscaling"))
    ]
    assert names[0].isdisjoint(names[1])
    assert all(len(each) == 1 for each in names)


@pytest.mark.slow
def test_the_archive_holds_all_that_the_handler_needs_but_what_lambda_brings_along(tmp_path):
    assert missing_or_foreign(SPENDING, tmp_path) == []
