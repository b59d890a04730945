"""Values with sensible fields, so that a test names only what it is about."""

from automation.localaws.runtime.board import LocalTask
from automation.localaws.runtime.observed import (
    Container,
    HealthCheck,
    LogDestination,
    Service,
    Task,
    TaskDefinition,
)
from automation.localaws.runtime.services import ServiceTask

CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/fleet"
CHECK = HealthCheck(interval_seconds=10, timeout_seconds=1, retries=3, start_period_seconds=30)


def a_service(**changes) -> Service:
    values = {
        "arn": "arn:aws:ecs:us-east-1:123456789012:service/fleet/web",
        "name": "web",
        "cluster": CLUSTER,
        "is_active": True,
        "desired_count": 2,
        "task_definition": "web:1",
        "deployment_id": "ecs-svc/1",
        "minimum_healthy_percent": 100,
        "maximum_percent": 200,
        "has_circuit_breaker": True,
        "rolls_back": True,
        "registries": (),
        "run_options": {},
    }
    return Service(**{**values, **changes})


def a_task(number: int = 1, **changes) -> Task:
    values = {
        "arn": f"arn:aws:ecs:us-east-1:123456789012:task/fleet/{number:032x}",
        "cluster": CLUSTER,
        "task_definition": "web:1",
        "group": "service:web",
        "started_by": "ecs-svc/1",
        "overrides": {},
        "is_wanted": True,
    }
    return Task(**{**values, **changes})


def a_service_task(number: int, **changes) -> ServiceTask:
    values = {
        "arn": f"task-{number}",
        "is_current": True,
        "is_serving": True,
        "is_settled": True,
        "is_unhealthy": False,
        "is_protected": False,
        "started_at": float(number),
    }
    return ServiceTask(**{**values, **changes})


def a_container(**changes) -> Container:
    values = {
        "name": "worker",
        "image": "registry/deployer-ddf-mod-llm-models-local-worker:1",
        "command": (),
        "environment": {},
        "secrets": {},
        "is_essential": True,
        "stop_timeout_seconds": 5.0,
        "port": 8080,
        "health_check": CHECK,
        "logs": None,
    }
    return Container(**{**values, **changes})


def a_definition(*containers: Container, arn: str = "web:1") -> TaskDefinition:
    return TaskDefinition(arn=arn, family="web", containers=containers or (a_container(),))


def a_local_task(port: int, *, registry: str = "registry-arn", **changes) -> LocalTask:
    values = {
        "arn": f"arn:task/{port}",
        "service": "web",
        "pid": 1,
        "port": port,
        "started": 0.0,
        "status": "RUNNING",
        "health": "HEALTHY",
        "is_answering": True,
        "task_definition": "web:1",
        "log": "",
        "registries": (registry,),
    }
    return LocalTask(**{**values, **changes})


def a_log_destination(**changes) -> LogDestination:
    return LogDestination(**{"group": "/logs", "stream_prefix": "worker", "create_group": False, **changes})
