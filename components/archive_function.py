"""ArchiveFunction: what the functions of a stack share that run a part of the worker from an archive: log group, role, a clock, an alarm.

Not the worker's image: that is pushed after the first deployment has made its repository, holds a model of a gigabyte, and starts for
seconds. Tests run each archive alone, so that a module that it lacks is noticed there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from components.compute.interface import Fleet
from components.compute_permissions import service_trust
from components.fleet_component import FleetComponent, StackContext
from components.permissions import Document

RUNTIME = "python3.13"
ROOT = Path(__file__).resolve().parents[1]


def code_files(patterns: Iterable[str]) -> list[str]:
    """Return an archive's files, relative to the repository."""
    return sorted({path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)})


def code_archive(patterns: Iterable[str]) -> pulumi.AssetArchive:
    """Return an archive; the same code is the same archive, wherever it is checked out."""
    return pulumi.AssetArchive({name: pulumi.FileAsset(name) for name in code_files(patterns)})


@dataclass(frozen=True, kw_only=True)
class FunctionBlueprint:
    """What tells one function from another."""

    kind: str
    """Part of its names."""
    handler: str
    """Module and function."""
    patterns: tuple[str, ...]
    """Its files, relative to the repository: nothing that Lambda's runtime brings along."""
    memory_mib: int
    """Memory; the processor's share grows with it."""
    timeout_seconds: int
    """Longest invocation."""
    description: str
    """What it does for the fleet whose name follows."""
    duty: str
    """Description of its role."""


@dataclass(frozen=True, kw_only=True)
class Clock:
    """What starts a function again and again."""

    part: str
    """Logical name of the rule."""
    permission_part: str
    """Logical name of the clock's permission."""
    description: str
    """What it is for."""
    expression: str
    """EventBridge schedule expression."""


@dataclass(frozen=True, kw_only=True)
class ErrorAlarm:
    """When a function's errors are told."""

    part: str
    """Logical name."""
    name_part: str
    """Part of its name on AWS."""
    text: str
    """What it means and what to do."""
    statistic: str
    """Over a period's invocations."""
    period_seconds: int
    """Length of a period."""
    periods: int
    """Periods in a row."""
    missing: str
    """What a period without invocations counts as."""


class ArchiveFunction(FleetComponent):
    """Parent of the components that are such a function."""

    def __init__(self, name: str, context: StackContext, blueprint: FunctionBlueprint) -> None:
        """Register the component and make its log group."""
        super().__init__(name, context)
        self._blueprint = blueprint
        log_group = context.names.log_group(blueprint.kind)
        self._logs = cloudwatch.LogGroup(
            self.child_name("logs"),
            name=log_group,
            retention_in_days=context.config.log_retention_days,
            tags={**self.tags("logs"), "Name": log_group},
            opts=self.child(),
        )

    def ecs_arn(self, fleet: Fleet, kind: str, name: pulumi.Input[str]) -> pulumi.Output[str]:
        """ARN of a service or of tasks in the fleet's cluster."""
        context = self._context
        return pulumi.Output.format(
            "arn:aws:ecs:{0}:{1}:{2}/{3}/{4}",
            context.region,
            context.account_id,
            kind,
            fleet.cluster_name,
            name,
        )

    def build_role(self, document: pulumi.Output[Document]) -> tuple[iam.Role, iam.RolePolicy]:
        """Make the function's role with the rights of a document."""
        kind = self._blueprint.kind
        role = iam.Role(
            self.child_name("role"),
            name=self.physical_name(kind),
            description=self._blueprint.duty,
            assume_role_policy=pulumi.Output.json_dumps(service_trust("lambda.amazonaws.com")),
            tags=self.tags("role"),
            opts=self.child(),
        )
        rights = iam.RolePolicy(
            self.child_name("rights"),
            name=kind,
            role=role.name,
            policy=pulumi.Output.json_dumps(document),
            opts=self.child(),
        )
        return role, rights

    def build_function(
        self, role: iam.Role, rights: iam.RolePolicy, variables: pulumi.Output[dict[str, str]]
    ) -> lambda_.Function:
        """Make the function itself, once it has its rights."""
        blueprint = self._blueprint
        return lambda_.Function(
            self.child_name("function"),
            name=self.physical_name(blueprint.kind),
            description=f"{blueprint.description} {self._context.names.prefix}",
            runtime=RUNTIME,
            handler=blueprint.handler,
            code=code_archive(blueprint.patterns),
            architectures=["arm64"],  # a fifth cheaper, and nothing in it is compiled
            role=role.arn,
            memory_size=blueprint.memory_mib,
            timeout=blueprint.timeout_seconds,
            environment={"variables": variables},
            logging_config={"log_format": "Text", "log_group": self._logs.name},
            tags=self.tags("function"),
            opts=self.child(depends_on=[rights]),
        )

    def start_by(self, clock: Clock, function: lambda_.Function) -> None:
        """Have a clock start the function."""
        kind = self._blueprint.kind
        rule = cloudwatch.EventRule(
            self.child_name(clock.part),
            name=self.physical_name(kind),
            description=clock.description,
            schedule_expression=clock.expression,
            tags=self.tags(clock.part),
            opts=self.child(),
        )
        permission = lambda_.Permission(
            self.child_name(clock.permission_part),
            statement_id=clock.part,
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=self.child(),
        )
        cloudwatch.EventTarget(
            self.child_name("target"),
            rule=rule.name,
            target_id=kind,
            arn=function.arn,
            # A call that came too late is worth nothing: the next one is on its way.
            retry_policy={"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0},
            opts=self.child(depends_on=[permission]),
        )

    def tell_errors(
        self, alarm: ErrorAlarm, function: lambda_.Function, topic_arn: pulumi.Output[str]
    ) -> None:
        """Have a topic hear of the function's errors. Lambda counts them, or their absence, for each invocation."""
        cloudwatch.MetricAlarm(
            self.child_name(alarm.part),
            name=self.physical_name(alarm.name_part),
            alarm_description=alarm.text,
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions={"FunctionName": function.name},
            statistic=alarm.statistic,
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=alarm.period_seconds,
            evaluation_periods=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            tags=self.tags(alarm.part),
            opts=self.child(),
        )
