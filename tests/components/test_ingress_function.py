"""The function behind /webhooks and /jobs: only where it is asked for, with few rights, a sealed secret and an alarm."""

import json
import subprocess
import sys
import zipfile
from functools import cache

import pulumi
import pytest

from components.archive_function import ROOT, code_files
from components.config import ConfigInvalid, StackConfig
from components.ingress_function import INTAKE, sound_secret
from components.ingress_permissions import IngressResources, ingress_policy
from components.naming import PROJECT
from tests.components.declared import declare, stack_values
from worker.domain.ingress_settings import IngressSettings

SECRET = "0123456789abcdef-webhook"
GITHUB = {
    "github_repositories": "octo-org/hello,octo-org/*",
    "github_webhook_secret": SECRET,
    "github_app": "our-fleet",
}
LAMBDA = {"compute_type": "lambda", "engine": "builtin", "spot": "none", "instances": "2"}


@cache
def declared(**values):
    told = {f"{PROJECT}:{key}": value for key, value in values.items()}
    return declare("dev", {**stack_values("dev"), **told})


def routes(declaration):
    return {
        item.inputs["routeKey"]: item.inputs["authorizationType"]
        for item in declaration.of_type("aws:apigatewayv2/route:Route")
        if item.parent == "intake"
    }


def test_a_stack_that_does_not_ask_for_it_has_none_of_it(dev):
    assert not [item for item in dev.resources if item.parent == "intake"]


def test_callers_of_jobs_are_signed_in_at_the_gateway_and_webhooks_come_unsigned_by_iam():
    assert routes(declared(jobs_api="true")) == {
        "GET /openapi.json": "NONE",
        "POST /jobs": "AWS_IAM",
        "ANY /jobs/{proxy+}": "AWS_IAM",
    }
    assert routes(declared(**GITHUB)) == {"GET /openapi.json": "NONE", "POST /webhooks/github": "NONE"}


def test_it_is_told_of_its_fleet_but_not_of_the_secret():
    declaration = declared(jobs_api="true", **GITHUB)
    variables = declaration.named("intake-function").inputs["environment"]["variables"]
    settings = IngressSettings.from_env(variables)
    assert (settings.cluster, settings.service) == (
        declaration.outputs["ClusterName"],
        declaration.outputs["ServiceName"],
    )
    assert settings.repositories == ("octo-org/hello", "octo-org/*")
    assert settings.github_app == "our-fleet"
    assert settings.webhook_secret_parameter == declaration.named("intake-secret").inputs["name"]
    assert SECRET not in json.dumps(variables)
    assert IngressSettings.from_env(settings.to_env()) == settings


def test_the_secret_goes_sealed_to_a_parameter_and_shows_nowhere_else():
    parameter = declared(**GITHUB).named("intake-secret").inputs
    assert parameter["type"] == "SecureString"
    others = [item.inputs for item in declared(**GITHUB).resources if item.name != "intake-secret"]
    assert SECRET not in repr(others)
    config = StackConfig.parse(GITHUB)
    assert SECRET not in repr(config)


def test_webhooks_without_a_secret_are_refused_before_anything_is_built():
    with pytest.raises(ConfigInvalid, match="--secret github_webhook_secret"):
        StackConfig.parse({"github_repositories": "octo-org/hello"})


@pytest.mark.parametrize(
    "secret",
    ["", "short", "with a space in it", "a" * 16 + ",bbb", ",".join(("a" * 16, "b" * 16, "c" * 16))],
)
def test_a_secret_that_could_be_guessed_is_refused_without_being_shown(secret):
    with pytest.raises(pulumi.RunError) as refusal:
        sound_secret(secret)
    assert not secret or secret not in str(refusal.value)


@pytest.mark.parametrize("secret", ["a" * 16, SECRET, f"{SECRET},{'b' * 40}"])
def test_one_secret_or_two_are_taken(secret):
    assert sound_secret(secret) == secret


@pytest.mark.parametrize(
    "listed", ["octo-org", "*/*", "octo-org/hello, octo-org/x", "../x", "octo-org/hello,"]
)
def test_an_odd_list_of_repositories_is_refused(listed):
    with pytest.raises(ConfigInvalid, match="owner/name"):
        StackConfig.parse({**GITHUB, "github_repositories": listed})


