"""Autoscaling: the controller as a function, once a minute, and an alarm for when it falls silent."""

from typing import Any

import pulumi

from components.archive_function import ArchiveFunction, Clock, ErrorAlarm, FunctionBlueprint
from components.compute.interface import Fleet
from components.compute.parts import FleetParts
from components.controller_permissions import ControllerResources, controller_policy
from components.fleet_component import StackContext
from components.meter_rates import rates_of
from components.naming import CONTROLLER_PART
from components.prices import read_prices
from components.rescue import Act, acts
from components.watchdogs import idle_minutes_of
from worker.domain.controller_settings import ControllerSettings
from worker.domain.job import Lane

CONTROLLER = FunctionBlueprint(
    kind=CONTROLLER_PART,
    handler="worker.controller.handler.handle",
    patterns=(
        "worker/__init__.py",
        "worker/scaling_ports.py",
        "worker/controller/*.py",
        "worker/domain/*.py",
        "worker/wiring/__init__.py",
        "worker/wiring/controller.py",
        *(
            f"worker/adapters/{name}.py"
            for name in (
                *(
                    "__init__",
                    "aws_calls",
                    "aws_errors",
                    "cloudwatch_rescue",
                    "dynamodb_activity",
                    "dynamodb_control",
                    "dynamodb_later",
                    "ecs_fleet",
                ),
                *("sns_announcer", "sqs_lanes", "sqs_sender", "tick_clock"),
            )
        ),
    ),
    memory_mib=128,
    # Three looks, twenty seconds apart, more while workers are asked to close; over before the next minute's begins.
    timeout_seconds=55,
    description="Sets the size of the fleet",
    duty="The controller: reads the lanes, sets the fleet's size",
)
EACH_MINUTE = Clock(
    part="schedule",
    permission_part="may-start",
    description="Starts the controller",
    expression="rate(1 minute)",
)
SILENT = ErrorAlarm(
    part="silent",
    name_part="controller-silent",
    text="Nobody decides the fleet's size, so it stays as it is, running workers included: "
    "look at the controller's schedule and log group",
    statistic="Minimum",  # one look that succeeds is enough
    period_seconds=60,
    periods=5,
    missing="breaching",  # one alarm hears of failing and of silence
)


class Autoscaling(ArchiveFunction):
    """Log group, role, function, schedule, alarm."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        parts: FleetParts,
        fleet: Fleet,
        *,
        topic_arn: pulumi.Output[str],
    ) -> None:
        """Build what runs the controller of a fleet of tasks; Lambda scales its functions by itself."""
        super().__init__(name, context, CONTROLLER)
        self._parts, self._fleet, self._topic_arn = parts, fleet, topic_arn
        role, rights = self.build_role(
            self._touched().apply(lambda arns: controller_policy(ControllerResources(**arns)))
        )
        function = self.build_function(role, rights, self._variables())
        self.start_by(EACH_MINUTE, function)
        self.tell_errors(SILENT, function, topic_arn)
        self.finish({"function_name": function.name})

    def _touched(self) -> pulumi.Output[dict[str, Any]]:
        return pulumi.Output.all(
            lane_arns=self._parts.queue.lane_arns,
            service_arn=self.ecs_arn(self._fleet, "service", self._fleet.service_name),
            tasks_arn=self.ecs_arn(self._fleet, "task", "*"),
            table_arn=self._parts.ledger.table_arn,
            topic_arn=self._topic_arn,
            alarm_arns=[self._alarm_arn(act.part) for act in self._acts],
            log_group_arn=self._logs.arn,
        )

    @property
    def _acts(self) -> tuple[Act, ...]:
        return acts(idle_minutes_of(self._context.config))

    def _alarm_arn(self, part: str) -> pulumi.Output[str]:
        context = self._context
        return pulumi.Output.format(
            "arn:aws:cloudwatch:{0}:{1}:alarm:{2}",
            context.region,
            context.account_id,
            self.physical_name(part),
        )

    def _variables(self) -> pulumi.Output[dict[str, str]]:
        parts = self._parts
        known = pulumi.Output.all(
            queue_url_high=parts.queue.lane_urls[Lane.HIGH],
            queue_url_normal=parts.queue.lane_urls[Lane.NORMAL],
            queue_url_low=parts.queue.lane_urls[Lane.LOW],
            ledger_table=parts.ledger.table_name,
            cluster=self._fleet.cluster_name,
            service=self._fleet.service_name,
            alarm_topic_arn=self._topic_arn,
            **{f"{act.part.replace('-', '_')}_alarm": self.physical_name(act.part) for act in self._acts},
        )
        return known.apply(lambda values: controller_settings(self._context, values).to_env())


def controller_settings(context: StackContext, addresses: dict[str, Any]) -> ControllerSettings:
    """Return what the controller is told."""
    config = context.config
    rates = rates_of(config, read_prices(), context.region)
    return ControllerSettings(
        instances=config.instances,
        maximum_instances=config.maximum_instances,
        auto_stop_minutes=config.auto_stop_minutes,
        slo_seconds=config.slo_seconds,
        concurrency=config.concurrency,
        budget_usd=config.monthly_budget_usd,
        worker_hour_usd=rates.worker_hour_usd,
        fixed_month_usd=rates.fixed_month_usd,
        **addresses,
    )
