"""IngressFunction: takes jobs at the front door, from callers who sign with IAM and from GitHub. Only where the stack asks for it.

| route                 | who may call               |
|-----------------------|----------------------------|
| POST /webhooks/github | GitHub, by its signature   |
| POST /jobs, ANY /jobs/{proxy+} | signed requests (IAM) |
| GET /openapi.json     | anyone (throttled)         |
"""

import re
from typing import Any

import pulumi
from pulumi_aws import apigatewayv2, cloudwatch, iam, lambda_, ssm

from components.compute.interface import ComputeType, Fleet
from components.compute.parts import FleetParts
from components.compute_permissions import service_trust
from components.controller_code import RUNTIME
from components.fleet_component import FleetComponent, StackContext
from components.ingress import TIMEOUT_MILLISECONDS, Ingress
from components.ingress_code import HANDLER, code_archive
from components.ingress_permissions import IngressResources, ingress_policy
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job import Lane

KIND = "intake"
MEMORY_MIB = 512
"""A delivery of 5 MB is held a few times over; more memory is more processor, too, so that a call costs about the same."""
TIMEOUT_SECONDS = 29
"""The front door waits no longer, nor does GitHub."""
SWEEP = "rate(5 minutes)"
SECRET_FORM = re.compile(r"[!-+\--~]{16,128}(,[!-+\--~]{16,128})?")
"""Printable, without a comma; one, or two."""
GITHUB_ROUTES = {"github": ("POST /webhooks/github", "NONE")}
JOBS_ROUTES = {"jobs": ("POST /jobs", "AWS_IAM"), "job": ("ANY /jobs/{proxy+}", "AWS_IAM")}
DESCRIPTION_ROUTES = {"description": ("GET /openapi.json", "NONE")}


