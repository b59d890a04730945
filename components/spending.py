"""Spending: what keeps a fleet of functions within its budget, as a function each five minutes, and an alarm for when it falls silent.

The controller of a fleet of tasks (components/autoscaling.py) scales and spends; Lambda scales by itself, so only the latter is left.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi_aws import lambda_

from components.archive_function import ArchiveFunction, Clock, ErrorAlarm, FunctionBlueprint
from components.compute.lambda_function import KIND as WORKERS
from components.fleet_component import StackContext
from components.ledger import Ledger
from components.meter_rates import rates_of
from components.naming import SPENDING_PART
from components.prices import read_prices
from components.role_policy import build_role_policy
from components.spending_permissions import SpendingResources, narrowing_policy, spending_policy
from worker.domain.spending_settings import SpendingSettings

EVERY_MINUTES = 5
"""Lambda's metrics come a few minutes late: to look more often would cost more and see no more."""

SPENDING = FunctionBlueprint(
    kind=SPENDING_PART,
    handler="worker.controller.spending_handler.handle",
    patterns=(
        "worker/__init__.py",
        "worker/scaling_ports.py",
        *(
            f"worker/controller/{name}.py"
            for name in ("__init__", "decide", "keeping", "meter", "spending", "spending_handler", "width")
        ),
        "worker/domain/*.py",
        "worker/wiring/__init__.py",
        "worker/wiring/spending.py",
        *(
            f"worker/adapters/{name}.py"
            for name in (
                *("__init__", "aws_calls", "aws_errors", "cloudwatch_usage", "dynamodb_control"),
                *("lambda_intake", "sns_announcer", "tick_clock"),
            )
        ),
    ),
    memory_mib=128,
    # Eleven calls at most; a service that hangs is asked again at the next look.
    timeout_seconds=120,
    description="Keeps within its budget the fleet",
    duty="Spending: counts what the functions cost, narrows what feeds them",
)
CLOCK = Clock(
    part="schedule",
    permission_part="may-start",
    description="Has the budget looked at",
    expression=f"rate({EVERY_MINUTES} minutes)",
)
SILENT = ErrorAlarm(
    part="silent",
    name_part="spending-silent",
    text="Nobody keeps the fleet within its budget, and functions go on as they are fed: "
    "look at the log group of the function `spending`, stop the fleet if in doubt",
    statistic="Minimum",  # one look that succeeds is enough
    period_seconds=60 * EVERY_MINUTES,
    periods=3,
    missing="breaching",  # one alarm hears of failing and of silence
)


class Spending(ArchiveFunction):
    """Log group, role, function, schedule, alarm."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        ledger: Ledger,
        *,
        feeds: Sequence[lambda_.EventSourceMapping],
        topic_arn: pulumi.Output[str],
    ) -> None:
        """Build what looks after a fleet of functions that these mappings feed."""
        super().__init__(name, context, SPENDING)
        self._ledger, self._topic_arn = ledger, topic_arn
        role, rights = self.build_role(
            self._touched().apply(lambda arns: spending_policy(SpendingResources(**arns)))
        )
        # By itself, since its mappings are made late: nothing else of this waits for them.
        arns = pulumi.Output.all(*(feed.arn for feed in feeds))
        build_role_policy(self, "narrowing", role, arns.apply(narrowing_policy))
        function = self.build_function(role, rights, self._variables())
        self.start_by(CLOCK, function)
        self.tell_errors(SILENT, function, topic_arn)
        self.finish({"function_name": function.name})

    def _touched(self) -> pulumi.Output[dict[str, Any]]:
        return pulumi.Output.all(
            table_arn=self._ledger.table_arn,
            topic_arn=self._topic_arn,
            log_group_arn=self._logs.arn,
        )

    @property
    def _function_arn(self) -> pulumi.Output[str]:
        """By its name, which is known before it is there."""
        context = self._context
        return pulumi.Output.format(
            "arn:aws:lambda:{0}:{1}:function:{2}",
            context.region,
            context.account_id,
            self.physical_name(WORKERS),
        )

    def _variables(self) -> pulumi.Output[dict[str, str]]:
        known = pulumi.Output.all(
            function_arn=self._function_arn,
            ledger_table=self._ledger.table_name,
            alarm_topic_arn=self._topic_arn,
        )
        return known.apply(lambda values: spending_settings(self._context, values).to_env())


def spending_settings(context: StackContext, addresses: dict[str, Any]) -> SpendingSettings:
    """Return what it is told."""
    config = context.config
    rates = rates_of(config, read_prices(), context.region)
    return SpendingSettings(
        fleet=context.names.prefix,
        every_seconds=60.0 * EVERY_MINUTES,
        instances=config.instances,
        budget_usd=config.monthly_budget_usd,
        worker_hour_usd=rates.worker_hour_usd,
        fixed_month_usd=rates.fixed_month_usd,
        **addresses,
    )
