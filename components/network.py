"""Network: two zones that admit nothing from outside. What it costs while nothing runs is a choice (docs/decisions/0006, 0028).

| network           | workers live in                  | way out            | fixed cost      |
|-------------------|----------------------------------|--------------------|-----------------|
| public            | public subnets, public addresses | internet gateway   | none            |
| private-nat       | private subnets                  | one NAT gateway    | NAT and address |
| private-endpoints | private subnets                  | AWS only, no other | by endpoint     |
"""

from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
from pulumi_aws import ec2, vpc

from components.choices import Balancer, NetworkKind
from components.compute.interface import ComputeType
from components.fleet_component import FleetComponent, StackContext
from components.interface_endpoints import EndpointPlace, InterfaceEndpoints
from components.port_numbers import GATEWAY_PORT, HTTPS_PORT
from components.security_groups import Flow, allow, build_group

ZONES = 2
ANYWHERE = "0.0.0.0/0"

ZONES_WITHOUT_VPC_LINK = ("use1-az3", "usw1-az2", "cac1-az4", "ape1-az1", "apne1-az3", "apne2-az4")
"""Zones where API Gateway has no VPC links or Fargate no capacity; an account's 'a' may be any of them."""


def pick_zone(number: int, names: Sequence[str]) -> str:
    """Take one of the zones that a region offers to this account."""
    if number >= len(names):
        raise pulumi.RunError(
            f"the network needs {ZONES} zones with VPC links; the region offers {', '.join(names) or 'none'}: choose another aws:region"
        )
    return names[number]


class Network(FleetComponent):
    """VPC over two zones, ways out, free gateway endpoints, security groups."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build it from the stack's address range."""
        super().__init__(name, context)
        self._kind = context.config.network
        self._vpc = ec2.Vpc(
            self.child_name("vpc"),
            cidr_block=context.config.vpc_cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self.tags("vpc"),
            opts=self.child(),
        )
        self.vpc_id = self._vpc.id
        self.way_out: list[pulumi.Resource] = []
        """What starts before it can't pull its image."""
        self._tables: list[pulumi.Output[str]] = []
        public = [] if self._kind is NetworkKind.PRIVATE_ENDPOINTS else self._build_public()
        self.subnet_ids = self._build_private(public) if self._kind.is_private else public
        """Subnets of the workers."""
        self._build_gateway_endpoints()
        self._build_groups()
        if self._kind is NetworkKind.PRIVATE_ENDPOINTS:
            place = EndpointPlace(
                vpc_id=self.vpc_id, subnet_ids=self.subnet_ids, worker_group_id=self.worker_group_id
            )
            self.way_out = InterfaceEndpoints("endpoints", context, place, parent=self).resources
        self.finish({"vpc_id": self.vpc_id})

    def _build_public(self) -> list[pulumi.Output[str]]:
        gateway = ec2.InternetGateway(
            self.child_name("internet"), vpc_id=self.vpc_id, tags=self.tags("internet"), opts=self.child()
        )
        table = self._build_table("routes")
        route = ec2.Route(
            self.child_name("out"),
            route_table_id=table,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self.child(),
        )
        self.way_out = [route]
        return self._build_subnets("public", table, first_range=0)

    def _build_private(self, public: Sequence[pulumi.Output[str]]) -> list[pulumi.Output[str]]:
        table = self._build_table("private-routes")
        subnets = self._build_subnets("private", table, first_range=ZONES)
        if self._kind is NetworkKind.PRIVATE_NAT:
            self.way_out = [self._build_nat(public[0], table)]
        return subnets

    def _build_nat(self, subnet_id: pulumi.Output[str], table: pulumi.Output[str]) -> ec2.Route:
        """Build one gateway for both zones: a second one doubles the price, and a job that lost its way out is done again."""
        internet = list(self.way_out)
        address = ec2.Eip(
            self.child_name("nat-address"),
            domain="vpc",
            tags=self.tags("nat-address"),
            opts=self.child(depends_on=internet),
        )
        gateway = ec2.NatGateway(
            self.child_name("nat"),
            allocation_id=address.id,
            subnet_id=subnet_id,
            tags=self.tags("nat"),
            opts=self.child(depends_on=internet),
        )
        return ec2.Route(
            self.child_name("nat-out"),
            route_table_id=table,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=gateway.id,
            opts=self.child(),
        )

    def _build_table(self, part: str) -> pulumi.Output[str]:
        table = ec2.RouteTable(
            self.child_name(part), vpc_id=self.vpc_id, tags=self.tags(part), opts=self.child()
        )
        self._tables.append(table.id)
        return table.id

    def _build_subnets(
        self, side: str, table: pulumi.Output[str], *, first_range: int
    ) -> list[pulumi.Output[str]]:
        zones = aws.get_availability_zones_output(
            state="available",
            exclude_zone_ids=list(ZONES_WITHOUT_VPC_LINK),
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        ranges = list(IPv4Network(self._context.config.vpc_cidr).subnets(prefixlen_diff=4))
        subnets = []
        for number in range(ZONES):
            part = f"{side}-{number}"
            subnet = ec2.Subnet(
                self.child_name(part),
                vpc_id=self.vpc_id,
                availability_zone=zones.names.apply(partial(pick_zone, number)),
                cidr_block=str(ranges[first_range + number]),
                tags=self.tags(part),
                opts=self.child(),
            )
            ec2.RouteTableAssociation(
                self.child_name(f"{part}-routes"),
                subnet_id=subnet.id,
                route_table_id=table,
                opts=self.child(),
            )
            subnets.append(subnet.id)
        return subnets

    def _build_gateway_endpoints(self) -> None:
        for service in ("s3", "dynamodb"):
            ec2.VpcEndpoint(
                self.child_name(service),
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{self._context.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=self._tables,
                tags=self.tags(service),
                opts=self.child(),
            )

    def _build_groups(self) -> None:
        """From the front door to the workers' gateway, from the workers to HTTPS; nothing else, either way."""
        config = self._context.config
        self.worker_group_id = build_group(self, self.vpc_id, "worker", "Workers")
        if config.compute_type is not ComputeType.LAMBDA:
            self.link_group_id = build_group(self, self.vpc_id, "link", "VPC link of the front door")
            if config.load_balancer is Balancer.NONE:
                allow(
                    self,
                    Flow(
                        sender=("link", self.link_group_id),
                        receiver=("worker", self.worker_group_id),
                        port=GATEWAY_PORT,
                        why_in="The gateway, for the VPC link alone",
                        why_out="The gateway of the workers",
                    ),
                )
        vpc.SecurityGroupEgressRule(
            self.child_name("worker-out"),
            security_group_id=self.worker_group_id,
            cidr_ipv4=ANYWHERE,
            description="AWS APIs and registries",
            ip_protocol="tcp",
            from_port=HTTPS_PORT,
            to_port=HTTPS_PORT,
            tags=self.tags("worker-out"),
            opts=self.child(),
        )
