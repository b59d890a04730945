"""StackConfig: what a stack may be told, and how its mistakes are shown."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from components.config import (
    LONGEST_ENVIRONMENT,
    ConfigInvalid,
    StackConfig,
    environment_fault,
    known_keys,
    own_values,
)
from components.config_keys import READERS
from components.config_readers import Reader
from components.gpu_instances import GPU_INSTANCES
from components.naming import PROJECT
from tests.components.declared import ROOT, STACKS, stack_values


def faults_of(values: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ConfigInvalid) as caught:
        StackConfig.parse(values)
    return {fault.key: str(fault) for fault in caught.value.faults}


def can_read(reader: Reader, text: str) -> bool:
    try:
        reader.read(text)
    except ValueError:
        return False
    return True


def agrees(values: dict[str, str]) -> bool:
    try:
        StackConfig.parse(values)
    except ConfigInvalid:
        return False
    return True


def test_a_stack_that_is_told_nothing_has_defaults_that_agree_with_each_other():
    assert StackConfig.parse({}) == StackConfig()


def test_all_mistakes_are_shown_in_one_error_with_key_value_allowed_and_fix():
    values = {
        "instances": "-1",
        "cpu": "333",
        "protect": "maybe",
        "vpc_cidr": "8.8.8.0/20",
        "enginee": "ollama",
    }
    faults = faults_of(values)
    assert set(faults) == set(values)
    assert faults["instances"] == (
        "instances is '-1': must be a whole number from 0 to 100. For example: pulumi config set instances 2"
    )
    assert "Did you mean engine?" in faults["enginee"]
    with pytest.raises(ConfigInvalid, match="5 mistakes") as caught:
        StackConfig.parse(values)
    assert all(str(fault) in str(caught.value) for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"cpu": "256", "memory_mib": "4096"}, "memory_mib"),
        ({"engine": "ollama", "cpu": "512", "memory_mib": "2048"}, "memory_mib"),
        ({"maximum_attempts": "7", "maximum_receives": "6"}, "maximum_attempts"),
        ({"job_budget_seconds": "60", "job_timeout_seconds": "60"}, "job_budget_seconds"),
        ({"protect": "true", "image_tag": "latest"}, "image_tag"),
    ],
)
def test_values_that_are_wrong_only_together_are_a_mistake(values, key):
    assert set(faults_of(values)) == {key}


FUNCTION = {"compute_type": "lambda", "engine": "builtin", "instances": "2"}
GPU = {"compute_type": "ec2-gpu"}


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({**GPU, "architecture": "arm64"}, "architecture"),
        ({**GPU, "cpu": "8192"}, "cpu"),
        ({**GPU, "memory_mib": "16384"}, "memory_mib"),
        ({**GPU, "warm_pool": "1", "spot": "only"}, "warm_pool"),
        ({**GPU, "warm_pool": "1", "spot": "mixed"}, "warm_pool"),
        ({"warm_pool": "1"}, "warm_pool"),
        ({**FUNCTION, "warm_pool": "1"}, "warm_pool"),
        ({**FUNCTION, "engine": "auto"}, "engine"),
        ({**FUNCTION, "memory_mib": "16384"}, "memory_mib"),
        ({**FUNCTION, "job_timeout_seconds": "900"}, "job_timeout_seconds"),
        ({**FUNCTION, "instances": "1"}, "instances"),
        ({**FUNCTION, "concurrency": "11"}, "concurrency"),
        ({**FUNCTION, "spot": "only"}, "spot"),
        ({**FUNCTION, "load_balancer": "alb"}, "load_balancer"),
        ({**FUNCTION, "sandbox": "bubblewrap"}, "sandbox"),
    ],
)
def test_what_a_kind_of_compute_lacks_is_a_mistake_that_says_why(values, key):
    assert set(faults_of(values)) == {key}


def test_mistakes_of_a_kind_of_compute_are_shown_together_with_all_others():
    values = {
        **FUNCTION,
        "spot": "only",
        "load_balancer": "alb",
        "log_retention_days": "2",
        "memory_mib": "99999",
    }
    assert set(faults_of(values)) == {"spot", "load_balancer", "log_retention_days", "memory_mib"}


@pytest.mark.parametrize("network", ["public", "private-nat", "private-endpoints"])
@pytest.mark.parametrize(
    "values",
    [
        {"load_balancer": "alb"},
        {"spot": "only", "architecture": "arm64"},
        {**GPU, "spot": "mixed"},
        {
            **GPU,
            "warm_pool": "2",
            "load_balancer": "alb",
            "gpu_instance_type": "g5.2xlarge",
            "memory_mib": "30720",
        },
        FUNCTION,
    ],
)
def test_every_kind_of_compute_goes_with_every_network(values, network):
    assert StackConfig.parse({**values, "network": network}).network == network


def test_messages_for_a_function_stay_hidden_longer_than_it_may_run():
    config = StackConfig.parse({**FUNCTION, "job_timeout_seconds": "870"})
    assert config.function_timeout_seconds == 900
    assert config.lane_visibility_seconds == 5400
    assert StackConfig().lane_visibility_seconds == StackConfig().visibility_timeout_seconds


def test_every_gpu_instance_leaves_room_for_the_smallest_worker_with_a_model():
    for name in GPU_INSTANCES:
        assert StackConfig.parse({**GPU, "gpu_instance_type": name}).gpu_instance_type == name


def test_a_value_that_is_wrong_by_itself_is_not_blamed_twice():
    assert set(faults_of({"cpu": "333", "memory_mib": "5000"})) == {"cpu"}


@pytest.mark.parametrize("kind", ["fargate", "gpu", "", "ECS-FARGATE"])
def test_a_compute_type_that_does_not_exist_names_those_that_do(kind):
    assert "ecs-fargate" in faults_of({"compute_type": kind})["compute_type"]


@pytest.mark.parametrize(
    "network", ["10.0.0.0/15", "10.0.0.0/25", "10.0.0.1/20", "172.40.0.0/20", "ten", "fd00::/56"]
)
def test_a_network_that_aws_or_the_internet_would_refuse_is_a_mistake(network):
    assert set(faults_of({"vpc_cidr": network})) == {"vpc_cidr"}


@given(st.dictionaries(st.sampled_from(known_keys()) | st.text(max_size=8), st.text(max_size=12), max_size=8))
def test_whatever_text_is_given_it_is_a_config_or_a_list_of_mistakes(values):
    known = {key for key, reader in READERS.items() if key in values and can_read(reader, values[key])}
    faults = set() if known == set(values) and agrees(values) else set(faults_of(values))
    assert set(values) - known <= faults


@given(st.integers(6, 120))
def test_a_worker_always_drains_within_its_stop_timeout(seconds):
    config = StackConfig(stop_timeout_seconds=seconds)
    assert 0 < config.drain_grace_seconds < config.drain_deadline_seconds < seconds
    assert 1 <= config.receive_wait_seconds <= 20


def test_every_field_has_a_reader_and_every_reader_a_field():
    assert tuple(READERS) == known_keys()
    for key, reader in READERS.items():
        reader.read(reader.example)
        assert reader.allowed.startswith("must be"), key


def test_the_project_file_gives_each_key_the_type_and_default_of_the_program():
    declared = YAML(typ="safe").load((ROOT / "Pulumi.yaml").read_text())
    names = {bool: "boolean", int: "integer"}
    assert declared["name"] == PROJECT
    assert {key: (value["type"], value["default"]) for key, value in declared["config"].items()} == {
        field.name: (names.get(type(field.default), "string"), field.default) for field in fields(StackConfig)
    }


@pytest.mark.parametrize("stack", STACKS)
def test_each_stack_file_is_right_and_says_what_it_is_for(stack):
    values = stack_values(stack)
    StackConfig.parse(own_values(values))
    assert values["aws:region"]
    assert {key.partition(":")[0] for key in values} == {"aws", PROJECT}
    assert (ROOT / f"Pulumi.{stack}.yaml").read_text().startswith("#")


def test_only_production_is_protected_and_only_local_runs_without_a_model():
    configs = {stack: StackConfig.parse(own_values(stack_values(stack))) for stack in STACKS}
    assert [stack for stack in STACKS if configs[stack].protect] == ["prod"]
    assert [stack for stack in STACKS if configs[stack].engine == "builtin"] == ["local"]
    assert len({configs[stack].vpc_cidr for stack in ("dev", "staging", "prod")}) == 3


def test_values_of_other_namespaces_are_not_ours():
    config = {"aws:region": "eu-west-1", f"{PROJECT}:instances": 3, f"{PROJECT}:protect": True}
    assert own_values(config) == {"instances": "3", "protect": "true"}


@pytest.mark.parametrize(
    "name", ["Prod", "my_stack", "-dev", "dev-", "1st", "", "a" * (LONGEST_ENVIRONMENT + 1)]
)
def test_a_stack_name_that_aws_would_refuse_in_some_resource_is_refused_at_once(name):
    assert name in environment_fault(name)


@pytest.mark.parametrize("name", ["local", "dev", "pr-12", "a" * LONGEST_ENVIRONMENT])
def test_a_usual_stack_name_is_taken(name):
    assert environment_fault(name) == ""
