"""Pure: what the agent reads from ECS, as frozen values, and how each is read from the API's dictionaries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SERVICE_GROUP_PREFIX = "service:"


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """A container's health check; locally its command is replaced by GET /health."""

    interval_seconds: float
    """Between two checks."""
    timeout_seconds: float
    """Longest wait for one answer."""
    retries: int
    """Failures in a row that make the container unhealthy."""
    start_period_seconds: float
    """Failures don't count before this age."""


@dataclass(frozen=True, kw_only=True)
class LogDestination:
    """CloudWatch Logs settings of the awslogs driver."""

    group: str
    """Log group."""
    stream_prefix: str
    """First part of the stream's name."""
    create_group: bool
    """Make the group if it is missing (awslogs-create-group)."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container definition."""

    name: str
    """Name within the task."""
    image: str
    """Image reference."""
    command: tuple[str, ...]
    """Arguments after the image's entry point."""
    environment: Mapping[str, str]
    """Plain variables."""
    secrets: Mapping[str, str]
    """Variable to SSM parameter or Secrets Manager ARN."""
    is_essential: bool
    """Its end ends the task."""
    stop_timeout_seconds: float
    """Between SIGTERM and SIGKILL."""
    port: int | None
    """First container port."""
    health_check: HealthCheck | None
    """None: never replaced for its health."""
    logs: LogDestination | None
    """None: logs stay in the local file."""


@dataclass(frozen=True, kw_only=True)
class TaskDefinition:
    """A task definition's revision."""

    arn: str
    """With the revision."""
    family: str
    """Name without the revision."""
    containers: tuple[Container, ...]
    """In their order."""
    task_role: str = ""
    """ARN of the role that its processes have; empty without."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task record of ECS."""

    arn: str
    """Of the task."""
    cluster: str
    """Cluster ARN."""
    task_definition: str
    """ARN with the revision."""
    group: str
    """service:NAME for tasks of services."""
    started_by: str
    """Deployment id for tasks of services."""
    overrides: Mapping[str, Any]
    """As given to RunTask."""
    is_wanted: bool
    """Desired status is RUNNING."""

    @property
    def id(self) -> str:
        """Last part of the ARN."""
        return self.arn.rsplit("/", 1)[-1]

    @property
    def service(self) -> str:
        """Service name, or nothing for a task that someone ran by hand."""
        is_of_service = self.group.startswith(SERVICE_GROUP_PREFIX)
        return self.group.removeprefix(SERVICE_GROUP_PREFIX) if is_of_service else ""


@dataclass(frozen=True, kw_only=True)
class Service:
    """An ECS service."""

    arn: str
    """Of the service."""
    name: str
    """Within its cluster."""
    cluster: str
    """Cluster ARN."""
    is_active: bool
    """False once it is being deleted."""
    desired_count: int
    """Tasks wanted."""
    task_definition: str
    """ARN wanted."""
    deployment_id: str
    """Of the primary deployment."""
    minimum_healthy_percent: int
    """Of the desired count, kept while deploying."""
    maximum_percent: int
    """Of the desired count, not passed while deploying."""
    has_circuit_breaker: bool
    """Give up after failures."""
    rolls_back: bool
    """Go back to the last good revision on giving up."""
    registries: tuple[str, ...]
    """Cloud Map service ARNs."""
    run_options: Mapping[str, Any]
    """Options of RunTask that follow from the service: network, launch type, tags."""
    target_groups: tuple[str, ...] = ()
    """ARNs of the balancers' target groups that its tasks join."""


