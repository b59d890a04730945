"""Network: two public subnets that admit nothing from outside; no NAT and no load balancer (docs/decisions/0006)."""

from collections.abc import Sequence
from functools import partial
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
from pulumi_aws import ec2, vpc

from components.fleet_component import FleetComponent, StackContext
from components.port_numbers import GATEWAY_PORT, HTTPS_PORT

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
    """VPC over two zones, routes to the internet, free gateway endpoints, security groups."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build it from the stack's address range."""
        super().__init__(name, context)
        self._vpc = ec2.Vpc(
            self.child_name("vpc"),
            cidr_block=context.config.vpc_cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self.tags("vpc"),
            opts=self.child(),
        )
        self.vpc_id = self._vpc.id
        self._table, route = self._build_routes()
        self.subnet_ids = self._build_subnets()
        self._build_endpoints()
        self.link_group_id = self._build_group("link", "VPC link of the front door")
        self.worker_group_id = self._build_group("worker", "Workers")
        self._build_rules()
        self.internet_route: pulumi.Resource = route
        """Tasks that start before it can't pull their image."""
        self.finish({"vpc_id": self.vpc_id})

    def _build_routes(self) -> tuple[ec2.RouteTable, ec2.Route]:
        gateway = ec2.InternetGateway(
            self.child_name("internet"), vpc_id=self.vpc_id, tags=self.tags("internet"), opts=self.child()
        )
        table = ec2.RouteTable(
            self.child_name("routes"), vpc_id=self.vpc_id, tags=self.tags("routes"), opts=self.child()
        )
        route = ec2.Route(
            self.child_name("out"),
            route_table_id=table.id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self.child(),
        )
        return table, route

    def _build_subnets(self) -> list[pulumi.Output[str]]:
        zones = aws.get_availability_zones_output(
            state="available",
            exclude_zone_ids=list(ZONES_WITHOUT_VPC_LINK),
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        ranges = IPv4Network(self._context.config.vpc_cidr).subnets(prefixlen_diff=4)
        return [
            self._build_subnet(number, zones.names.apply(partial(pick_zone, number)), str(next(ranges)))
            for number in range(ZONES)
        ]

    def _build_subnet(self, number: int, zone: pulumi.Output[str], cidr: str) -> pulumi.Output[str]:
        subnet = ec2.Subnet(
            self.child_name(f"public-{number}"),
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            tags=self.tags(f"public-{number}"),
            opts=self.child(),
        )
        ec2.RouteTableAssociation(
            self.child_name(f"public-{number}-routes"),
            subnet_id=subnet.id,
            route_table_id=self._table.id,
            opts=self.child(),
        )
        return subnet.id

    def _build_endpoints(self) -> None:
        for service in ("s3", "dynamodb"):
            ec2.VpcEndpoint(
                self.child_name(service),
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{self._context.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[self._table.id],
                tags=self.tags(service),
                opts=self.child(),
            )

    def _build_group(self, part: str, description: str) -> pulumi.Output[str]:
        group = ec2.SecurityGroup(
            self.child_name(f"{part}-group"),
            name=self._context.names.part(part),
            description=description,
            vpc_id=self.vpc_id,
            tags=self.tags(part),
            opts=self.child(),
        )
        return group.id

    def _build_rules(self) -> None:
        """From the link to the workers' gateway, from the workers to HTTPS; nothing else, either way."""
        vpc.SecurityGroupIngressRule(
            self.child_name("link-to-worker"),
            security_group_id=self.worker_group_id,
            referenced_security_group_id=self.link_group_id,
            description="The gateway, for the VPC link alone",
            ip_protocol="tcp",
            from_port=GATEWAY_PORT,
            to_port=GATEWAY_PORT,
            tags=self.tags("link-to-worker"),
            opts=self.child(),
        )
        vpc.SecurityGroupEgressRule(
            self.child_name("link-out"),
            security_group_id=self.link_group_id,
            referenced_security_group_id=self.worker_group_id,
            description="The gateway of the workers",
            ip_protocol="tcp",
            from_port=GATEWAY_PORT,
            to_port=GATEWAY_PORT,
            tags=self.tags("link-out"),
            opts=self.child(),
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
