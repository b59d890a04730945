"""ECS tasks as ECS keeps them: wanted and actual status are two things, and only the agent's reports move the second.

Stock moto starts every task RUNNING, moves it on towards STOPPED each time somebody *looks*, keeps one container of
a task definition, wants the memory of each container, and leaves the task's network interface behind for ever.
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ecs.exceptions import ClusterNotFoundException, InvalidParameterException
from moto.ecs.models import Container, EC2ContainerServiceBackend, Task

from automation.localaws.patches.replacement import extend, replace, stock

NOT_YET_RUNNING = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})
STOPPED_TASKS_VISIBLE_FOR = timedelta(hours=1)

STRATEGY_AT = 9
"""Place of the capacity provider strategy among what moto's run_task is given after the cluster."""


def apply() -> None:
    """Replace what moto does with tasks."""
    extend(NetworkInterface, private_dns_name="")
    replace(Task, "__init__", _task_init(stock(Task, "__init__")))
    extend(Task, last_status="PROVISIONING")
    backend = EC2ContainerServiceBackend
    replace(backend, "_calculate_task_resource_requirements", staticmethod(_requirements))
    replace(backend, "run_task", _run_task(stock(backend, "run_task")))
    replace(backend, "describe_tasks", _describe_tasks)
    replace(backend, "list_tasks", _list_tasks)
    replace(backend, "stop_task", _stop_task)
    extend(backend, submit_task_state_change=_submit_task_state_change, find_task=_find_task)


def now() -> datetime:
    """Return the time as moto's serializers expect it."""
    return datetime.now(UTC)


def tasks_of(backend: Any, cluster_name: str) -> list[Any]:
    """Return every task record of a cluster, stopped ones of the last hour included."""
    return list(backend.tasks.get(cluster_name, {}).values())


