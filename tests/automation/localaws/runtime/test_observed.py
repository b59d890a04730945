"""Reading ECS's dictionaries."""

from automation.localaws.runtime.observed import read_service, read_task, read_task_definition

SERVICE = {
    "serviceArn": "arn:service",
    "serviceName": "web",
    "clusterArn": "arn:cluster",
    "status": "ACTIVE",
    "desiredCount": 2,
    "taskDefinition": "web:2",
    "deployments": [{"id": "ecs-svc/1", "status": "ACTIVE"}, {"id": "ecs-svc/2", "status": "PRIMARY"}],
    "deploymentConfiguration": {
        "minimumHealthyPercent": 50,
        "maximumPercent": 150,
        "deploymentCircuitBreaker": {"enable": True, "rollback": False},
    },
    "launchType": "FARGATE",
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    "serviceRegistries": [{"registryArn": "arn:registry"}],
}


def test_the_primary_deployment_is_the_one_that_counts():
    assert read_service(SERVICE).deployment_id == "ecs-svc/2"


def test_a_rollouts_limits_and_breaker_are_read():
    service = read_service(SERVICE)
    assert (service.minimum_healthy_percent, service.maximum_percent) == (50, 150)
    assert (service.has_circuit_breaker, service.rolls_back) == (True, False)


def test_a_service_without_a_deployment_configuration_has_the_defaults_of_ecs():
    service = read_service({**SERVICE, "deploymentConfiguration": None})
    assert (service.minimum_healthy_percent, service.maximum_percent) == (100, 200)
    assert not service.has_circuit_breaker


def test_a_capacity_provider_strategy_replaces_the_launch_type():
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    options = read_service({**SERVICE, "capacityProviderStrategy": strategy}).run_options
    assert options["capacityProviderStrategy"] == strategy
    assert "launchType" not in options


def test_tags_pass_on_only_where_the_service_says_so():
    tags = [{"key": "Project", "value": "p"}]
    assert "tags" not in read_service({**SERVICE, "tags": tags}).run_options
    assert read_service({**SERVICE, "tags": tags, "propagateTags": "SERVICE"}).run_options["tags"] == tags


def test_a_draining_service_is_not_active():
    assert not read_service({**SERVICE, "status": "DRAINING"}).is_active


def test_a_task_of_a_service_knows_its_service_and_one_run_by_hand_has_none():
    raw = {
        "taskArn": "arn:task/c/abc",
        "clusterArn": "arn:c",
        "taskDefinitionArn": "web:1",
        "desiredStatus": "RUNNING",
    }
    assert read_task({**raw, "group": "service:web"}).service == "web"
    assert read_task({**raw, "group": "family:web"}).service == ""
    assert read_task(raw).id == "abc"


def test_a_bare_container_has_the_defaults_of_ecs():
    (container,) = read_task_definition(
        {"taskDefinitionArn": "web:1", "family": "web", "containerDefinitions": [{"name": "a", "image": "b"}]}
    ).containers
    assert container.is_essential
    assert container.stop_timeout_seconds == 30
    assert (container.port, container.health_check, container.logs) == (None, None, None)


def test_a_containers_health_check_logs_and_port_are_read():
    (container,) = read_task_definition(
        {
            "taskDefinitionArn": "web:1",
            "family": "web",
            "containerDefinitions": [
                {
                    "name": "a",
                    "image": "b",
                    "portMappings": [{"containerPort": 8080}],
                    "healthCheck": {"command": ["CMD", "true"], "interval": 7},
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {"awslogs-group": "/g", "awslogs-create-group": "true"},
                    },
                }
            ],
        }
    ).containers
    assert container.port == 8080
    assert container.health_check.interval_seconds == 7
    assert container.health_check.retries == 3
    assert (container.logs.group, container.logs.create_group) == ("/g", True)
