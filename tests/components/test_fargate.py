"""The fleet on Fargate: what a task is, and how the service keeps it running."""

import json
from typing import Any

import pytest

from components.config import StackConfig, own_values
from components.fargate_sizes import MEMORY_MIB_OF_CPU
from components.outputs import StackOutputs
from tests.components.declared import stack_values
from worker.domain.settings import WorkerSettings


def containers(declaration: Any) -> dict[str, dict[str, Any]]:
    task = declaration.only("aws:ecs/taskDefinition:TaskDefinition").inputs
    return {item["name"]: item for item in json.loads(task["containerDefinitions"])}


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["environment"]}


def test_a_worker_reads_back_exactly_what_the_stack_was_told(declaration):
    outputs = StackOutputs.from_exports(declaration.outputs)
    config = StackConfig.parse(own_values(stack_values(outputs.environment)))
    settings = WorkerSettings.from_env(environment(containers(declaration)["worker"]))
    assert settings.queue_url_normal == outputs.queue_url
    assert settings.queue_url_high == outputs.queue_url_high
    assert settings.queue_url_low == outputs.queue_url_low
    assert settings.dead_letter_queue_url == outputs.dead_letter_queue_url
    assert settings.results_bucket == outputs.results_bucket
    assert settings.ledger_table == outputs.ledger_table
    assert settings.engine == config.engine
    assert settings.model == config.model
    assert outputs.model == ("builtin" if config.engine == "builtin" else settings.models[0])
    for name in (
        *("concurrency", "visibility_timeout_seconds", "maximum_attempts", "receive_wait_seconds"),
        *("repository_concurrency", "engine_concurrency"),
        *("job_timeout_seconds", "job_budget_seconds", "drain_grace_seconds", "drain_deadline_seconds"),
    ):
        assert getattr(settings, name) == getattr(config, name), name


def test_variables_have_names_and_values_that_ecs_keeps(declaration):
    for container in containers(declaration).values():
        assert all(isinstance(value, str) and value for value in environment(container).values())


def test_a_worker_drains_before_it_is_killed(declaration):
    worker = containers(declaration)["worker"]
    settings = WorkerSettings.from_env(environment(worker))
    assert settings.drain_grace_seconds < settings.drain_deadline_seconds < worker["stopTimeout"] <= 120


def test_on_aws_the_worker_waits_for_its_model_and_outlives_it(dev):
    both = containers(dev)
    assert both["worker"]["dependsOn"] == [{"containerName": "ollama", "condition": "HEALTHY"}]
    assert environment(both["ollama"])["OLLAMA_HOST"] == "127.0.0.1:11434"
    assert both["ollama"]["image"].endswith("dev-ollama:deepseek-coder-1.3b")


def test_without_a_model_the_worker_is_alone(local):
    assert list(containers(local)) == ["worker"]


def test_the_workers_file_system_is_read_only_but_for_scratch(declaration):
    worker = containers(declaration)["worker"]
    assert worker["readonlyRootFilesystem"] is True
    assert [mount["containerPath"] for mount in worker["mountPoints"]] == ["/tmp"]
    task = declaration.only("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert [volume["name"] for volume in task["volumes"]] == [worker["mountPoints"][0]["sourceVolume"]]


def test_every_container_is_watched_and_logged(declaration):
    outputs = StackOutputs.from_exports(declaration.outputs)
    for container in containers(declaration).values():
        assert container["healthCheck"]["startPeriod"] <= 300
        assert container["logConfiguration"]["options"]["awslogs-group"] == outputs.log_group_name


def test_a_task_has_a_size_that_fargate_sells(declaration):
    task = declaration.only("aws:ecs/taskDefinition:TaskDefinition").inputs
    assert int(task["memory"]) in MEMORY_MIB_OF_CPU[int(task["cpu"])]


def test_deployments_roll_back_and_leave_the_number_of_workers_to_the_scaling(declaration):
    service = declaration.only("aws:ecs/service:Service")
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert service.ignored == ("desiredCount",)
    assert service.inputs["propagateTags"] == "SERVICE"
    assert service.inputs["waitForSteadyState"] is False


def test_a_task_starts_only_once_it_has_rights_and_a_way_out(declaration):
    service = declaration.only("aws:ecs/service:Service")
    needed = {"fleet-roles-execution-policy", "fleet-roles-task-policy", "network-out", "fleet-capacity"}
    assert needed <= set(service.depends_on)


def test_the_service_registers_the_gateway_for_the_front_door(declaration):
    registry = declaration.only("aws:ecs/service:Service").inputs["serviceRegistries"]
    assert (registry["containerName"], registry["containerPort"]) == ("worker", 8080)


@pytest.mark.parametrize(
    ("stack", "shares"),
    [
        ("local", {"FARGATE": (0, 1)}),
        ("dev", {"FARGATE_SPOT": (0, 1)}),
        ("prod", {"FARGATE": (1, 1), "FARGATE_SPOT": (0, 3)}),
    ],
)
def test_the_fleet_runs_on_as_much_spot_as_the_stack_says(request, stack, shares):
    service = request.getfixturevalue(stack).only("aws:ecs/service:Service").inputs
    found = {
        item["capacityProvider"]: (item["base"], item["weight"])
        for item in service["capacityProviderStrategies"]
    }
    assert found == shares