def read_service(raw: Mapping[str, Any]) -> Service:
    """Read one entry of DescribeServices."""
    rollout = raw.get("deploymentConfiguration") or {}
    breaker = rollout.get("deploymentCircuitBreaker") or {}
    primary = _primary_deployment(raw.get("deployments") or [])
    return Service(
        arn=raw["serviceArn"],
        name=raw["serviceName"],
        cluster=raw["clusterArn"],
        is_active=raw.get("status") == "ACTIVE",
        desired_count=int(raw.get("desiredCount", 0)),
        task_definition=raw["taskDefinition"],
        deployment_id=primary.get("id", raw["taskDefinition"]),
        minimum_healthy_percent=int(rollout.get("minimumHealthyPercent", 100)),
        maximum_percent=int(rollout.get("maximumPercent", 200)),
        has_circuit_breaker=bool(breaker.get("enable")),
        rolls_back=bool(breaker.get("rollback")),
        registries=tuple(entry["registryArn"] for entry in raw.get("serviceRegistries") or []),
        target_groups=tuple(
            entry["targetGroupArn"] for entry in raw.get("loadBalancers") or [] if "targetGroupArn" in entry
        ),
        run_options=_run_options(raw),
    )


def _primary_deployment(deployments: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    primaries = [entry for entry in deployments if entry.get("status") == "PRIMARY"]
    return next(iter(primaries or deployments), {})


def _run_options(raw: Mapping[str, Any]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if raw.get("networkConfiguration"):
        options["networkConfiguration"] = raw["networkConfiguration"]
    if raw.get("capacityProviderStrategy"):
        options["capacityProviderStrategy"] = raw["capacityProviderStrategy"]
    else:
        options["launchType"] = raw.get("launchType") or "FARGATE"
    if raw.get("propagateTags") == "SERVICE" and raw.get("tags"):
        options["tags"] = raw["tags"]
    elif raw.get("propagateTags") == "TASK_DEFINITION":
        options["propagateTags"] = "TASK_DEFINITION"
    return options


def read_task(raw: Mapping[str, Any]) -> Task:
    """Read one entry of DescribeTasks or RunTask."""
    return Task(
        arn=raw["taskArn"],
        cluster=raw["clusterArn"],
        task_definition=raw["taskDefinitionArn"],
        group=raw.get("group") or "",
        started_by=raw.get("startedBy") or "",
        overrides=raw.get("overrides") or {},
        is_wanted=raw.get("desiredStatus") == "RUNNING" and raw.get("lastStatus") != "STOPPED",
    )


def read_task_definition(raw: Mapping[str, Any]) -> TaskDefinition:
    """Read the answer of DescribeTaskDefinition."""
    return TaskDefinition(
        arn=raw["taskDefinitionArn"],
        family=raw["family"],
        containers=tuple(_read_container(entry) for entry in raw["containerDefinitions"]),
        task_role=raw.get("taskRoleArn") or "",
    )


def _read_container(raw: Mapping[str, Any]) -> Container:
    ports = raw.get("portMappings") or []
    return Container(
        name=raw["name"],
        image=raw["image"],
        command=tuple(raw.get("command") or ()),
        environment={entry["name"]: entry["value"] for entry in raw.get("environment") or []},
        secrets={entry["name"]: entry["valueFrom"] for entry in raw.get("secrets") or []},
        is_essential=bool(raw.get("essential", True)),
        stop_timeout_seconds=float(raw.get("stopTimeout") or 30),
        port=int(ports[0]["containerPort"]) if ports else None,
        health_check=_read_health_check(raw.get("healthCheck")),
        logs=_read_logs(raw.get("logConfiguration")),
    )


def _read_health_check(raw: Mapping[str, Any] | None) -> HealthCheck | None:
    if not raw or raw.get("command") in (None, [], ["NONE"]):
        return None
    return HealthCheck(
        interval_seconds=float(raw.get("interval") or 30),
        timeout_seconds=float(raw.get("timeout") or 5),
        retries=int(raw.get("retries") or 3),
        start_period_seconds=float(raw.get("startPeriod") or 0),
    )


def _read_logs(raw: Mapping[str, Any] | None) -> LogDestination | None:
    if not raw or raw.get("logDriver") != "awslogs":
        return None
    options = raw.get("options") or {}
    return LogDestination(
        group=options["awslogs-group"],
        stream_prefix=options.get("awslogs-stream-prefix", ""),
        create_group=options.get("awslogs-create-group", "false") == "true",
    )
