"""Ingress: the front door, an HTTP API, paid by request.

| route              | who may call          | goes to          |
|--------------------|-----------------------|------------------|
| GET /health        | anyone (throttled)    | a healthy worker |
| ANY /api/{proxy+}  | signed requests (IAM) | a healthy worker |

What takes jobs at the same door, where the stack asks for it, is components.ingress_function's. Tasks are reached through a VPC link, by Cloud Map or by a balancer; a function is called.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import apigatewayv2, lambda_, servicediscovery

from components.fleet_component import FleetComponent, StackContext
from components.load_balancer import Registration
from components.network import Network

TIMEOUT_MILLISECONDS = 30_000
"""The longest that an HTTP API waits."""
RECORD_TTL_SECONDS = 10
BURST_REQUESTS = 50
REQUESTS_PER_SECOND = 25
ROUTES = {"health": ("GET /health", "NONE"), "engine": ("ANY /api/{proxy+}", "AWS_IAM")}
ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "latencyMilliseconds": "$context.responseLatency",
    "sourceIp": "$context.identity.sourceIp",
    "principal": "$context.identity.userArn",
    "integrationError": "$context.integrationErrorMessage",
}


@dataclass(frozen=True, kw_only=True)
class FunctionTarget:
    """A function that answers for the workers."""

    name: pulumi.Output[str]
    """Name of the function."""
    invoke_arn: pulumi.Output[str]
    """What API Gateway calls."""


@dataclass(frozen=True, kw_only=True)
class DoorTarget:
    """What stands behind the front door: tasks in a network, with or without a balancer, or a function."""

    network: Network | None = None
    """Network of the tasks."""
    listener_arn: pulumi.Output[str] | None = None
    """Listener of the balancer; without one, tasks register in Cloud Map."""
    function: FunctionTarget | None = None
    """Function."""


class Ingress(FleetComponent):
    """API, the way to what stands behind it, routes."""

    def __init__(
        self, name: str, context: StackContext, *, target: DoorTarget, log_group_arn: pulumi.Output[str]
    ) -> None:
        """Build the way from the API to the workers."""
        super().__init__(name, context)
        self._api = apigatewayv2.Api(
            self.child_name("api"),
            name=context.names.part("api"),
            description=f"Front door of the fleet {context.names.prefix}",
            protocol_type="HTTP",
            tags=self.tags("api"),
            opts=self.child(),
        )
        self.registration = Registration()
        """How tasks make themselves known."""
        if target.function is not None:
            integration = self._integrate_function(target.function)
        elif target.network is not None:
            integration = self._integrate_tasks(target.network, target.listener_arn)
        else:
            raise ValueError("the front door needs tasks or a function behind it")
        self._build_routes(integration)
        self._build_stage(log_group_arn)
        self.api_id = self._api.id
        self.execution_arn = self._api.execution_arn
        self.endpoint = self._api.api_endpoint
        self.finish({"endpoint": self.endpoint})

    def _integrate_tasks(
        self, network: Network, listener_arn: pulumi.Output[str] | None
    ) -> apigatewayv2.Integration:
        if listener_arn is None:
            target_arn = self._build_discovery(network.vpc_id)
            self.registration = Registration(discovery_arn=target_arn)
        else:
            target_arn = listener_arn
        link = apigatewayv2.VpcLink(
            self.child_name("link"),
            name=self._context.names.part("link"),
            subnet_ids=network.subnet_ids,
            security_group_ids=[network.link_group_id],
            tags=self.tags("link"),
            opts=self.child(),
        )
        return apigatewayv2.Integration(
            self.child_name("to-workers"),
            api_id=self._api.id,
            integration_type="HTTP_PROXY",
            integration_method="ANY",
            integration_uri=target_arn,
            connection_type="VPC_LINK",
            connection_id=link.id,
            payload_format_version="1.0",
            timeout_milliseconds=TIMEOUT_MILLISECONDS,
            opts=self.child(),
        )

    def _integrate_function(self, function: FunctionTarget) -> apigatewayv2.Integration:
        lambda_.Permission(
            self.child_name("may-call"),
            action="lambda:InvokeFunction",
            function=function.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.format("{0}/*/*", self._api.execution_arn),
            opts=self.child(),
        )
        return apigatewayv2.Integration(
            self.child_name("to-workers"),
            api_id=self._api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.invoke_arn,
            payload_format_version="2.0",
            timeout_milliseconds=TIMEOUT_MILLISECONDS,
            opts=self.child(),
        )

    def _build_discovery(self, vpc_id: pulumi.Output[str]) -> pulumi.Output[str]:
        namespace = servicediscovery.PrivateDnsNamespace(
            self.child_name("namespace"),
            name=f"{self._context.names.prefix}.internal",
            description="Workers of the fleet",
            vpc=vpc_id,
            tags=self.tags("namespace"),
            opts=self.child(),
        )
        service = servicediscovery.Service(
            self.child_name("workers"),
            name="worker",
            namespace_id=namespace.id,
            # API Gateway needs the port as well, so the record is SRV.
            dns_config={
                "namespace_id": namespace.id,
                "routing_policy": "MULTIVALUE",
                "dns_records": [{"type": "SRV", "ttl": RECORD_TTL_SECONDS}],
            },
            # Without it ECS takes tasks for failed. AWS knows only 1 and deprecates saying so, but an empty block is
            # replaced at every deployment (hashicorp/terraform-provider-aws#44285).
            health_check_custom_config={"failure_threshold": 1},
            force_destroy=True,  # instances of tasks that are already gone must not hold up a destroy
            tags=self.tags("workers"),
            opts=self.child(),
        )
        return service.arn

    def _build_routes(self, integration: apigatewayv2.Integration) -> None:
        for part, (route_key, authorization) in ROUTES.items():
            apigatewayv2.Route(
                self.child_name(part),
                api_id=self._api.id,
                route_key=route_key,
                authorization_type=authorization,
                target=pulumi.Output.format("integrations/{0}", integration.id),
                opts=self.child(),
            )

    def _build_stage(self, log_group_arn: pulumi.Output[str]) -> None:
        apigatewayv2.Stage(
            self.child_name("stage"),
            api_id=self._api.id,
            name="$default",
            auto_deploy=True,
            default_route_settings={
                "throttling_burst_limit": BURST_REQUESTS,
                "throttling_rate_limit": REQUESTS_PER_SECOND,
            },
            access_log_settings={
                "destination_arn": log_group_arn,
                "format": pulumi.Output.json_dumps(ACCESS_LOG),
            },
            tags=self.tags("stage"),
            opts=self.child(),
        )
