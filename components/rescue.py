"""Rescue: alarms that set the fleet's size where the controller is dead, by a service of AWS in which no code of ours runs.

| alarm        | goes off when the controller is silent, and…                 | then                |
|--------------|--------------------------------------------------------------|---------------------|
| rescue-start | messages wait and nothing has run for five minutes           | one worker is started |
| rescue-stop  | workers run without a message for a quarter of an hour       | the fleet is stopped  |

While the controller looks, both are quiet, whatever else is wrong. A person's stop and a spent budget stand in no metric: whoever knows of them
switches an alarm's action off (worker/domain/rescue.py), and a deployment leaves that switch alone. See docs/decisions/0052.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
from pulumi_aws import appautoscaling, cloudwatch

from components.compute.interface import Fleet
from components.fleet_component import FleetComponent, StackContext
from components.fleet_metrics import Metric, failed_looks, running_workers
from components.job_queue import JobQueue
from components.naming import CONTROLLER_PART, RESCUE_START_PART, RESCUE_STOP_PART
from components.watchdogs import (
    IDLE,
    STARVED,
    STARVED_MINUTES,
    Watchdog,
    idle_minutes_of,
    queries_of,
    watchdogs,
)

COOLDOWN_SECONDS = 60
NAMESPACE, DIMENSION = "ecs", "ecs:service:DesiredCount"


@dataclass(frozen=True, kw_only=True)
class Act:
    """What one of these alarms does."""

    part: str
    """Part of its name, and of its policy's."""
    workers: int
    """It sets exactly so many."""
    minutes: int
    """Minutes in a row before it does."""
    text: str
    """What has happened, for people."""


def acts(idle_minutes: int | None) -> tuple[Act, ...]:
    """Return what is done for a fleet; one that never stops by itself is not stopped."""
    start = Act(
        part=RESCUE_START_PART,
        workers=1,
        minutes=STARVED_MINUTES,
        text="The controller is silent and jobs wait: one worker was started. Look at the controller's log group",
    )
    if idle_minutes is None:
        return (start,)
    stop = Act(
        part=RESCUE_STOP_PART,
        workers=0,
        minutes=idle_minutes,
        text="The controller is silent and nothing is left to do: the fleet was stopped. Look at the controller's log group",
    )
    return (start, stop)


def rescues(
    *, lanes: Sequence[str], running: Metric, failed: Metric, idle_minutes: int | None
) -> Mapping[str, Watchdog]:
    """Return by part what the alarms judge by: what watchdogs see, and that no look of the controller succeeds."""
    seen = {dog.part: dog for dog in watchdogs(lanes=lanes, running=running, idle_minutes=idle_minutes)}
    of = {RESCUE_START_PART: STARVED, RESCUE_STOP_PART: IDLE}
    return {
        act.part: replace(
            seen[of[act.part]],
            part=act.part.replace("-", "_"),
            metrics={**seen[of[act.part]].metrics, "failed": failed},
            condition=f"{seen[of[act.part]].condition} AND FILL(failed, 1) > 0",
            text=act.text,
        )
        for act in acts(idle_minutes)
    }


class Rescue(FleetComponent):
    """A scalable target over the fleet's service; for each act a policy and its alarm."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        *,
        queue: JobQueue,
        fleet: Fleet,
        topic_arn: pulumi.Output[str],
    ) -> None:
        """Build them for a fleet of tasks: Lambda needs nobody to start its functions."""
        super().__init__(name, context)
        self._topic_arn = topic_arn
        config, controller = context.config, context.names.part(CONTROLLER_PART)
        idle_minutes = idle_minutes_of(config)
        target = appautoscaling.Target(
            self.child_name("service"),
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=pulumi.Output.format("service/{0}/{1}", fleet.cluster_name, fleet.service_name),
            # Bounds of the policies alone: the controller and people set what they want.
            min_capacity=0,
            max_capacity=max(config.maximum_instances, config.instances, 1),
            tags=self.tags("service"),
            opts=self.child(),
        )
        known = pulumi.Output.all(fleet.cluster_name, fleet.service_name, *queue.lane_names.values())
        judged = known.apply(
            lambda names: rescues(
                lanes=names[2:],
                running=running_workers(cluster=names[0], service=names[1]),
                failed=failed_looks(controller=controller),
                idle_minutes=idle_minutes,
            )
        )
        for act in acts(idle_minutes):
            policy = self._build_policy(act, target)
            self._build_alarm(act, _one_of(judged, act.part), policy)
        self.finish({})

    def _build_policy(self, act: Act, target: appautoscaling.Target) -> appautoscaling.Policy:
        return appautoscaling.Policy(
            self.child_name(f"{act.part}-policy"),
            name=self.physical_name(act.part),
            policy_type="StepScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            step_scaling_policy_configuration=appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                adjustment_type="ExactCapacity",
                cooldown=COOLDOWN_SECONDS,
                metric_aggregation_type="Maximum",
                step_adjustments=[
                    appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
                        metric_interval_lower_bound="0", scaling_adjustment=act.workers
                    )
                ],
            ),
            opts=self.child(),
        )

    def _build_alarm(self, act: Act, judged: pulumi.Output[Watchdog], policy: appautoscaling.Policy) -> None:
        cloudwatch.MetricAlarm(
            self.child_name(act.part),
            name=self.physical_name(act.part),
            alarm_description=act.text,
            metric_queries=judged.apply(queries_of),
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            evaluation_periods=act.minutes,
            treat_missing_data="notBreaching",
            alarm_actions=[self._topic_arn, policy.arn],
            tags=self.tags(act.part),
            opts=self.child(ignore_changes=["actionsEnabled"]),
        )


def _one_of(judged: pulumi.Output[Mapping[str, Watchdog]], part: str) -> pulumi.Output[Watchdog]:
    return judged.apply(lambda by_part: by_part[part])
