"""The lanes: depth from SQS, age of the oldest from CloudWatch, which SQS itself does not tell."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from automation.fleet.access import AwsAccess
from automation.fleet.status import QueueDepth, queue_depths
from components.outputs import StackOutputs

AGE_METRIC = "ApproximateAgeOfOldestMessage"
LOOK_BACK_MINUTES = 10
"""SQS publishes each minute, later after a rest."""


@dataclass(frozen=True, kw_only=True)
class LaneView:
    """One queue."""

    name: str
    """Lane, or dead-letter."""
    visible: int
    """Messages waiting."""
    delayed: int
    """Messages that wait for a retry or a schedule."""
    in_flight: int
    """Messages held by workers."""
    oldest_seconds: float | None
    """Age of the oldest, as CloudWatch heard last; None where it has not heard, or nothing waits."""


def lanes(access: AwsAccess, outputs: StackOutputs) -> tuple[LaneView, ...]:
    """Return every lane and the dead-letter queue."""
    urls = {
        "high": outputs.queue_url_high,
        "normal": outputs.queue_url,
        "low": outputs.queue_url_low,
        "dead-letter": outputs.dead_letter_queue_url,
    }
    return tuple(
        LaneView(**asdict(depth), oldest_seconds=_age(access, depth, urls[depth.name]))
        for depth in queue_depths(access, outputs)
    )


def _age(access: AwsAccess, depth: QueueDepth, url: str) -> float | None:
    if not depth.visible:
        return None
    now = datetime.now(UTC)
    answer = access.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName=AGE_METRIC,
        Dimensions=[{"Name": "QueueName", "Value": url.rsplit("/", 1)[-1]}],
        StartTime=now - timedelta(minutes=LOOK_BACK_MINUTES),
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return float(points[-1]["Maximum"]) if points else None
