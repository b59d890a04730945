"""A fleet of tasks: its ECS service is the one place where its size is set."""

from typing import Any

from botocore.exceptions import ClientError

from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from automation.fleet.status import FleetStatus, WorkerTask, queue_depths, tail
from components.outputs import StackOutputs

TASKS_AT_ONCE = 100
"""What ECS describes in one call."""


class TaskFleet:
    """An `automation.fleet.control.Fleet`."""

    least = 1
    """Fewest workers of a fleet that runs."""
    is_scaled = True
    """The controller keeps its size."""

    def __init__(self, access: AwsAccess, outputs: StackOutputs) -> None:
        """Speak of this stack's service."""
        self._access = access
        self._outputs = outputs

    def status(self) -> FleetStatus:
        """Observe; raises Diagnostic where the service is gone."""
        service, outputs = self._service(), self._outputs
        primary = next(
            (one for one in service["deployments"] if one["status"] == "PRIMARY"), service["deployments"][0]
        )
        events = service.get("events") or [{}]
        return FleetStatus(
            environment=outputs.environment,
            desired=service["desiredCount"],
            running=service["runningCount"],
            pending=service["pendingCount"],
            rollout=primary.get("rolloutState", "COMPLETED"),
            runs_deployed_revision=primary["taskDefinition"] == outputs.task_definition_arn,
            revision=tail(primary["taskDefinition"]),
            queues=queue_depths(self._access, outputs),
            workers=self._workers(),
            last_event=str(events[0].get("message", "")),
        )

    def desired(self) -> int:
        """Return the number of workers asked for."""
        return int(self._service()["desiredCount"])

    def resize(self, workers: int) -> None:
        """Ask for so many workers."""
        self._update(desiredCount=workers)

    def replace_all(self) -> None:
        """Replace every worker by a rolling deployment of the same revision."""
        self._update(forceNewDeployment=True)

    def _update(self, **changes: Any) -> None:
        outputs = self._outputs
        try:
            self._access.client("ecs").update_service(
                cluster=outputs.cluster_name, service=outputs.service_name, **changes
            )
        except ClientError as fault:
            raise self._gone(fault) from fault

    def _service(self) -> dict[str, Any]:
        outputs = self._outputs
        try:
            answer = self._access.client("ecs").describe_services(
                cluster=outputs.cluster_name, services=[outputs.service_name]
            )
        except ClientError as fault:
            raise self._gone(fault) from fault
        found = [service for service in answer["services"] if service["status"] == "ACTIVE"]
        if not found:
            raise self._gone(None)
        service: dict[str, Any] = found[0]
        return service

    def _gone(self, fault: ClientError | None) -> Diagnostic:
        outputs = self._outputs
        return Diagnostic(
            f"the service {outputs.service_name} of cluster {outputs.cluster_name} is not there",
            why=str(fault) if fault else "it was removed outside of Pulumi",
            next_step=f"python -m automation deploy --env {outputs.environment}",
            reference="service-gone",
        )

    def _workers(self) -> tuple[WorkerTask, ...]:
        ecs, outputs = self._access.client("ecs"), self._outputs
        arns = ecs.list_tasks(cluster=outputs.cluster_name, serviceName=outputs.service_name)["taskArns"]
        if not arns:
            return ()
        tasks = ecs.describe_tasks(cluster=outputs.cluster_name, tasks=arns[:TASKS_AT_ONCE])["tasks"]
        return tuple(
            WorkerTask(
                task_id=tail(task["taskArn"]),
                status=task["lastStatus"],
                health=task.get("healthStatus", "UNKNOWN"),
                revision=tail(task["taskDefinitionArn"]),
                started_at=str(task.get("startedAt", "")),
            )
            for task in tasks
        )
