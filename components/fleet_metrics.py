"""Pure: where CloudWatch has what the fleet and its queues do, without a metric that costs more.

ECS publishes no count of tasks but in Container Insights, which is billed by metric. But each running task reports its processor once
a minute: the number of those reports is the number of tasks. A function reports how many of it run at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PERIOD_SECONDS = 60
"""SQS and ECS publish each minute."""
VISIBLE = "ApproximateNumberOfMessagesVisible"
IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"
AGE = "ApproximateAgeOfOldestMessage"


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric, as CloudWatch names it."""

    namespace: str
    """AWS/SQS and so on."""
    name: str
    """Name within it."""
    dimensions: Mapping[str, str]
    """What it is about."""
    stat: str
    """Statistic."""

    def in_widget(self, **options: Any) -> list[Any]:
        """Return a line of a widget."""
        pairs = [part for pair in self.dimensions.items() for part in pair]
        return [self.namespace, self.name, *pairs, {"stat": self.stat, **options}]


def of_queue(queue_name: str, name: str) -> Metric:
    """Return a metric of a queue."""
    return Metric(namespace="AWS/SQS", name=name, dimensions={"QueueName": queue_name}, stat="Maximum")


def running_workers(*, cluster: str, service: str) -> Metric:
    """Return how many workers run; a fleet without a cluster is a function."""
    if not cluster:
        return Metric(
            namespace="AWS/Lambda",
            name="ConcurrentExecutions",
            dimensions={"FunctionName": service},
            stat="Maximum",
        )
    return Metric(
        namespace="AWS/ECS",
        name="CPUUtilization",
        dimensions={"ClusterName": cluster, "ServiceName": service},
        stat="SampleCount",
    )


def failed_looks(*, controller: str) -> Metric:
    """Return 0 for a minute in which one look of the controller succeeded; nothing for one in which it did not look."""
    return Metric(
        namespace="AWS/Lambda", name="Errors", dimensions={"FunctionName": controller}, stat="Minimum"
    )
