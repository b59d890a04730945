"""What a container's process finds in its environment."""

import pytest

from automation.localaws.runtime.environment import (
    Cloud,
    SecretStores,
    SecretUnavailable,
    container_environment,
    function_environment,
)
from tests.automation.localaws.runtime.builders import a_container, a_task

CLOUD = Cloud(endpoint="http://127.0.0.1:4566", region="eu-central-1")
STORES = SecretStores(
    read_parameter=lambda name: f"parameter {name}", read_secret=lambda _arn: '{"token": "t-1"}'
)
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:forge-AbCdEf"


def environment(container, task=None, secrets=None):
    return container_environment(
        task=task or a_task(0xABCDEF), container=container, cloud=CLOUD, secrets=secrets or {}, port=4711
    )


def test_nothing_of_ours_is_inherited_but_the_path(monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PATH", "/somewhere")
    for found in (environment(a_container()), function_environment("f", {}, cloud=CLOUD)):
        assert "GITHUB_TOKEN" not in found
        assert found["PATH"] == "/somewhere"


@pytest.mark.parametrize(
    "found",
    [environment(a_container()), function_environment("f", {}, cloud=CLOUD)],
    ids=["task", "function"],
)
def test_aws_calls_go_to_the_embedded_aws_with_no_real_credential(found):
    assert found["AWS_ENDPOINT_URL"] == CLOUD.endpoint
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-central-1"
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("test", "test")
    assert (
        found["AWS_EC2_METADATA_DISABLED"] == "true"
    )  # else clients ask the host's metadata, where there are some


def test_a_task_gets_a_port_and_a_name_of_its_own_whatever_its_definition_says():
    found = environment(a_container(environment={"DDF_GATEWAY_PORT": "8080", "DDF_MODEL": "m"}))
    assert (found["DDF_GATEWAY_HOST"], found["DDF_GATEWAY_PORT"]) == ("127.0.0.1", "4711")
    assert found["DDF_WORKER_ID"] == a_task(0xABCDEF).id[:8]
    assert found["ECS_TASK_ARN"] == a_task(0xABCDEF).arn
    assert found["DDF_MODEL"] == "m"


def test_overrides_of_a_hand_run_task_win_over_its_definition():
    overrides = {"containerOverrides": [{"name": "worker", "environment": [{"name": "A", "value": "new"}]}]}
    assert environment(a_container(environment={"A": "old"}), a_task(overrides=overrides))["A"] == "new"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("/fleet/token", "parameter /fleet/token"),
        (SECRET, '{"token": "t-1"}'),
        (f"{SECRET}:token::", "t-1"),
    ],
)
def test_secrets_are_resolved_from_both_stores(source, value):
    assert STORES.resolve(a_container(secrets={"TOKEN": source})) == {"TOKEN": value}


def test_a_json_key_that_a_secret_lacks_is_named():
    with pytest.raises(SecretUnavailable, match="no JSON key nope"):
        STORES.resolve(a_container(secrets={"TOKEN": f"{SECRET}:nope::"}))
