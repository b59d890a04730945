"""What workers speak to GitHub with: only where it is set, sealed, and readable by workers alone."""

import json
from functools import cache

import pulumi
import pytest

from components.compute.containers import settings_of
from components.config import ConfigInvalid, StackConfig
from components.forge_access import sound_credentials
from components.naming import PROJECT
from tests.components.declared import declare, stack_values

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
APP = {"github_app_id": "123456", "github_credentials": KEY}
ADDRESSES = (
    *("queue_url_high", "queue_url_normal", "queue_url_low", "dead_letter_queue_url"),
    *("results_bucket", "ledger_table"),
)
KINDS = {
    "fargate": {},
    "lambda": {"compute_type": "lambda", "engine": "builtin", "spot": "none", "instances": "2"},
}


@cache
def declared(kind, *, has_app=True):
    values = {**KINDS[kind], **(APP if has_app else {})}
    return declare(
        "dev", {**stack_values("dev"), **{f"{PROJECT}:{key}": value for key, value in values.items()}}
    )


def rights(declaration, sid="SpeakToGitHub"):
    found = {}
    for item in declaration.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(item.inputs["policy"])["Statement"]:
            if statement["Sid"] == sid:
                found[item.name] = statement
    return found


def variables_of(declaration, kind):
    if kind == "lambda":
        return declaration.named("fleet-function").inputs["environment"]["variables"]
    containers = json.loads(
        declaration.only("aws:ecs/taskDefinition:TaskDefinition").inputs["containerDefinitions"]
    )
    return {one["name"]: one["value"] for one in containers[0]["environment"]}


def test_a_stack_without_credentials_has_none_of_it():
    declaration = declared("fargate", has_app=False)
    assert not [item for item in declaration.resources if item.parent == "forge"]
    assert rights(declaration) == {}
    assert "DDF_GITHUB_SECRET_PARAMETER" not in variables_of(declaration, "fargate")


@pytest.mark.parametrize("kind", KINDS)
def test_workers_are_told_the_name_and_may_read_that_parameter_alone(kind):
    declaration = declared(kind)
    parameter = declaration.named("forge-credentials").inputs
    variables = variables_of(declaration, kind)
    assert parameter["type"] == "SecureString"
    assert (variables["DDF_GITHUB_SECRET_PARAMETER"], variables["DDF_GITHUB_APP_ID"]) == (
        parameter["name"],
        "123456",
    )
    (statement,) = rights(declaration).values()
    assert statement["Action"] == ["ssm:GetParameter"]
    assert [arn.rpartition(":")[2] for arn in statement["Resource"]] == [parameter["name"]]
    others = [item.inputs for item in declaration.resources if item.name != "forge-credentials"]
    assert "MIIEow" not in repr(others)


@pytest.mark.parametrize("kind", KINDS)
def test_workers_may_keep_what_they_worked_out_and_publish(kind):
    (statement,) = rights(declared(kind), "KeepWorkOnRepositories").values()
    assert statement["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert [arn.partition("/")[2] for arn in statement["Resource"]] == ["publications/*", "repository-jobs/*"]
    assert rights(declared("fargate", has_app=False), "KeepWorkOnRepositories") == {}


def test_neither_settings_nor_faults_show_the_key():
    assert KEY not in repr(StackConfig.parse(APP))
    with pytest.raises(ConfigInvalid) as refusal:
        StackConfig.parse({**APP, "network": "private-endpoints", "github_app_id": "x"})
    assert "MIIEow" not in str(refusal.value)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"github_app_id": "1"}, "private key"),
        ({**APP, "network": "private-endpoints"}, "reach GitHub"),
    ],
)
def test_what_can_not_work_together_is_told(values, said):
    with pytest.raises(ConfigInvalid, match=said):
        StackConfig.parse(values)


ENTERPRISE = {
    "github_api_url": "https://git.example.com:8443/api/v3",
    "github_web_url": "https://git.example.com:8443",
}


@pytest.mark.parametrize("kind", KINDS)
def test_workers_are_told_where_their_github_is(kind):
    told = variables_of(declared(kind), kind)
    assert (told["DDF_GITHUB_API_URL"], told["DDF_GITHUB_WEB_URL"]) == (
        "https://api.github.com",
        "https://github.com",
    )
    config = StackConfig.parse({**KINDS[kind], **APP, **ENTERPRISE})
    settings = settings_of(config, dict.fromkeys(ADDRESSES, "x"))
    assert settings.github_api_url == ENTERPRISE["github_api_url"]
    assert settings.github_web_url == ENTERPRISE["github_web_url"]


@pytest.mark.parametrize(
    "values",
    [
        {"github_api_url": "https://api.team.ghe.com", "github_web_url": "https://team.ghe.com"},
        {"github_api_url": "https://API.GitHub.com", "github_web_url": "https://github.com"},
        ENTERPRISE,
    ],
)
def test_every_kind_of_github_has_an_address(values):
    assert StackConfig.parse(values).github_web_url == values["github_web_url"]


@pytest.mark.parametrize("key", ["github_api_url", "github_web_url"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "github.com",
        "http://github.com",
        "https://",
        "https://github.com/",
        "https://me:token@github.com",
        "https://github.com?x=1",
        "https://github.com#x",
        "https://github.com/..",
        "https://github.com/a b",
        "https://github.com\n",
        "https://-github.com",
        "https://github.com:123456",
        "file:///etc",
        "https://" + "a" * 300,
    ],
)
def test_an_address_that_a_token_should_not_go_to_is_told_with_all_other_faults(key, url):
    with pytest.raises(ConfigInvalid) as refusal:
        StackConfig.parse({**APP, "github_app_id": "x", key: url})
    assert {fault.key for fault in refusal.value.faults} == {key, "github_app_id"}


@pytest.mark.parametrize(
    "values",
    [
        {"github_api_url": ENTERPRISE["github_api_url"]},
        {"github_web_url": ENTERPRISE["github_web_url"]},
        {**ENTERPRISE, "github_web_url": "https://git.example.com"},
        {"github_api_url": "https://api.github.com.evil.example", "github_web_url": "https://github.com"},
    ],
)
def test_two_addresses_of_different_githubs_are_refused(values):
    with pytest.raises(ConfigInvalid, match="same GitHub"):
        StackConfig.parse(values)


@pytest.mark.parametrize(
    "value", ["", " ", "a b", "tok\nen", "é", "x" * 4097, "-----BEGIN RSA PRIVATE KEY-----\nMII"]
)
def test_what_is_neither_key_nor_token_is_refused_without_being_shown(value):
    with pytest.raises(pulumi.RunError) as refusal:
        sound_credentials(value)
    assert not value.strip() or value not in str(refusal.value)


@pytest.mark.parametrize("value", [KEY, f"{KEY}\n", "ghp_0123456789abcdef"])
def test_a_key_and_a_token_are_taken(value):
    assert sound_credentials(value) == value.strip()
