"""ECS actions that moto lacks, and fields that it drops between the wire and its models."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse

from automation.localaws.patches.ecs_tasks import now, tasks_of
from automation.localaws.patches.replacement import extend, replace, stock

DEFAULT_DEPLOYMENT = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
}
KEPT_FIELDS = {
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
}
"""Fields of CreateService that moto reads from nowhere: wire name to model name."""
PROTECTION_MINUTES = 120
PROTECTION_MOST_MINUTES = 2880


def apply() -> None:
    """Add the actions and put the fields back."""
    response = EC2ContainerServiceResponse
    replace(response, "create_service", _create_service(stock(response, "create_service")))
    replace(response, "update_service", _update_service(stock(response, "update_service")))
    replace(response, "describe_tasks", _describe_tasks(stock(response, "describe_tasks")))
    extend(
        response,
        submit_task_state_change=_submit_task_state_change,
        update_task_protection=_update_task_protection,
        get_task_protection=_get_task_protection,
        update_cluster_settings=_update_cluster_settings,
    )
    backend = EC2ContainerServiceBackend
    replace(backend, "iter_tagged_resources", _living(stock(backend, "iter_tagged_resources")))


def _create_service(original: Any) -> Any:
    def create_service(self: Any) -> ActionResult:
        result = original(self)
        service = result.result["service"]
        given = self._get_param("deploymentConfiguration") or {}
        service.deployment_configuration = {**DEFAULT_DEPLOYMENT, **given}
        service.enable_execute_command = self._get_param("enableExecuteCommand") is True
        for wire_name, name in KEPT_FIELDS.items():
            value = self._get_param(wire_name)
            if value is not None:
                setattr(service, name, value)
        strategy = self._get_param("capacityProviderStrategy")
        if strategy:
            service.launch_type = None
            for record in service.records:
                record.pop("launchType", None)
                record["capacityProviderStrategy"] = strategy
                record["platformFamily"] = "Linux"
        return ActionResult({"service": service})

    return create_service


def _update_service(original: Any) -> Any:
    def update_service(self: Any) -> ActionResult:
        given = self._get_param("deploymentConfiguration")
        if given:
            self.params["deploymentConfiguration"] = {**DEFAULT_DEPLOYMENT, **given}
        result: ActionResult = original(self)
        return result

    return update_service


def _describe_tasks(original: Any) -> Any:
    def describe_tasks(self: Any) -> ActionResult:
        result: Any = original(self).result
        found = {task.id for task in result["tasks"]}
        missing = [task for task in self._get_param("tasks", []) if task.rpartition("/")[2] not in found]
        result["failures"] = [{"arn": task, "reason": "MISSING"} for task in missing]
        return ActionResult(result)

    return describe_tasks


def _submit_task_state_change(self: Any) -> ActionResult:
    self.ecs_backend.submit_task_state_change(
        cluster=self._get_param("cluster", "default"),
        task_str=self._get_param("task"),
        status=self._get_param("status"),
        reason=self._get_param("reason"),
        containers=self._get_param("containers", []),
    )
    return ActionResult({"acknowledgment": "accepted"})


def _update_cluster_settings(self: Any) -> ActionResult:
    cluster = self.ecs_backend.update_cluster(
        cluster_name=self._get_param("cluster"),
        cluster_settings=self._get_param("settings"),
        configuration=None,
        service_connect_defaults=None,
    )
    return ActionResult({"cluster": cluster})


def _update_task_protection(self: Any) -> ActionResult:
    is_enabled = bool(self._get_param("protectionEnabled"))
    minutes = self._get_param("expiresInMinutes") or PROTECTION_MINUTES
    if not 1 <= minutes <= PROTECTION_MOST_MINUTES:
        raise InvalidParameterException(f"expiresInMinutes must be between 1 and {PROTECTION_MOST_MINUTES}.")
    until = now() + timedelta(minutes=minutes) if is_enabled else None
    found, failures = _tasks_for_protection(self)
    for task in list(found):
        if is_enabled and task.desired_status != "RUNNING":
            found.remove(task)
            failures.append({"arn": task.task_arn, "reason": "TASK_NOT_VALID"})
        else:
            task.protected_until = until
    return ActionResult({"protectedTasks": [_protection(task) for task in found], "failures": failures})


def _get_task_protection(self: Any) -> ActionResult:
    found, failures = _tasks_for_protection(self)
    return ActionResult({"protectedTasks": [_protection(task) for task in found], "failures": failures})


def _tasks_for_protection(response: Any) -> tuple[list[Any], list[dict[str, str]]]:
    backend = response.ecs_backend
    cluster = backend._get_cluster(response._get_param("cluster", "default"))
    known = {task.id: task for task in tasks_of(backend, cluster.name) if task.group.startswith("service:")}
    asked = response._get_param("tasks", []) or list(known)
    found = [known[task.rpartition("/")[2]] for task in asked if task.rpartition("/")[2] in known]
    failures = [
        {"arn": task, "reason": "TASK_NOT_VALID"} for task in asked if task.rpartition("/")[2] not in known
    ]
    return found, failures


def _protection(task: Any) -> dict[str, Any]:
    until: datetime | None = task.protected_until
    if until is None or until < now():
        return {"taskArn": task.task_arn, "protectionEnabled": False}
    return {"taskArn": task.task_arn, "protectionEnabled": True, "expirationDate": until}


def _living(original: Any) -> Any:
    """Leave out what is deleted: a scan for leftovers must not find the dead."""

    def iter_tagged_resources(self: Any) -> Iterator[Any]:
        gone = {
            *(item.physical_resource_id for item in self.services.values() if item.status == "INACTIVE"),
            *(cluster.arn for cluster in self.clusters.values() if cluster.status == "INACTIVE"),
            *(task.task_arn for tasks in self.tasks.values() for task in tasks.values() if task.stopped_at),
            *(
                definition.arn
                for revisions in self.task_definitions.values()
                for definition in revisions.values()
                if definition.status == "INACTIVE"
            ),
        }
        for resource in original(self):
            if resource.arn not in gone:
                yield resource

    return iter_tagged_resources
