"""What the agent asks of ECS: a small Protocol, and the same over boto3. Only calls that the real ECS has."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.observed import (
    SERVICE_GROUP_PREFIX,
    Service,
    Task,
    TaskDefinition,
    read_service,
    read_task,
    read_task_definition,
)

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient

DESCRIBE_SERVICES_BATCH = 10
DESCRIBE_TASKS_BATCH = 100
RUN_TASK_BATCH = 10
RUNNING = "RUNNING"
STOPPED = "STOPPED"


class EcsApi(Protocol):
    """ECS as the agent sees it."""

    def clusters(self) -> list[str]:
        """Return the ARNs of active clusters."""
        ...

    def services(self, cluster: str) -> list[Service]:
        """Return the services of a cluster that are not inactive."""
        ...

    def wanted_tasks(self, cluster: str) -> list[str]:
        """Return the ARNs of tasks whose desired status is RUNNING."""
        ...

    def tasks(self, cluster: str, arns: Sequence[str]) -> list[Task]:
        """Return task records."""
        ...

    def task_definition(self, arn: str) -> TaskDefinition:
        """Return a revision, which never changes."""
        ...

    def run(self, service: Service, count: int) -> list[Task]:
        """Start tasks for a service."""
        ...

    def stop(self, task: Task, reason: str) -> None:
        """Ask for a task's end."""
        ...

    def report(self, task: Task, status: str, reason: str, exit_codes: Mapping[str, int]) -> None:
        """Say what became of a task's containers."""
        ...

    def protected(self, cluster: str, arns: Sequence[str]) -> frozenset[str]:
        """Return those of the tasks that are protected from scale-in."""
        ...

    def set_task_definition(self, service: Service, task_definition: str) -> None:
        """Roll a service to another revision."""
        ...


class BotoEcs:
    """EcsApi over HTTP."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._definitions: dict[str, TaskDefinition] = {}

    @property
    def _ecs(self) -> "ECSClient":
        client: ECSClient = self._clients.get("ecs")
        return client

    def clusters(self) -> list[str]:
        """Return the ARNs of active clusters."""
        pages = self._ecs.get_paginator("list_clusters").paginate()
        return [arn for page in pages for arn in page["clusterArns"]]

    def services(self, cluster: str) -> list[Service]:
        """Return the services of a cluster that are not inactive."""
        pages = self._ecs.get_paginator("list_services").paginate(cluster=cluster)
        arns = [arn for page in pages for arn in page["serviceArns"]]
        found: list[Service] = []
        for batch in _batches(arns, DESCRIBE_SERVICES_BATCH):
            answer = self._ecs.describe_services(cluster=cluster, services=batch, include=["TAGS"])
            found += [read_service(raw) for raw in answer["services"] if raw["status"] != "INACTIVE"]
        return found

    def wanted_tasks(self, cluster: str) -> list[str]:
        """Return the ARNs of tasks whose desired status is RUNNING."""
        pages = self._ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus="RUNNING")
        return [arn for page in pages for arn in page["taskArns"]]

    def tasks(self, cluster: str, arns: Sequence[str]) -> list[Task]:
        """Return task records."""
        found: list[Task] = []
        for batch in _batches(arns, DESCRIBE_TASKS_BATCH):
            answer = self._ecs.describe_tasks(cluster=cluster, tasks=batch)
            found += [read_task(raw) for raw in answer["tasks"]]
        return found

    def task_definition(self, arn: str) -> TaskDefinition:
        """Return a revision, which never changes."""
        if arn not in self._definitions:
            raw = self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            self._definitions[arn] = read_task_definition(raw)
        return self._definitions[arn]

    def run(self, service: Service, count: int) -> list[Task]:
        """Start tasks for a service."""
        started: list[Task] = []
        for size in _portions(count, RUN_TASK_BATCH):
            answer = self._ecs.run_task(
                cluster=service.cluster,
                taskDefinition=service.task_definition,
                count=size,
                group=f"{SERVICE_GROUP_PREFIX}{service.name}",
                startedBy=service.deployment_id,
                **service.run_options,
            )
            started += [read_task(raw) for raw in answer["tasks"]]
        return started

    def stop(self, task: Task, reason: str) -> None:
        """Ask for a task's end."""
        self._ecs.stop_task(cluster=task.cluster, task=task.arn, reason=reason)

    def report(self, task: Task, status: str, reason: str, exit_codes: Mapping[str, int]) -> None:
        """Say what became of a task's containers."""
        self._ecs.submit_task_state_change(
            cluster=task.cluster,
            task=task.arn,
            status=status,
            reason=reason,
            containers=[
                {"containerName": name, "exitCode": code, "status": status}
                for name, code in exit_codes.items()
            ],
        )

    def protected(self, cluster: str, arns: Sequence[str]) -> frozenset[str]:
        """Return those of the tasks that are protected from scale-in."""
        found: set[str] = set()
        for batch in _batches(arns, DESCRIBE_TASKS_BATCH):
            answer = self._ecs.get_task_protection(cluster=cluster, tasks=batch)
            found |= {entry["taskArn"] for entry in answer["protectedTasks"] if entry["protectionEnabled"]}
        return frozenset(found)

    def set_task_definition(self, service: Service, task_definition: str) -> None:
        """Roll a service to another revision."""
        self._ecs.update_service(
            cluster=service.cluster, service=service.name, taskDefinition=task_definition
        )


def _batches(items: Sequence[str], size: int) -> Iterable[list[str]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def _portions(total: int, size: int) -> Iterable[int]:
    while total > 0:
        yield min(total, size)
        total -= size
