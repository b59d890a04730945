"""LoadBalancer: an internal balancer between the front door's VPC link and the tasks.

It is no door of its own: without a certificate for a name of yours it could only speak plain HTTP, and it signs nobody in.
So the HTTP API stays the only way from outside, with TLS and signed requests, and the balancer takes over what Cloud Map
does by default: it checks each task's health, drains those that leave, and picks the least busy one.
"""

from dataclasses import dataclass

import pulumi
from pulumi_aws import lb

from components.choices import NetworkKind
from components.compute.interface import ComputeType
from components.config import StackConfig
from components.fleet_component import FleetComponent, StackContext
from components.network import Network
from components.port_numbers import BALANCER_PORT, GATEWAY_PORT
from components.security_groups import Flow, allow, build_group

IDLE_SECONDS = 60
HEALTH_INTERVAL_SECONDS = 10
HEALTH_TIMEOUT_SECONDS = 5
LEAVING_SECONDS = 30
"""As long as a request through the HTTP API may last."""


@dataclass(frozen=True, kw_only=True)
class Registration:
    """How tasks make themselves known to the front door: by one of the two."""

    discovery_arn: pulumi.Output[str] | None = None
    """Cloud Map service."""
    target_group_arn: pulumi.Output[str] | None = None
    """Target group of the balancer."""
    after: tuple[pulumi.Resource, ...] = ()
    """What must be there before a service may name it."""


def has_own_address(config: StackConfig) -> bool:
    """Whether each task has a network address of its own; on a public EC2 instance it shares the instance's."""
    return config.compute_type is not ComputeType.EC2_GPU or config.network is not NetworkKind.PUBLIC


class LoadBalancer(FleetComponent):
    """Balancer, target group, listener, and the two flows: link to balancer, balancer to tasks."""

    def __init__(self, name: str, context: StackContext, network: Network) -> None:
        """Build it within the workers' subnets."""
        super().__init__(name, context)
        group_id = build_group(self, network.vpc_id, "balancer", "Balancer of the front door")
        self._build_flows(network, group_id)
        balancer = lb.LoadBalancer(
            self.child_name("balancer"),
            name=context.names.short("alb"),
            load_balancer_type="application",
            internal=True,
            subnets=network.subnet_ids,
            security_groups=[group_id],
            idle_timeout=IDLE_SECONDS,
            drop_invalid_header_fields=True,
            tags=self.tags("balancer"),
            opts=self.child(),
        )
        targets = self._build_targets(network.vpc_id)
        listener = lb.Listener(
            self.child_name("listener"),
            load_balancer_arn=balancer.arn,
            port=BALANCER_PORT,
            protocol="HTTP",
            default_actions=[{"type": "forward", "target_group_arn": targets.arn}],
            tags=self.tags("listener"),
            opts=self.child(),
        )
        self.listener_arn = listener.arn
        self.registration = Registration(target_group_arn=targets.arn, after=(listener,))
        self.finish({"listener_arn": self.listener_arn})

    def _build_flows(self, network: Network, group_id: pulumi.Output[str]) -> None:
        balancer = ("balancer", group_id)
        allow(
            self,
            Flow(
                sender=("link", network.link_group_id),
                receiver=balancer,
                port=BALANCER_PORT,
                why_in="The listener, for the VPC link alone",
                why_out="The balancer",
            ),
        )
        allow(
            self,
            Flow(
                sender=balancer,
                receiver=("worker", network.worker_group_id),
                port=GATEWAY_PORT,
                why_in="The gateway, for the balancer alone",
                why_out="The gateway of the workers",
            ),
        )

    def _build_targets(self, vpc_id: pulumi.Output[str]) -> lb.TargetGroup:
        return lb.TargetGroup(
            self.child_name("targets"),
            name=self._context.names.short("workers" if has_own_address(self._context.config) else "hosts"),
            port=GATEWAY_PORT,
            protocol="HTTP",
            target_type="ip" if has_own_address(self._context.config) else "instance",
            vpc_id=vpc_id,
            deregistration_delay=LEAVING_SECONDS,
            load_balancing_algorithm_type="least_outstanding_requests",
            health_check={
                "path": "/health",
                "matcher": "200",
                "interval": HEALTH_INTERVAL_SECONDS,
                "timeout": HEALTH_TIMEOUT_SECONDS,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
            },
            tags=self.tags("targets"),
            opts=self.child(),
        )
