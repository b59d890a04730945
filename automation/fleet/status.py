"""What is observed of a fleet of any kind, and how deep its queues are."""

from dataclasses import asdict, dataclass
from typing import Any

from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs


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
    """Last part of the task's ARN, or name of the function's environment."""
    status: str
    """PROVISIONING … STOPPED."""
    health: str
    """HEALTHY, UNHEALTHY or UNKNOWN."""
    revision: str
    """Task definition family:revision, or function:version."""
    started_at: str
    """ISO 8601, empty while it starts."""


@dataclass(frozen=True, kw_only=True)
class FleetStatus:
    """The fleet at a glance."""

    environment: str
    """Stack."""
    desired: int
    """Workers asked for; on demand: the most batches of a lane at once, 0 where nothing is taken from the queues."""
    running: int
    """Workers running."""
    pending: int
    """Workers starting; on demand: settings that are not in force yet."""
    rollout: str
    """COMPLETED, IN_PROGRESS or FAILED."""
    runs_deployed_revision: bool
    """What runs is what was deployed last; the circuit breaker can put an older one back and report success."""
    revision: str
    """Task definition of the primary deployment, or version of the function."""
    queues: tuple[QueueDepth, ...]
    """Lanes and dead-letter queue."""
    workers: tuple[WorkerTask, ...]
    """One by one."""
    last_event: str
    """What ECS or Lambda said last."""
    is_on_demand: bool = False
    """Workers come with the messages and go with them, as Lambda's do: nobody sets how many run."""

    @property
    def has_size(self) -> bool:
        """It is as large as it was asked to be."""
        return not self.pending and (self.is_on_demand or self.running == self.desired)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return asdict(self)


def queue_depths(access: AwsAccess, outputs: StackOutputs) -> tuple[QueueDepth, ...]:
    """Return the depth of every lane and of the dead-letter queue."""
    urls = {
        "high": outputs.queue_url_high,
        "normal": outputs.queue_url,
        "low": outputs.queue_url_low,
        "dead-letter": outputs.dead_letter_queue_url,
    }
    return tuple(_depth(access, name, url) for name, url in urls.items())


def _depth(access: AwsAccess, name: str, url: str) -> QueueDepth:
    attributes = access.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return QueueDepth(
        name=name,
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


def tail(arn: str) -> str:
    """Return the last part of an ARN."""
    return arn.rsplit("/", 1)[-1]
