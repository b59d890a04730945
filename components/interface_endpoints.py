"""InterfaceEndpoints: the AWS services that workers without any way to the internet still reach, at a price for each."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2

from components.compute.interface import ComputeType
from components.fleet_component import FleetComponent, StackContext
from components.port_numbers import HTTPS_PORT
from components.security_groups import Flow, allow, build_group

OF_TASKS = ("ecr.api", "ecr.dkr", "ecs", "logs", "sqs")
"""Pull an image, protect a task, write logs, take jobs; S3 and DynamoDB have gateways of their own, which are free."""
SERVICES: Mapping[ComputeType, tuple[str, ...]] = {
    ComputeType.ECS_FARGATE: OF_TASKS,
    ComputeType.EC2_GPU: (*OF_TASKS, "ecs-agent", "ecs-telemetry"),
    ComputeType.LAMBDA: ("sqs",),  # Lambda itself pulls the image and writes the logs
}


@dataclass(frozen=True, kw_only=True)
class EndpointPlace:
    """Where endpoints stand."""

    vpc_id: pulumi.Output[str]
    """Network."""
    subnet_ids: list[pulumi.Output[str]]
    """Subnets, one for each zone."""
    worker_group_id: pulumi.Output[str]
    """Who may use them."""


class InterfaceEndpoints(FleetComponent):
    """A private address for each service, in one zone, or in every zone where the stack is protected."""

    def __init__(
        self, name: str, context: StackContext, place: EndpointPlace, *, parent: pulumi.Resource
    ) -> None:
        """Build the group first, then an endpoint for each service that this kind of compute calls."""
        super().__init__(name, context, parent=parent)
        group_id = build_group(self, place.vpc_id, "endpoints", "Interface endpoints")
        allow(
            self,
            Flow(
                sender=("worker", place.worker_group_id),
                receiver=("endpoints", group_id),
                port=HTTPS_PORT,
                why_in="AWS APIs, for the workers alone",
                why_out="",
            ),
        )
        zones = len(place.subnet_ids) if context.config.protect else 1
        self.resources: list[pulumi.Resource] = [
            ec2.VpcEndpoint(
                self.child_name(service.replace(".", "-")),
                vpc_id=place.vpc_id,
                service_name=f"com.amazonaws.{context.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=place.subnet_ids[:zones],
                security_group_ids=[group_id],
                tags=self.tags(service.replace(".", "-")),
                opts=self.child(),
            )
            for service in SERVICES[context.config.compute_type]
        ]
        """What workers need before they start."""
        self.finish({})
