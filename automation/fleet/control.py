"""Starts, stops, restarts, scales and observes the fleet: its ECS service is the one place where its size is set.

The controller sets it as well, each minute: what a person sets is told to it first (automation.fleet.size), and lasts.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from automation.errors import Diagnostic
from automation.fleet import size
from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs
from worker.domain.fleet_control import Hold, Wishes

MAXIMUM_WORKERS = 100
"""Refused above this: a typing error must not cost a fortune."""


@dataclass(frozen=True, kw_only=True)
class QueueDepth:
    """One queue."""

    name: str
    """Lane, or dead-letter."""
    visible: int
    """Messages waiting."""
    in_flight: int
    """Messages held by workers."""
    delayed: int
    """Messages that wait for a retry or a schedule."""


@dataclass(frozen=True, kw_only=True)
class WorkerTask:
    """One worker."""

    task_id: str
    """Last part of the task's ARN."""
    status: str
    """PROVISIONING … STOPPED."""
    health: str
    """HEALTHY, UNHEALTHY or UNKNOWN."""
    revision: str
    """Task definition family:revision."""
    started_at: str
    """ISO 8601, empty while it starts."""


@dataclass(frozen=True, kw_only=True)
class FleetStatus:
    """The fleet at a glance."""

    environment: str
    """Stack."""
    desired: int
    """Workers asked for."""
    running: int
    """Workers running."""
    pending: int
    """Workers starting."""
    rollout: str
    """COMPLETED, IN_PROGRESS or FAILED."""
    runs_deployed_revision: bool
    """What runs is what was deployed last; the circuit breaker can put an older one back and report success."""
    revision: str
    """Task definition of the primary deployment."""
    queues: tuple[QueueDepth, ...]
    """Lanes and dead-letter queue."""
    workers: tuple[WorkerTask, ...]
    """One by one."""
    last_event: str
    """What ECS said last."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return asdict(self)


def fleet_status(access: AwsAccess, outputs: StackOutputs) -> FleetStatus:
    """Observe; raises Diagnostic where the service is gone."""
    service = _service(access, outputs)
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
        revision=_tail(primary["taskDefinition"]),
        queues=queue_depths(access, outputs),
        workers=_workers(access, outputs),
        last_event=str(events[0].get("message", "")),
    )


def queue_depths(access: AwsAccess, outputs: StackOutputs) -> tuple[QueueDepth, ...]:
    """Return the depth of every lane and of the dead-letter queue."""
    urls = {
        "high": outputs.queue_url_high,
        "normal": outputs.queue_url,
        "low": outputs.queue_url_low,
        "dead-letter": outputs.dead_letter_queue_url,
    }
    return tuple(_depth(access, name, url) for name, url in urls.items())


def scale(access: AwsAccess, outputs: StackOutputs, workers: int) -> None:
    """Set the number of workers (0 to MAXIMUM_WORKERS) that the controller goes on from; ends a hold."""
    size.lift(access, outputs, is_submission=False)
    _update(access, outputs, desiredCount=workers)


def hold(
    access: AwsAccess, outputs: StackOutputs, workers: int, *, why: str, until: datetime | None = None
) -> Hold:
    """Set the number of workers, and have the controller keep it: it is told first, so that it never undoes it."""
    made = size.hold(access, outputs, workers, why=why, until=until)
    _update(access, outputs, desiredCount=workers)
    return made


def restart(access: AwsAccess, outputs: StackOutputs) -> None:
    """Replace every worker by a rolling deployment of the same revision."""
    _update(access, outputs, forceNewDeployment=True)


def wake(access: AwsAccess, outputs: StackOutputs) -> bool:
    """Start the fleet for work that was handed in, which ends a stop; True where it was stopped.

    Idempotent: a running fleet keeps its size. Where the budget is overspent nobody is started: the work waits.
    """
    return _started(access, outputs, size.lift(access, outputs, is_submission=True))


def start(access: AwsAccess, outputs: StackOutputs) -> bool:
    """Give the fleet back to the controller, and start it where it is stopped; True where it was."""
    return _started(access, outputs, size.lift(access, outputs, is_submission=False))


def _started(access: AwsAccess, outputs: StackOutputs, wishes: Wishes) -> bool:
    if _service(access, outputs)["desiredCount"] > 0 or size.is_out_of_money(access, outputs):
        return False
    most = MAXIMUM_WORKERS if wishes.maximum is None else wishes.maximum
    workers = min(max(outputs.instances, wishes.minimum or 0, 1), most)
    if workers == 0:
        return False
    _update(access, outputs, desiredCount=workers)
    return True


def _update(access: AwsAccess, outputs: StackOutputs, **changes: Any) -> None:
    try:
        access.client("ecs").update_service(
            cluster=outputs.cluster_name, service=outputs.service_name, **changes
        )
    except ClientError as fault:
        raise _gone(outputs, fault) from fault


def _service(access: AwsAccess, outputs: StackOutputs) -> dict[str, Any]:
    try:
        answer = access.client("ecs").describe_services(
            cluster=outputs.cluster_name, services=[outputs.service_name]
        )
    except ClientError as fault:
        raise _gone(outputs, fault) from fault
    found = [service for service in answer["services"] if service["status"] == "ACTIVE"]
    if not found:
        raise _gone(outputs, None)
    service: dict[str, Any] = found[0]
    return service


def _gone(outputs: StackOutputs, fault: ClientError | None) -> Diagnostic:
    return Diagnostic(
        f"the service {outputs.service_name} of cluster {outputs.cluster_name} is not there",
        why=str(fault) if fault else "it was removed outside of Pulumi",
        next_step=f"python -m automation deploy --env {outputs.environment}",
        reference="service-gone",
    )


def _depth(access: AwsAccess, name: str, url: str) -> QueueDepth:
    attributes = access.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return QueueDepth(
        name=name,
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


def _workers(access: AwsAccess, outputs: StackOutputs) -> tuple[WorkerTask, ...]:
    ecs = access.client("ecs")
    arns = ecs.list_tasks(cluster=outputs.cluster_name, serviceName=outputs.service_name)["taskArns"]
    if not arns:
        return ()
    tasks = ecs.describe_tasks(cluster=outputs.cluster_name, tasks=arns[:100])["tasks"]
    return tuple(
        WorkerTask(
            task_id=_tail(task["taskArn"]),
            status=task["lastStatus"],
            health=task.get("healthStatus", "UNKNOWN"),
            revision=_tail(task["taskDefinitionArn"]),
            started_at=str(task.get("startedAt", "")),
        )
        for task in tasks
    )


def _tail(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
