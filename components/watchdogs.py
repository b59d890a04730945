"""Watchdogs: alarms for what scaling should never let happen, whoever does the scaling.

| alarm   | goes off when                                                   | because                     |
|---------|-----------------------------------------------------------------|-----------------------------|
| starved | messages wait and nothing has run for five minutes              | nobody woke the fleet       |
| idle    | workers run and no message was there for a quarter of an hour   | nobody stopped it: it costs |

They judge by CloudWatch alone, so they bark even where the controller is dead, and tell people. What acts then is components/rescue.py.
Age has alarms of its own, with the queues.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.compute.interface import ComputeType, Fleet
from components.config import StackConfig
from components.fleet_component import FleetComponent, StackContext
from components.fleet_metrics import IN_FLIGHT, PERIOD_SECONDS, VISIBLE, Metric, of_queue, running_workers
from components.job_queue import JobQueue

STARVED, IDLE = "starved", "idle"
STARVED_MINUTES = 5
IDLE_MINUTES = 15
"""Promised to whoever pays: nothing runs longer without work, unless the stack asks for it."""


@dataclass(frozen=True, kw_only=True)
class Watchdog:
    """When metrics of several parts say together that something is wrong."""

    part: str
    """Part of the alarm's name."""
    metrics: Mapping[str, Metric]
    """By the name that the expression uses."""
    condition: str
    """Metric maths: true where something is wrong."""
    minutes: int
    """Minutes in a row."""
    text: str
    """What it means and what to do."""

    @property
    def expression(self) -> str:
        """1 is wrong, 0 is fine."""
        return f"IF({self.condition}, 1, 0)"


def watchdogs(*, lanes: Sequence[str], running: Metric, idle_minutes: int | None) -> tuple[Watchdog, ...]:
    """Return them for a fleet; without idle minutes nobody minds workers that wait."""
    # A queue that nobody touched for hours and a fleet that does not run publish nothing: nothing is 0.
    visible = {f"visible{number}": of_queue(lane, VISIBLE) for number, lane in enumerate(lanes)}
    in_flight = {f"taken{number}": of_queue(lane, IN_FLIGHT) for number, lane in enumerate(lanes)}
    starved = Watchdog(
        part=STARVED,
        metrics={**visible, "running": running},
        condition=f"{_sum(visible)} > 0 AND FILL(running, 0) < 1",
        minutes=STARVED_MINUTES,
        text="Jobs wait and no worker runs: `status` says why, `start` wakes the fleet",
    )
    if idle_minutes is None:
        return (starved,)
    idle = Watchdog(
        part=IDLE,
        metrics={**visible, **in_flight, "running": running},
        condition=f"{_sum({**visible, **in_flight})} < 1 AND FILL(running, 0) > 0",
        minutes=idle_minutes,
        text="Workers run without work, and cost money: `stop` ends them, `status` says who keeps them",
    )
    return (starved, idle)


def idle_minutes_of(config: StackConfig) -> int | None:
    """Return after how many minutes without work workers are too many; None where the stack never stops."""
    return max(IDLE_MINUTES, config.auto_stop_minutes) if config.auto_stop_minutes > 0 else None


def _sum(metrics: Mapping[str, Metric]) -> str:
    return "(" + " + ".join(f"FILL({name}, 0)" for name in metrics) + ")"


class Watchdogs(FleetComponent):
    """One alarm for each."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        *,
        queue: JobQueue,
        fleet: Fleet,
        topic_arn: pulumi.Output[str],
    ) -> None:
        """Build them."""
        super().__init__(name, context)
        self._topic_arn = topic_arn
        known = pulumi.Output.all(
            fleet.cluster_name, fleet.service_name, *(name for name in queue.lane_names.values())
        )
        # A function that waits costs nothing.
        is_function = context.config.compute_type is ComputeType.LAMBDA
        idle_minutes = None if is_function else idle_minutes_of(context.config)
        dogs = known.apply(
            lambda names: watchdogs(
                lanes=names[2:],
                running=running_workers(cluster=names[0], service=names[1]),
                idle_minutes=idle_minutes,
            )
        )
        self._build_alarm(STARVED, STARVED_MINUTES, dogs.apply(lambda both: both[0]))
        if idle_minutes is not None:
            self._build_alarm(IDLE, idle_minutes, dogs.apply(lambda both: both[1]))
        self.finish({})

    def _build_alarm(self, part: str, minutes: int, dog: pulumi.Output[Watchdog]) -> None:
        cloudwatch.MetricAlarm(
            self.child_name(part),
            name=self._context.names.part(part),
            alarm_description=dog.text,
            metric_queries=dog.apply(queries_of),
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=minutes,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
            tags=self.tags(part),
            opts=self.child(),
        )


def queries_of(dog: Watchdog) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    """Return a watchdog as CloudWatch wants it: its metrics, and the expression that judges."""
    metrics = [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=name,
            return_data=False,
            metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                period=PERIOD_SECONDS,
                stat=metric.stat,
            ),
        )
        for name, metric in dog.metrics.items()
    ]
    verdict = cloudwatch.MetricAlarmMetricQueryArgs(
        id=dog.part, expression=dog.expression, label=dog.part, return_data=True
    )
    return [*metrics, verdict]