class IngressFunction(FleetComponent):
    """Log group, secret, role, function, routes, sweep, alarm."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        parts: FleetParts,
        fleet: Fleet,
        *,
        door: Ingress,
        topic_arn: pulumi.Output[str],
    ) -> None:
        """Build what stands behind the front door's routes."""
        super().__init__(name, context)
        self._parts, self._fleet, self._door = parts, fleet, door
        logs = cloudwatch.LogGroup(
            self.child_name("logs"),
            name=context.names.log_group(KIND),
            retention_in_days=context.config.log_retention_days,
            tags={**self.tags("logs"), "Name": context.names.log_group(KIND)},
            opts=self.child(),
        )
        secret = self._build_secret() if context.config.github_repositories else None
        function = self._build_function(logs, secret, *self._build_role(logs, secret))
        self._build_routes(function)
        self._build_sweep(function)
        self._build_alarm(function, topic_arn)
        self.finish({"function_name": function.name})

    def _build_secret(self) -> ssm.Parameter:
        """From Pulumi's secret to SSM's: what the function is told is the name alone."""
        value = pulumi.Config().require_secret("github_webhook_secret").apply(sound_secret)
        return ssm.Parameter(
            self.child_name("secret"),
            name=f"/{self._context.names.prefix}/github-webhook-secret",
            description="Secret of the GitHub webhook; two by a comma while one replaces the other",
            type="SecureString",
            value=value,
            tags=self.tags("secret"),
            opts=self.child(),
        )

    def _build_role(
        self, logs: cloudwatch.LogGroup, secret: ssm.Parameter | None
    ) -> tuple[iam.Role, iam.RolePolicy]:
        context, parts = self._context, self._parts
        role = iam.Role(
            self.child_name("role"),
            name=context.names.part(KIND),
            description="Ingress: hands in jobs, looks at them, starts the fleet",
            assume_role_policy=pulumi.Output.json_dumps(service_trust("lambda.amazonaws.com")),
            tags=self.tags("role"),
            opts=self.child(),
        )
        touched = pulumi.Output.all(
            lane_arns=parts.queue.lane_arns,
            bucket_arn=parts.artifacts.bucket_arn,
            table_arn=parts.ledger.table_arn,
            log_group_arn=logs.arn,
            service_arn=self._service_arn(),
            parameter_arn=secret.arn if secret else "",
        )
        rights = iam.RolePolicy(
            self.child_name("rights"),
            name=KIND,
            role=role.name,
            policy=pulumi.Output.json_dumps(
                touched.apply(lambda arns: ingress_policy(IngressResources(**arns)))
            ),
            opts=self.child(),
        )
        return role, rights

    @property
    def _has_tasks(self) -> bool:
        return self._context.config.compute_type is not ComputeType.LAMBDA

    def _service_arn(self) -> pulumi.Input[str]:
        if not self._has_tasks:
            return ""
        return pulumi.Output.format(
            "arn:aws:ecs:{0}:{1}:service/{2}/{3}",
            self._context.region,
            self._context.account_id,
            self._fleet.cluster_name,
            self._fleet.service_name,
        )

    def _build_function(
        self,
        logs: cloudwatch.LogGroup,
        secret: ssm.Parameter | None,
        role: iam.Role,
        rights: iam.RolePolicy,
    ) -> lambda_.Function:
        context = self._context
        return lambda_.Function(
            self.child_name("function"),
            name=context.names.part(KIND),
            description=f"Takes jobs and webhooks for the fleet {context.names.prefix}",
            runtime=RUNTIME,
            handler=HANDLER,
            code=code_archive(),
            architectures=["arm64"],  # a fifth cheaper, and nothing in it is compiled
            role=role.arn,
            memory_size=MEMORY_MIB,
            timeout=TIMEOUT_SECONDS,
            environment={"variables": self._variables(secret)},
            logging_config={"log_format": "Text", "log_group": logs.name},
            tags=self.tags("function"),
            opts=self.child(depends_on=[rights]),
        )

    def _variables(self, secret: ssm.Parameter | None) -> pulumi.Output[dict[str, str]]:
        parts = self._parts
        known = pulumi.Output.all(
            queue_url_high=parts.queue.lane_urls[Lane.HIGH],
            queue_url_normal=parts.queue.lane_urls[Lane.NORMAL],
            queue_url_low=parts.queue.lane_urls[Lane.LOW],
            results_bucket=parts.artifacts.bucket,
            ledger_table=parts.ledger.table_name,
            cluster=self._fleet.cluster_name if self._has_tasks else "",
            service=self._fleet.service_name if self._has_tasks else "",
            webhook_secret_parameter=secret.name if secret else "",
        )
        return known.apply(lambda values: ingress_settings(self._context, values).to_env())

    def _build_routes(self, function: lambda_.Function) -> None:
        config, api_id = self._context.config, self._door.api_id
        permission = lambda_.Permission(
            self.child_name("may-call"),
            statement_id="front-door",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.format("{0}/*/*", self._door.execution_arn),
            opts=self.child(),
        )
        integration = apigatewayv2.Integration(
            self.child_name("to-function"),
            api_id=api_id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=TIMEOUT_MILLISECONDS,
            opts=self.child(depends_on=[permission]),
        )
        routes = {
            **DESCRIPTION_ROUTES,
            **(JOBS_ROUTES if config.jobs_api else {}),
            **(GITHUB_ROUTES if config.github_repositories else {}),
        }
        for part, (route_key, authorization) in routes.items():
            apigatewayv2.Route(
                self.child_name(part),
                api_id=api_id,
                route_key=route_key,
                authorization_type=authorization,
                target=pulumi.Output.format("integrations/{0}", integration.id),
                opts=self.child(),
            )

    def _build_sweep(self, function: lambda_.Function) -> None:
        """Who died between a receipt and its message is found within minutes, also where nobody comes any more."""
        rule = cloudwatch.EventRule(
            self.child_name("sweep"),
            name=self._context.names.part(KIND),
            description="Has ingress finish what was left half done",
            schedule_expression=SWEEP,
            tags=self.tags("sweep"),
            opts=self.child(),
        )
        permission = lambda_.Permission(
            self.child_name("may-sweep"),
            statement_id="sweep",
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
            retry_policy={"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0},
            opts=self.child(depends_on=[permission]),
        )

    def _build_alarm(self, function: lambda_.Function, topic_arn: pulumi.Output[str]) -> None:
        cloudwatch.MetricAlarm(
            self.child_name("failing"),
            name=self._context.names.part("intake-failing"),
            alarm_description="Deliveries or jobs were not taken: look at the intake's log group, then redeliver",
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions={"FunctionName": function.name},
            statistic="Sum",
            comparison_operator="GreaterThanThreshold",
            threshold=0,
            period=300,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            tags=self.tags("failing"),
            opts=self.child(),
        )


def ingress_settings(context: StackContext, addresses: dict[str, Any]) -> IngressSettings:
    """Return what ingress is told."""
    config = context.config
    return IngressSettings(
        instances=max(config.instances, 1),
        github_repositories=config.github_repositories,
        github_app=config.github_app,
        **addresses,
    )


def sound_secret(value: str) -> str:
    """Refuse what could be guessed, without showing it."""
    if not SECRET_FORM.fullmatch(value):
        raise pulumi.RunError(
            "github_webhook_secret must be one secret of 16 to 128 printable characters without comma or space, or two by a comma"
        )
    return value
