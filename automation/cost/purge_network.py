"""Deletes what is left of a network: what hangs in it first, the network last."""

from collections.abc import Callable, Iterable
from typing import Any

from automation.fleet.access import AwsAccess


def deleter_of(arn: str) -> Callable[[AwsAccess, str], None] | None:
    """Return what deletes a part of a network, None where the ARN names none."""
    kind = _kind(arn)
    if kind not in _PARTS:
        return None

    def delete(access: AwsAccess, identity: str) -> None:
        _PARTS[kind](access.client("ec2"), identity.rpartition("/")[2])

    return delete


def phase_of(arn: str) -> int:
    """Return the place of a part in the order; what is none comes first."""
    kind = _kind(arn)
    return list(_PARTS).index(kind) + 1 if kind in _PARTS else 0


def delete_vpc(access: AwsAccess, vpc: str) -> None:
    """Delete a VPC with everything in it that this project makes."""
    ec2 = access.client("ec2")
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    endpoints = ec2.describe_vpc_endpoints(Filters=within)["VpcEndpoints"]
    if endpoints:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[one["VpcEndpointId"] for one in endpoints])
    for gateway in ec2.describe_nat_gateways(Filters=within)["NatGateways"]:
        if gateway["State"] not in {"deleted", "deleting"}:
            ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    for table in ec2.describe_route_tables(Filters=within)["RouteTables"]:
        if not any(one.get("Main") for one in table["Associations"]):
            _delete_route_table(ec2, table["RouteTableId"])
    for subnet in ec2.describe_subnets(Filters=within)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        _delete_internet_gateway(ec2, gateway["InternetGatewayId"])
    groups = [
        one
        for one in ec2.describe_security_groups(Filters=within)["SecurityGroups"]
        if one["GroupName"] != "default"
    ]
    _delete_groups(ec2, groups)
    ec2.delete_vpc(VpcId=vpc)


def _delete_groups(ec2: Any, groups: Iterable[Any]) -> None:
    """Groups may name each other: their rules go first."""
    listed = list(groups)
    for group in listed:
        if group["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    for group in listed:
        ec2.delete_security_group(GroupId=group["GroupId"])


def _delete_route_table(ec2: Any, table_id: str) -> None:
    for table in ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]:
        for association in table["Associations"]:
            ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=table_id)


def _delete_internet_gateway(ec2: Any, gateway_id: str) -> None:
    for gateway in ec2.describe_internet_gateways(InternetGatewayIds=[gateway_id])["InternetGateways"]:
        for attachment in gateway["Attachments"]:
            ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=attachment["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)


def _delete_group(ec2: Any, group_id: str) -> None:
    _delete_groups(ec2, ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"])


def _delete_rule(ec2: Any, rule_id: str) -> None:
    for rule in ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])["SecurityGroupRules"]:
        revoke = ec2.revoke_security_group_egress if rule["IsEgress"] else ec2.revoke_security_group_ingress
        revoke(GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule_id])


def _kind(arn: str) -> str:
    parts = arn.split(":", 5)
    is_part = len(parts) == 6 and parts[2] == "ec2"
    return parts[5].partition("/")[0] if is_part else ""


_PARTS: dict[str, Callable[[Any, str], object]] = {
    "vpc-endpoint": lambda ec2, one: ec2.delete_vpc_endpoints(VpcEndpointIds=[one]),
    "natgateway": lambda ec2, one: ec2.delete_nat_gateway(NatGatewayId=one),
    "launch-template": lambda ec2, one: ec2.delete_launch_template(LaunchTemplateId=one),
    "elastic-ip": lambda ec2, one: ec2.release_address(AllocationId=one),
    "security-group-rule": _delete_rule,
    "route-table": _delete_route_table,
    "subnet": lambda ec2, one: ec2.delete_subnet(SubnetId=one),
    "internet-gateway": _delete_internet_gateway,
    "security-group": _delete_group,
    "vpc": lambda ec2, one: ec2.delete_vpc(VpcId=one),
}
"""Parts in the order in which they can go."""