def test_a_fleet_of_functions_needs_no_starting():
    declaration = declared(jobs_api="true", **LAMBDA)
    settings = IngressSettings.from_env(
        declaration.named("intake-function").inputs["environment"]["variables"]
    )
    assert (settings.cluster, settings.controller) == ("", "")
    statements = json.loads(declaration.named("intake-rights").inputs["policy"])["Statement"]
    assert not {"StartTheFleet", "HaveTheControllerLook"} & {one["Sid"] for one in statements}


def test_it_may_have_the_controller_look_that_sets_its_fleets_size_and_start_no_other_function():
    declaration = declared(jobs_api="true")
    controller = declaration.named("autoscaling-function").inputs["name"]
    variables = declaration.named("intake-function").inputs["environment"]["variables"]
    assert IngressSettings.from_env(variables).controller == controller
    statements = json.loads(declaration.named("intake-rights").inputs["policy"])["Statement"]
    (look,) = [one for one in statements if one["Sid"] == "HaveTheControllerLook"]
    assert look["Action"] == ["lambda:InvokeFunction"]
    assert [arn.rpartition(":function:")[2] for arn in look["Resource"]] == [controller]


def test_it_may_hand_in_jobs_and_neither_take_nor_change_what_workers_know():
    resources = IngressResources(
        lane_arns=["arn:high", "arn:normal"],
        bucket_arn="arn:bucket",
        table_arn="arn:table",
        log_group_arn="arn:logs",
        service_arn="arn:service",
        parameter_arn="arn:parameter",
    )
    statements = {one["Sid"]: one for one in ingress_policy(resources)["Statement"]}
    actions = {action for one in statements.values() for action in one["Action"]}
    assert not {action for action in actions if "*" in action}
    assert not actions & {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "s3:DeleteObject",
        "ecs:RunTask",
        "dynamodb:Scan",
    }
    assert not [one for one in statements.values() if "*" in one["Resource"]]
    keys = statements["KeepItsItems"]["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert not {"meter", "fleet", "*"} & set(keys)
    struck = statements["StrikeOffLines"]["Condition"]["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"]
    assert struck == ["receipts"]
    assert [sid for sid, one in statements.items() if "dynamodb:DeleteItem" in one["Action"]] == [
        "StrikeOffLines"
    ]
    assert statements["ReadTheSecret"]["Resource"] == ["arn:parameter"]


def test_somebody_hears_when_it_fails_and_what_is_left_half_done_is_swept():
    declaration = declared(**GITHUB)
    alarm = declaration.named("intake-failing").inputs
    assert (alarm["metricName"], alarm["dimensions"]["FunctionName"]) == (
        "Errors",
        declaration.named("intake-function").inputs["name"],
    )
    assert alarm["alarmActions"] == declaration.named("alarms-late-normal").inputs["alarmActions"]
    assert declaration.named("intake-sweep").inputs["scheduleExpression"] == "rate(5 minutes)"
    assert declaration.named("intake-function").inputs["timeout"] < 30
    throttle = declaration.only("aws:apigatewayv2/stage:Stage").inputs["defaultRouteSettings"]
    assert throttle["throttlingRateLimit"] > 0


@pytest.mark.slow
def test_the_archive_holds_all_that_the_handler_needs_but_what_lambda_brings_along(tmp_path):
    archive = tmp_path / "function.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in code_files(INTAKE.patterns):
            file.write(ROOT / name, name)
    # As Lambda does it: unpacked, since the description is read as a file.
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "task")
    program = f"""
import importlib, json, sys
sys.path.insert(0, {str(tmp_path / "task")!r})
module = importlib.import_module({INTAKE.handler.rpartition(".")[0]!r})
assert callable(module.handle)
json.loads(module.description())
foreign = {{one.partition(".")[0] for one in sys.modules}}
ours = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "worker" and m.__file__]
print(json.dumps([sorted(foreign & {{"aiobotocore", "httpx", "opentelemetry", "aiohttp", "pulumi", "gidgethub"}}), ours]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    foreign, ours = json.loads(done.stdout)
    assert foreign == []
    assert all(path.startswith(str(tmp_path)) for path in ours)
