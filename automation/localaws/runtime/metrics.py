"""Metrics that AWS publishes by itself: SQS queues, ECS service counts, and how long functions from images worked, each minute."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, cast

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.board import LocalTask
from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.observed import Service

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_sqs import SQSClient

PERIOD_SECONDS = 60.0
DATA_PER_CALL = 500
DORMANT_PERIODS = 15
"""A queue that stayed empty this long is published no more until it holds messages, as AWS does after six hours:
the embedded CloudWatch never prunes, and its queries slow down with every point."""
SQS_METRICS = {
    "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}
AGE_METRIC = "ApproximateAgeOfOldestMessage"

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One value."""

    namespace: str
    """CloudWatch namespace."""
    name: str
    """Metric."""
    dimensions: tuple[tuple[str, str], ...]
    """Name and value pairs."""
    value: float
    """At this moment."""
    unit: Literal["Count", "Seconds", "Milliseconds"] = "Count"
    """CloudWatch unit."""


@dataclass(kw_only=True)
class Dormancy:
    """Tells which queues need no more points."""

    _empty_periods: dict[str, int] = field(default_factory=dict)

    def is_dormant(self, queue: str, counts: Iterable[float]) -> bool:
        """Count a period and tell whether to leave the queue out."""
        empty = 0 if any(counts) else self._empty_periods.get(queue, 0) + 1
        self._empty_periods[queue] = empty
        return empty > DORMANT_PERIODS


def service_data(service: Service, tasks: Iterable[LocalTask]) -> list[Datum]:
    """Return the counts of a service."""
    running = sum(task.service == service.name and task.status == "RUNNING" for task in tasks)
    counts = {
        "DesiredTaskCount": service.desired_count,
        "RunningTaskCount": running,
        "PendingTaskCount": max(0, service.desired_count - running),
    }
    cluster = service.cluster.rsplit("/", 1)[-1]
    dimensions = (("ClusterName", cluster), ("ServiceName", service.name))
    return [
        Datum(namespace="ECS/ContainerInsights", name=name, dimensions=dimensions, value=value)
        for name, value in counts.items()
    ]


def function_data(durations: Mapping[str, Iterable[float]]) -> list[Datum]:
    """Return how long each invocation took; by function, in seconds."""
    return [
        Datum(
            namespace="AWS/Lambda",
            name="Duration",
            dimensions=(("FunctionName", name),),
            value=1000.0 * seconds,
            unit="Milliseconds",
        )
        for name, each in durations.items()
        for seconds in each
    ]


class Sources(NamedTuple):
    """What no public call tells."""

    oldest_age_seconds: Callable[[str], float | None]
    """Age of a queue's oldest message; None where it is empty."""
    take_durations: Callable[[], Mapping[str, Iterable[float]]]
    """By function what its invocations took since the last call, in seconds."""


class MetricsPublisher:
    """Publishes on a thread of its own."""

    def __init__(self, clients: Clients, sources: Sources, *, time_scale: float) -> None:
        self._clients = clients
        self._sources = sources
        self._period_seconds = PERIOD_SECONDS * time_scale
        self._dormancy = Dormancy()
        self._services: tuple[Service, ...] = ()
        self._tasks: tuple[LocalTask, ...] = ()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self) -> None:
        """Publish no more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def observe(self, services: Iterable[Service], tasks: Iterable[LocalTask]) -> None:
        """Take the latest view of ECS."""
        self._services, self._tasks = tuple(services), tuple(tasks)

    def _run(self) -> None:
        while not self._stopping.wait(self._period_seconds):
            with contextlib.suppress(BotoCoreError, ClientError):  # one lost minute is what AWS may lose too
                self._publish(self._collect())

    def _collect(self) -> list[Datum]:
        data = [datum for service in self._services for datum in service_data(service, self._tasks)]
        data += function_data(self._sources.take_durations())
        sqs: SQSClient = self._clients.get("sqs")
        for url in sqs.list_queues().get("QueueUrls", []):
            data += self._queue_data(sqs, url)
        return data

    def _queue_data(self, sqs: "SQSClient", url: str) -> list[Datum]:
        queue = url.rsplit("/", 1)[-1]
        raw = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        answer = cast("Mapping[str, str]", raw)
        values = {name: float(answer.get(source, 0)) for name, source in SQS_METRICS.items()}
        if self._dormancy.is_dormant(queue, values.values()):
            return []
        dimensions = (("QueueName", queue),)
        data = [
            Datum(namespace="AWS/SQS", name=name, dimensions=dimensions, value=value)
            for name, value in values.items()
        ]
        age = self._sources.oldest_age_seconds(queue)
        if age is not None:
            data.append(
                Datum(namespace="AWS/SQS", name=AGE_METRIC, dimensions=dimensions, value=age, unit="Seconds")
            )
        return data

    def _publish(self, data: list[Datum]) -> None:
        client: CloudWatchClient = self._clients.get("cloudwatch")
        for namespace in sorted({datum.namespace for datum in data}):
            mine = [datum for datum in data if datum.namespace == namespace]
            for start in range(0, len(mine), DATA_PER_CALL):
                client.put_metric_data(
                    Namespace=namespace,
                    MetricData=[
                        {
                            "MetricName": datum.name,
                            "Dimensions": [
                                {"Name": name, "Value": value} for name, value in datum.dimensions
                            ],
                            "Value": datum.value,
                            "Unit": datum.unit,
                        }
                        for datum in mine[start : start + DATA_PER_CALL]
                    ],
                )