def _task_init(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        definition = kwargs.get("task_definition") or args[1]
        network = kwargs.get("networking_configuration")
        if network:
            configuration = {"securityGroups": [], **network["awsvpcConfiguration"]}
            kwargs["networking_configuration"] = {"awsvpcConfiguration": configuration}
        original(self, *args, **kwargs)
        self.last_status = "PROVISIONING"
        self.created_at = now()
        self.connectivity = "CONNECTED"
        self.cpu, self.memory = definition.cpu, definition.memory
        self.health_status = "UNKNOWN"
        self.version = 1
        self.protected_until = None
        self.stopped_at = None
        self.stopped_reason = None
        self.containers = [_container(self, definition, entry) for entry in definition.container_definitions]

    return init


def _container(task: Any, definition: Any, entry: dict[str, Any]) -> Any:
    kind: Any = Container
    container = kind(definition)
    container.container_arn = f"{task.task_arn.replace(':task/', ':container/')}/{uuid.uuid4()}"
    container.task_arn = task.task_arn
    container.name = entry.get("name")
    container.image = entry.get("image")
    container.cpu = entry.get("cpu", 0)
    container.memory = entry.get("memory")
    container.environment = entry.get("environment")
    container.command = entry.get("command")
    container.exitCode = None
    container.health_status = "UNKNOWN"
    return container


def _requirements(definition: Any) -> dict[str, Any]:
    """Count what a task needs; only placement on container instances reads it."""
    entries = definition.container_definitions
    ports = [
        port["hostPort"] for entry in entries for port in entry.get("portMappings", []) if "hostPort" in port
    ]
    return {
        "CPU": sum(entry.get("cpu") or 0 for entry in entries),
        "MEMORY": sum(entry.get("memory") or entry.get("memoryReservation") or 0 for entry in entries),
        "PORTS": ports,
        "PORTS_UDP": [],
    }


def _run_task(original: Any) -> Any:
    def run_task(self: Any, cluster_str: str, *args: Any, **kwargs: Any) -> list[Any]:
        cluster = self._get_cluster(cluster_str)
        if cluster.status != "ACTIVE":
            raise ClusterNotFoundException
        _forget_old(self.tasks.get(cluster.name, {}))
        provider = _instances_asked_for(self, cluster, args[STRATEGY_AT : STRATEGY_AT + 1])
        if provider:
            args = (*args[:STRATEGY_AT], [{"capacityProvider": "FARGATE"}], *args[STRATEGY_AT + 1 :])
        tasks: list[Any] = original(self, cluster_str, *args, **kwargs)
        for task in tasks if provider else ():
            task.capacity_provider_name, task.launch_type = provider, "EC2"
        service = next(
            (
                service
                for service in self.services.values()
                if tasks
                and service.cluster_name == cluster.name
                and tasks[0].group == f"service:{service.name}"
            ),
            None,
        )
        if service is not None:
            for task in tasks:
                task.tags = _propagated_tags(self, service, task)
            started = ", ".join(f"(task {task.id})" for task in tasks)
            service.note(f"has started {len(tasks)} tasks: {started}.")
        return tasks

    return run_task


def _instances_asked_for(backend: Any, cluster: Any, strategies: tuple[Any, ...]) -> str:
    """Return the provider of instances that a task is to run on; nothing where it is Fargate's, or where instances have registered.

    No instance starts here by itself, so a task that wants one finds its place at once: what runs is a process in any case.
    """
    strategy = next(iter(strategies), None) or []
    name = str(strategy[0]["capacityProvider"]) if strategy else ""
    has_instances = bool(backend.container_instances.get(cluster.name))
    return "" if name.startswith("FARGATE") or has_instances else name


def _propagated_tags(backend: Any, service: Any, task: Any) -> list[dict[str, str]]:
    source: Any = None
    if service.propagate_tags == "SERVICE":
        source = service
    elif service.propagate_tags == "TASK_DEFINITION":
        source = backend.describe_task_definition(task.task_definition_arn)
    inherited: list[dict[str, str]] = list(source.tags or []) if source else []
    own = {tag["key"] for tag in task.tags or []}
    return [*(task.tags or []), *(tag for tag in inherited if tag["key"] not in own)]


def _forget_old(tasks: dict[str, Any]) -> None:
    horizon = now() - STOPPED_TASKS_VISIBLE_FOR
    for arn, task in list(tasks.items()):
        if task.stopped_at is not None and task.stopped_at < horizon:
            del tasks[arn]


def _describe_tasks(self: Any, cluster_str: str, tasks: list[str]) -> list[Any]:
    cluster = self._get_cluster(cluster_str)
    if not tasks:
        raise InvalidParameterException("Tasks cannot be empty.")
    wanted = {task.rpartition("/")[2] for task in tasks}
    return [task for task in tasks_of(self, cluster.name) if task.id in wanted]


def _list_tasks(self: Any, cluster_str: str | None = None, *filters: str | None) -> list[Any]:
    """List as ECS does: what is wanted to run, unless asked for what is stopped."""
    cluster = self._get_cluster(cluster_str or "default")
    container_instance, family, started_by, service_name, desired_status = filters
    wanted: dict[str, Any] = {"desired_status": desired_status or "RUNNING"}
    if started_by:
        wanted["started_by"] = started_by
    if service_name:
        wanted["group"] = f"service:{service_name.rpartition('/')[2]}"
    found = [
        task
        for task in tasks_of(self, cluster.name)
        if all(getattr(task, name) == value for name, value in wanted.items())
    ]
    if container_instance:
        found = [task for task in found if container_instance in (task.container_instance_arn or "")]
    if family:
        found = [task for task in found if f":task-definition/{family}:" in task.task_definition_arn]
    return found


def _find_task(self: Any, cluster_str: str, task_str: str) -> Any:
    cluster = self._get_cluster(cluster_str)
    task_id = task_str.rpartition("/")[2]
    for task in tasks_of(self, cluster.name):
        if task.id == task_id:
            return task
    raise InvalidParameterException("The referenced task was not found.")


def _stop_task(self: Any, cluster_str: str, task_str: str, reason: str | None) -> Any:
    """Ask for the end; the agent's report brings it about. A task that never ran is over at once."""
    task = self.find_task(cluster_str, task_str)
    if task.desired_status == "STOPPED":
        return task
    task.desired_status = "STOPPED"
    task.stop_code = "ServiceSchedulerInitiated" if task.group.startswith("service:") else "UserInitiated"
    task.stopped_reason = reason or "Task stopped by user"
    task.stopping_at = now()
    task.version += 1
    if task.last_status in NOT_YET_RUNNING:
        _end(self, task)
    return task


def _submit_task_state_change(
    self: Any,
    *,
    cluster: str,
    task_str: str,
    status: str | None,
    reason: str | None,
    containers: Iterable[dict[str, Any]],
) -> None:
    """Take the agent's word for what became of a task and its containers."""
    task = self.find_task(cluster, task_str)
    if task.last_status == "STOPPED":
        return
    reports = {report.get("containerName"): report for report in containers}
    for container in task.containers:
        report = reports.get(container.name, {})
        container.last_status = report.get("status") or status or container.last_status
        container.exitCode = report.get("exitCode", container.exitCode)
        container.reason = report.get("reason")
    task.version += 1
    if status == "STOPPED":
        _stopped_by_itself(self, task, reason)
        _end(self, task)
    elif status:
        task.last_status = status
        if status == "RUNNING":
            task.started_at = now()


def _stopped_by_itself(backend: Any, task: Any, reason: str | None) -> None:
    if task.desired_status == "STOPPED":
        return
    started = hasattr(task, "started_at")
    task.desired_status = "STOPPED"
    task.stop_code = "EssentialContainerExited" if started else "TaskFailedToStart"
    task.stopped_reason = reason or "Essential container in task exited"
    for service in backend.services.values():
        if task.group == f"service:{service.name}" and service.cluster_name == task.cluster_name:
            service.task_failed(task)


def _end(backend: Any, task: Any) -> None:
    task.last_status = "STOPPED"
    task.stopped_at = task.execution_stopped_at = now()
    task.connectivity = "DISCONNECTED"
    for container in task.containers:
        container.last_status = "STOPPED"
    interfaces = ec2_backends[backend.account_id][backend.region_name].enis
    for attachment in task.attachments:
        attachment["status"] = "DELETED"
        for detail in attachment["details"]:
            if detail["name"] == "networkInterfaceId":
                interfaces.pop(detail["value"], None)
