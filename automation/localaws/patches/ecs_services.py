"""ECS services whose counts, deployments and status follow from task records, so that they can't tell a story.

Stock moto sets the running count to whatever was desired, at once, with nothing running; keeps one deployment IN_PROGRESS
for ever; and knows no events.
"""

import math
import random
import uuid
from typing import Any

from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, Service

from automation.localaws.patches.ecs_tasks import NOT_YET_RUNNING, now, tasks_of
from automation.localaws.patches.replacement import extend, replace, stock

EVENTS_KEPT = 100
BREAKER_LEAST, BREAKER_MOST = 3, 200


def apply() -> None:
    """Replace what moto says of services and clusters."""
    replace(Service, "__init__", _service_init(stock(Service, "__init__")))
    replace(Service, "_validate_network", _validate_network(stock(Service, "_validate_network")))
    extend(
        Service,
        running_count=_computed(lambda service: _count(_tasks(service), running=True)),
        pending_count=_computed(lambda service: _count(_tasks(service), running=False)),
        status=property(_service_status, _set_service_status),
        deployments=property(_deployments, _set_deployments),
        note=_note,
        task_failed=_task_failed,
    )
    extend(
        Cluster,
        running_tasks_count=_computed(lambda cluster: _count(_cluster_tasks(cluster), running=True)),
        pending_tasks_count=_computed(lambda cluster: _count(_cluster_tasks(cluster), running=False)),
        active_services_count=_computed(_active_services),
    )
    backend = EC2ContainerServiceBackend
    replace(backend, "create_cluster", _create_cluster(stock(backend, "create_cluster")))
    replace(backend, "update_cluster_resources", _leave_counts_alone)
    replace(backend, "list_clusters", _list_clusters)
    replace(backend, "delete_cluster", _delete_cluster)
    replace(backend, "list_services", _list_services)
    replace(backend, "create_service", _create_service(stock(backend, "create_service")))
    replace(backend, "update_service", _update_service(stock(backend, "update_service")))
    replace(backend, "delete_service", _delete_service(stock(backend, "delete_service")))


def _computed(compute: Any) -> property:
    def ignore(_self: Any, _value: Any) -> None:
        """Moto writes what it assumes; what is counted wins."""

    return property(compute, ignore)


