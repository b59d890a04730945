"""Autoscaling: the controller as a function, once a minute, and an alarm for when it falls silent."""

from typing import Any

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from components.compute.interface import Fleet
from components.compute.parts import FleetParts
from components.compute_permissions import service_trust
from components.controller_code import HANDLER, RUNTIME, code_archive
from components.controller_permissions import ControllerResources, controller_policy
from components.fleet_component import FleetComponent, StackContext
from components.meter_rates import rates_of
from components.naming import CONTROLLER_PART
from components.prices import read_prices
from worker.domain.controller_settings import ControllerSettings
from worker.domain.job import Lane

KIND = CONTROLLER_PART
MEMORY_MIB = 128
TIMEOUT_SECONDS = 55
"""Three looks, twenty seconds apart, more while workers are asked to close; over before the next minute's begins."""
SILENT_MINUTES = 5


class Autoscaling(FleetComponent):
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
        super().__init__(name, context)
        self._parts, self._fleet, self._topic_arn = parts, fleet, topic_arn
        logs = cloudwatch.LogGroup(
            self.child_name("logs"),
            name=context.names.log_group(KIND),
            retention_in_days=context.config.log_retention_days,
            tags={**self.tags("logs"), "Name": context.names.log_group(KIND)},
            opts=self.child(),
        )
        function = self._build_function(logs, *self._build_role(logs))
        self._build_schedule(function)
        self._build_alarm(function)
        self.finish({"function_name": function.name})

    def _build_role(self, logs: cloudwatch.LogGroup) -> tuple[iam.Role, iam.RolePolicy]:
        context, parts = self._context, self._parts
        role = iam.Role(
            self.child_name("role"),
            name=context.names.part(KIND),
            description="The controller: reads the lanes, sets the fleet's size",
            assume_role_policy=pulumi.Output.json_dumps(service_trust("lambda.amazonaws.com")),
            tags=self.tags("role"),
            opts=self.child(),
        )
        touched = pulumi.Output.all(
            lane_arns=parts.queue.lane_arns,
            service_arn=self._ecs_arn("service", self._fleet.service_name),
            tasks_arn=self._ecs_arn("task", pulumi.Output.from_input("*")),
            table_arn=parts.ledger.table_arn,
            topic_arn=self._topic_arn,
            log_group_arn=logs.arn,
        )
        rights = iam.RolePolicy(
            self.child_name("rights"),
            name=KIND,
            role=role.name,
            policy=pulumi.Output.json_dumps(
                touched.apply(lambda arns: controller_policy(ControllerResources(**arns)))
            ),
            opts=self.child(),
        )
        return role, rights

    def _ecs_arn(self, kind: str, name: pulumi.Output[str]) -> pulumi.Output[str]:
        context = self._context
        return pulumi.Output.format(
            "arn:aws:ecs:{0}:{1}:{2}/{3}/{4}",
            context.region,
            context.account_id,
            kind,
            self._fleet.cluster_name,
            name,
        )

    def _build_function(
        self, logs: cloudwatch.LogGroup, role: iam.Role, rights: iam.RolePolicy
    ) -> lambda_.Function:
        context = self._context
        return lambda_.Function(
            self.child_name("function"),
            name=context.names.part(KIND),
            description=f"Sets the size of the fleet {context.names.prefix}",
            runtime=RUNTIME,
            handler=HANDLER,
            code=code_archive(),
            architectures=["arm64"],  # a fifth cheaper, and nothing in it is compiled
            role=role.arn,
            memory_size=MEMORY_MIB,
            timeout=TIMEOUT_SECONDS,
            environment={"variables": self._variables()},
            logging_config={"log_format": "Text", "log_group": logs.name},
            tags=self.tags("function"),
            opts=self.child(depends_on=[rights]),
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
        )
        return known.apply(lambda values: controller_settings(self._context, values).to_env())

    def _build_schedule(self, function: lambda_.Function) -> None:
        rule = cloudwatch.EventRule(
            self.child_name("schedule"),
            name=self._context.names.part(KIND),
            description="Starts the controller",
            schedule_expression="rate(1 minute)",
            tags=self.tags("schedule"),
            opts=self.child(),
        )
        permission = lambda_.Permission(
            self.child_name("may-start"),
            statement_id="schedule",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=self.child(),
        )
        cloudwatch.EventTarget(
            self.child_name("target"),
            rule=rule.name,
            target_id=KIND,
            arn=function.arn,
            # A look that came too late is worth nothing: the next minute's is on its way.
            retry_policy={"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0},
            opts=self.child(depends_on=[permission]),
        )

    def _build_alarm(self, function: lambda_.Function) -> None:
        """Lambda counts errors, or their absence, for each invocation: one alarm hears of failing and of silence."""
        cloudwatch.MetricAlarm(
            self.child_name("silent"),
            name=self._context.names.part("controller-silent"),
            alarm_description="Nobody decides the fleet's size, so it stays as it is, running workers included: "
            "look at the controller's schedule and log group",
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions={"FunctionName": function.name},
            statistic="Minimum",  # one look that succeeds is enough
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=60,
            evaluation_periods=SILENT_MINUTES,
            treat_missing_data="breaching",
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
            tags=self.tags("silent"),
            opts=self.child(),
        )


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
