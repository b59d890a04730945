"""The controller's function: what it is told, what it may do, when it runs, and that its archive is whole."""

from dataclasses import replace

import pytest

from components.autoscaling import CONTROLLER
from components.controller_permissions import ControllerResources, controller_policy
from components.naming import PROJECT
from tests.components.archives import missing_or_foreign
from tests.components.declared import stack_values
from tests.components.variants import variant
from worker.domain.controller_settings import ControllerSettings


def settings_of(declaration) -> ControllerSettings:
    variables = declaration.named("autoscaling-function").inputs["environment"]["variables"]
    return ControllerSettings.from_env(variables)


def test_the_controller_is_told_of_its_fleet_and_of_the_stacks_settings(dev):
    settings = settings_of(dev)
    assert settings.queue_urls == (
        dev.outputs["QueueUrlHigh"],
        dev.outputs["QueueUrl"],
        dev.outputs["QueueUrlLow"],
    )
    assert (settings.cluster, settings.service) == (dev.outputs["ClusterName"], dev.outputs["ServiceName"])
    assert settings.auto_stop_minutes == float(stack_values("dev")[f"{PROJECT}:auto_stop_minutes"])
    assert settings.maximum_instances == 10
    assert settings.budget_usd is not None
    assert settings.worker_hour_usd is not None
    assert settings.worker_hour_usd > 0


def test_what_the_infrastructure_writes_the_controller_reads(dev):
    settings = settings_of(dev)
    assert ControllerSettings.from_env(settings.to_env()) == settings
    without = replace(settings, budget_usd=None, worker_hour_usd=None, alarm_topic_arn="")
    assert ControllerSettings.from_env(without.to_env()) == without


def test_the_controller_runs_each_minute_and_is_over_before_the_next(dev):
    assert dev.only("aws:cloudwatch/eventRule:EventRule").inputs["scheduleExpression"] == "rate(1 minute)"
    function = dev.named("autoscaling-function").inputs
    assert function["timeout"] < 60
    target = dev.only("aws:cloudwatch/eventTarget:EventTarget").inputs
    assert target["arn"].endswith(function["name"])
    permission = dev.only("aws:lambda/permission:Permission").inputs
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["sourceArn"].endswith(function["name"])  # of the rule, which has the same name


def test_its_logs_expire_and_somebody_hears_when_it_falls_silent(dev):
    logs = dev.named("autoscaling-logs").inputs
    assert logs["retentionInDays"] == int(stack_values("dev")[f"{PROJECT}:log_retention_days"])
    silent = dev.named("autoscaling-silent").inputs
    assert (silent["metricName"], silent["treatMissingData"]) == ("Errors", "breaching")
    assert silent["alarmActions"] == dev.named("alarms-late-normal").inputs["alarmActions"]


def test_a_deployment_leaves_the_size_to_the_controller(dev):
    assert "desiredCount" in dev.only("aws:ecs/service:Service").ignored


def test_lambda_scales_its_functions_by_itself_and_tasks_spend_by_their_controller(dev):
    declaration = variant("lambda")
    assert not [item for item in declaration.resources if item.parent == "autoscaling"]
    assert not [item for item in dev.resources if item.parent == "spending"]


def test_the_controller_may_set_one_services_size_and_read_no_job():
    resources = ControllerResources(
        lane_arns=["arn:high", "arn:normal"],
        service_arn="arn:aws:ecs:r:1:service/fleet/workers",
        tasks_arn="arn:aws:ecs:r:1:task/fleet/*",
        table_arn="arn:table",
        topic_arn="arn:topic",
        alarm_arns=["arn:alarm"],
        log_group_arn="arn:logs",
    )
    statements = {one["Sid"]: one for one in controller_policy(resources)["Statement"]}
    assert statements["SetSize"]["Resource"] == ["arn:aws:ecs:r:1:service/fleet/workers"]
    actions = {action for one in statements.values() for action in one["Action"]}
    assert not {action for action in actions if "*" in action}
    assert not actions & {"sqs:ReceiveMessage", "ecs:RunTask", "ecs:StopTask", "dynamodb:Scan"}
    assert not [one for one in statements.values() if "*" in one["Resource"]]
    condition = statements["KeepItsWords"]["Condition"]["ForAllValues:StringEquals"]
    assert condition["dynamodb:LeadingKeys"] == ["control", "meter"]


@pytest.mark.slow
def test_the_archive_holds_all_that_the_handler_needs_but_what_lambda_brings_along(tmp_path):
    assert missing_or_foreign(CONTROLLER, tmp_path) == []