def _service_init(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        self.records = []
        self.created_at = now()
        original(self, *args, **kwargs)

    return init


def _validate_network(original: Any) -> Any:
    def validate(self: Any, network: dict[str, dict[str, Any]]) -> Any:
        configuration = {"securityGroups": [], "assignPublicIp": "DISABLED", **network["awsvpcConfiguration"]}
        return original(self, {"awsvpcConfiguration": configuration})

    return validate


def _tasks(service: Any) -> list[Any]:
    group = f"service:{service.name}"
    return [task for task in tasks_of(service._backend, service.cluster_name) if task.group == group]


def _cluster_tasks(cluster: Any) -> list[Any]:
    backend = getattr(cluster, "backend", None)
    return tasks_of(backend, cluster.name) if backend else []


def _count(tasks: list[Any], *, running: bool) -> int:
    if running:
        return sum(task.last_status == "RUNNING" for task in tasks)
    return sum(task.last_status in NOT_YET_RUNNING and task.desired_status == "RUNNING" for task in tasks)


def _active_services(cluster: Any) -> int:
    backend = getattr(cluster, "backend", None)
    services = backend.services.values() if backend else ()
    return sum(service.cluster_name == cluster.name and service.status == "ACTIVE" for service in services)


def _service_status(service: Any) -> str:
    if service.__dict__.get("set_status") != "INACTIVE":
        return "ACTIVE"
    return "DRAINING" if any(task.last_status != "STOPPED" for task in _tasks(service)) else "INACTIVE"


def _set_service_status(service: Any, status: str) -> None:
    service.__dict__["set_status"] = status


def _set_deployments(service: Any, initial: list[dict[str, Any]]) -> None:
    service.records = [{**entry, "failedTasks": 0, "rolloutState": "IN_PROGRESS"} for entry in initial]
    for record in service.records:
        record["createdAt"] = record["updatedAt"] = now()


def _deployments(service: Any) -> list[dict[str, Any]]:
    tasks = _tasks(service)
    service.records = [
        record
        for record in service.records
        if record["status"] == "PRIMARY" or any(_is_live_of(task, record) for task in tasks)
    ]
    for record in service.records:
        mine = [task for task in tasks if task.started_by == record["id"]]
        record["runningCount"] = _count(mine, running=True)
        record["pendingCount"] = _count(mine, running=False)
        wanted = sum(task.desired_status == "RUNNING" for task in mine)
        record["desiredCount"] = service.desired_count if record["status"] == "PRIMARY" else wanted
    if service.records:
        _judge_rollout(service, service.records[0])
    return list(service.records)


def _is_live_of(task: Any, record: dict[str, Any]) -> bool:
    return bool(task.started_by == record["id"] and task.last_status != "STOPPED")


def _judge_rollout(service: Any, primary: dict[str, Any]) -> None:
    if primary["rolloutState"] != "IN_PROGRESS":
        return
    if len(service.records) == 1 and primary["runningCount"] == service.desired_count:
        _set_rollout(primary, "COMPLETED", "completed")
        service.note(f"(deployment {primary['id']}) deployment completed.")
        service.note("has reached a steady state.")
    elif _breaker(service).get("enable") and primary["failedTasks"] >= breaker_threshold(
        service.desired_count
    ):
        _set_rollout(primary, "FAILED", "failed: tasks failed to start")
        service.note(f"(deployment {primary['id']}) deployment failed: tasks failed to start.")


def breaker_threshold(desired_count: int) -> int:
    """Return how many failed tasks end a deployment, as ECS counts them: half of the desired, 3 at least, 200 at most."""
    return min(max(BREAKER_LEAST, math.ceil(desired_count * 0.5)), BREAKER_MOST)


def _breaker(service: Any) -> dict[str, Any]:
    configuration = getattr(service, "deployment_configuration", None) or {}
    return configuration.get("deploymentCircuitBreaker") or {}


def _set_rollout(record: dict[str, Any], state: str, said: str) -> None:
    record["rolloutState"] = state
    record["rolloutStateReason"] = f"ECS deployment {record['id']} {said}."
    record["updatedAt"] = now()


def _note(service: Any, message: str) -> None:
    event = {"id": str(uuid.uuid4()), "createdAt": now(), "message": f"(service {service.name}) {message}"}
    service.events = [event, *service.events][:EVENTS_KEPT]


def _task_failed(service: Any, task: Any) -> None:
    service.note(f"task {task.id} stopped: {task.stopped_reason}")
    for record in service.records:
        if record["id"] == task.started_by and record["rolloutState"] == "IN_PROGRESS":
            record["failedTasks"] += 1


def _create_cluster(original: Any) -> Any:
    def create_cluster(self: Any, cluster_name: str, *args: Any, **kwargs: Any) -> Any:
        existing = self.clusters.get(cluster_name)
        if existing is not None and existing.status == "ACTIVE":
            return existing
        cluster = original(self, cluster_name, *args, **kwargs)
        cluster.backend = self
        return cluster

    return create_cluster


def _leave_counts_alone(_self: Any, *_args: Any, **_kwargs: Any) -> None:
    """Counts are computed; there is nothing to keep in step."""


def _list_clusters(self: Any) -> list[str]:
    return [cluster.arn for cluster in self.clusters.values() if cluster.status == "ACTIVE"]


def _delete_cluster(self: Any, cluster_str: str) -> Any:
    cluster = self._get_cluster(cluster_str)
    if cluster.active_services_count:
        raise ECSException(
            "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
        )
    if any(task.last_status != "STOPPED" for task in tasks_of(self, cluster.name)):
        raise ECSException(
            "ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active."
        )
    cluster.status = "INACTIVE"
    return cluster


def _list_services(
    self: Any, cluster_str: str, scheduling_strategy: str | None = None, launch_type: str | None = None
) -> list[str]:
    cluster = self._get_cluster(cluster_str)
    return sorted(
        service.arn
        for service in self.services.values()
        if service.cluster_name == cluster.name
        and service.status != "INACTIVE"
        and scheduling_strategy in {None, service.scheduling_strategy}
        and launch_type in {None, service.launch_type}
    )


def _create_service(original: Any) -> Any:
    def create_service(self: Any, cluster_str: str, service_name: str, *args: Any, **kwargs: Any) -> Any:
        cluster = self._get_cluster(cluster_str)
        existing = self.services.get(f"{cluster.name}:{service_name}")
        if existing is not None and existing.status != "INACTIVE":
            raise InvalidParameterException("Creation of service was not idempotent.")
        service = original(self, cluster_str, service_name, *args, **kwargs)
        definition = (
            self.describe_task_definition(service.task_definition) if service.task_definition else None
        )
        if (
            definition is not None
            and definition.network_mode == "awsvpc"
            and not service.network_configuration
        ):
            del self.services[f"{cluster.name}:{service_name}"]
            raise InvalidParameterException(
                "Network Configuration must be provided when networkMode 'awsvpc' is specified."
            )
        return service

    return create_service


def _update_service(original: Any) -> Any:
    def update_service(self: Any, properties: dict[str, Any]) -> Any:
        service = self._get_service(properties.get("cluster", "default"), properties["service"])
        if service.status != "ACTIVE":
            raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
        before = (service.task_definition, service.network_configuration)
        is_forced = bool(properties.pop("force_new_deployment", False))
        if properties.get("task_definition"):
            properties["task_definition"] = self.describe_task_definition(properties["task_definition"]).arn
        updated = original(self, properties)
        if is_forced or before != (updated.task_definition, updated.network_configuration):
            _begin_deployment(updated)
        return updated

    return update_service


def _begin_deployment(service: Any) -> None:
    for record in service.records:
        record["status"] = "ACTIVE"
    template = service.records[0] if service.records else {"launchType": service.launch_type}
    record = {
        **template,
        "id": f"ecs-svc/{random.randrange(10**18, 10**19)}",  # noqa: S311 - a name, not a secret
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "networkConfiguration": service.network_configuration or None,
        "failedTasks": 0,
        "createdAt": now(),
    }
    _set_rollout(record, "IN_PROGRESS", "in progress")
    service.records = [record, *service.records]


def _delete_service(original: Any) -> Any:
    def delete_service(self: Any, cluster_name: str, service_name: str, force: bool) -> Any:  # noqa: FBT001 - moto's signature
        service = original(self, cluster_name, service_name.rpartition("/")[2], force)
        service.desired_count = 0
        return service

    return delete_service
