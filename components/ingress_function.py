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
from pulumi_aws import apigatewayv2, lambda_, ssm

from components.archive_function import ArchiveFunction, Clock, ErrorAlarm, FunctionBlueprint
from components.compute.interface import ComputeType, Fleet
from components.compute.parts import FleetParts
from components.fleet_component import StackContext
from components.ingress import TIMEOUT_MILLISECONDS, Ingress
from components.ingress_permissions import IngressResources, ingress_policy
from components.naming import CONTROLLER_PART
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job import Lane

INTAKE = FunctionBlueprint(
    kind="intake",
    handler="worker.ingress.handler.handle",
    patterns=(
        "worker/__init__.py",
        "worker/ingress_ports.py",
        "worker/scaling_ports.py",
        "worker/ingress/*.py",
        "worker/ingress/openapi.json",
        "worker/domain/*.py",
        "worker/wiring/__init__.py",
        "worker/wiring/ingress.py",
        *(
            f"worker/adapters/{name}.py"
            for name in (
                *("__init__", "aws_book", "aws_calls", "aws_errors", "aws_requests", "dynamodb_control"),
                *(
                    "dynamodb_receipts",
                    "dynamodb_wishes",
                    "ecs_fleet",
                    "ecs_starter",
                    "lambda_look",
                    "ssm_secrets",
                    "tick_clock",
                ),
            )
        ),
    ),
    # A delivery of 5 MB is held a few times over; more memory is more processor, too, so that a call costs about the same.
    memory_mib=512,
    # The front door waits no longer, nor does GitHub.
    timeout_seconds=29,
    description="Takes jobs and webhooks for the fleet",
    duty="Ingress: hands in jobs, looks at them, starts the fleet",
)
SWEEP = Clock(
    part="sweep",
    permission_part="may-sweep",
    description="Has ingress finish what was left half done",
    expression="rate(5 minutes)",
)
"""Who died between a receipt and its message is found within minutes, also where nobody comes any more."""
FAILING = ErrorAlarm(
    part="failing",
    name_part="intake-failing",
    text="Deliveries or jobs were not taken: look at the intake's log group, then redeliver",
    statistic="Sum",
    period_seconds=300,
    periods=1,
    missing="notBreaching",
)
SECRET_FORM = re.compile(r"[!-+\--~]{16,128}(,[!-+\--~]{16,128})?")
"""Printable, without a comma; one, or two."""
GITHUB_ROUTES = {"github": ("POST /webhooks/github", "NONE")}
JOBS_ROUTES = {"jobs": ("POST /jobs", "AWS_IAM"), "job": ("ANY /jobs/{proxy+}", "AWS_IAM")}
DESCRIPTION_ROUTES = {"description": ("GET /openapi.json", "NONE")}


class IngressFunction(ArchiveFunction):
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
        super().__init__(name, context, INTAKE)
        self._parts, self._fleet, self._door = parts, fleet, door
        secret = self._build_secret() if context.config.github_repositories else None
        role, rights = self.build_role(
            self._touched(secret).apply(lambda arns: ingress_policy(IngressResources(**arns)))
        )
        function = self.build_function(role, rights, self._variables(secret))
        self._build_routes(function)
        self.start_by(SWEEP, function)
        self.tell_errors(FAILING, function, topic_arn)
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

    def _touched(self, secret: ssm.Parameter | None) -> pulumi.Output[dict[str, Any]]:
        fleet = self._fleet
        return pulumi.Output.all(
            lane_arns=self._parts.queue.lane_arns,
            bucket_arn=self._parts.artifacts.bucket_arn,
            table_arn=self._parts.ledger.table_arn,
            log_group_arn=self._logs.arn,
            service_arn=self.ecs_arn(fleet, "service", fleet.service_name) if self._has_tasks else "",
            controller_arn=self._controller_arn if self._has_tasks else "",
            parameter_arn=secret.arn if secret else "",
        )

    @property
    def _controller_arn(self) -> pulumi.Output[str]:
        context = self._context
        return pulumi.Output.format(
            "arn:aws:lambda:{0}:{1}:function:{2}",
            context.region,
            context.account_id,
            context.names.part(CONTROLLER_PART),
        )

    @property
    def _has_tasks(self) -> bool:
        return self._context.config.compute_type is not ComputeType.LAMBDA

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
            controller=self._context.names.part(CONTROLLER_PART) if self._has_tasks else "",
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
