"""EC2: networks, subnets, gateways, routes and gateway endpoints."""

from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ec2_tags import cidr_faults, only, retag, specification
from automation.localaws.resources.shapes import picked, picked_pascal
from automation.localaws.resources.tags import unpaired

VPC_DEFAULTS = {"enableDnsSupport": True, "enableDnsHostnames": False, "instanceTenancy": "default"}
ROUTE_TARGETS = ("gatewayId", "natGatewayId", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId")
ROUTE_TARGETS += ("networkInterfaceId", "egressOnlyGatewayId")


def _create_vpc(cloud: Cloud, props: Props) -> str:
    answer = cloud.ec2.create_vpc(
        CidrBlock=props["cidrBlock"],
        InstanceTenancy=props.get("instanceTenancy") or "default",
        TagSpecifications=specification("vpc", props),
    )
    return str(answer["Vpc"]["VpcId"])


def _finish_vpc(cloud: Cloud, vpc_id: str, props: Props) -> None:
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        value = {"Value": bool(props.get(name, VPC_DEFAULTS[name]))}
        cloud.ec2.modify_vpc_attribute(VpcId=vpc_id, **{name[0].upper() + name[1:]: value})


def _read_vpc(cloud: Cloud, vpc_id: str, _props: Props) -> Props:
    vpc = only(cloud.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"], vpc_id)
    inside = [{"Name": "vpc-id", "Values": [vpc_id]}]
    groups = cloud.ec2.describe_security_groups(
        Filters=[*inside, {"Name": "group-name", "Values": ["default"]}]
    )
    tables = cloud.ec2.describe_route_tables(
        Filters=[*inside, {"Name": "association.main", "Values": ["true"]}]
    )
    acls = cloud.ec2.describe_network_acls(Filters=[*inside, {"Name": "default", "Values": ["true"]}])
    table_id = next((table["RouteTableId"] for table in tables["RouteTables"]), None)
    found = {
        "cidrBlock": vpc["CidrBlock"],
        "instanceTenancy": vpc.get("InstanceTenancy", "default"),
        "arn": cloud.arn("ec2", f"vpc/{vpc_id}"),
        "ownerId": cloud.account,
        "dhcpOptionsId": vpc.get("DhcpOptionsId"),
        "defaultSecurityGroupId": next((group["GroupId"] for group in groups["SecurityGroups"]), None),
        "defaultRouteTableId": table_id,
        "mainRouteTableId": table_id,
        "defaultNetworkAclId": next((acl["NetworkAclId"] for acl in acls["NetworkAcls"]), None),
        "tagsAll": unpaired(vpc.get("Tags")),
    }
    for name in ("enableDnsSupport", "enableDnsHostnames"):
        answer = cloud.ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)
        found[name] = answer[name[0].upper() + name[1:]]["Value"]
    return found


def _update_vpc(cloud: Cloud, change: Change) -> None:
    _finish_vpc(cloud, change.id, change.new)


def _check_vpc(props: Props) -> Faults:
    yield from cidr_faults(props, "cidrBlock", 16, 28)
    if not props.keys() & {"cidrBlock", "ipv4IpamPoolId"}:
        yield "cidrBlock", "missing required property 'cidrBlock'"


def _create_subnet(cloud: Cloud, props: Props) -> str:
    answer = cloud.ec2.create_subnet(
        **picked_pascal(props, ("vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId")),
        TagSpecifications=specification("subnet", props),
    )
    return str(answer["Subnet"]["SubnetId"])


def _finish_subnet(cloud: Cloud, subnet_id: str, props: Props) -> None:
    if "mapPublicIpOnLaunch" in props:
        value = {"Value": bool(props["mapPublicIpOnLaunch"])}
        cloud.ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch=value)


def _read_subnet(cloud: Cloud, subnet_id: str, _props: Props) -> Props:
    subnet = only(cloud.ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"], subnet_id)
    return {
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet["CidrBlock"],
        "availabilityZone": subnet["AvailabilityZone"],
        "availabilityZoneId": subnet.get("AvailabilityZoneId"),
        "mapPublicIpOnLaunch": subnet.get("MapPublicIpOnLaunch", False),
        "arn": cloud.arn("ec2", f"subnet/{subnet_id}"),
        "ownerId": cloud.account,
        "tagsAll": unpaired(subnet.get("Tags")),
    }


def _update_subnet(cloud: Cloud, change: Change) -> None:
    value = {"Value": bool(change.new.get("mapPublicIpOnLaunch"))}
    cloud.ec2.modify_subnet_attribute(SubnetId=change.id, MapPublicIpOnLaunch=value)


def _check_subnet(props: Props) -> Faults:
    yield from cidr_faults(props, "cidrBlock", 16, 28)


def _create_gateway(cloud: Cloud, props: Props) -> str:
    answer = cloud.ec2.create_internet_gateway(TagSpecifications=specification("internet-gateway", props))
    return str(answer["InternetGateway"]["InternetGatewayId"])


def _finish_gateway(cloud: Cloud, gateway_id: str, props: Props) -> None:
    if props.get("vpcId"):
        cloud.ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=props["vpcId"])


def _read_gateway(cloud: Cloud, gateway_id: str, _props: Props) -> Props:
    answer = cloud.ec2.describe_internet_gateways(InternetGatewayIds=[gateway_id])
    gateway = only(answer["InternetGateways"], gateway_id)
    attachments = gateway.get("Attachments") or [{}]
    return {
        "vpcId": attachments[0].get("VpcId"),
        "arn": cloud.arn("ec2", f"internet-gateway/{gateway_id}"),
        "ownerId": cloud.account,
        "tagsAll": unpaired(gateway.get("Tags")),
    }


def _detach_gateway(cloud: Cloud, gateway_id: str) -> None:
    answer = cloud.ec2.describe_internet_gateways(InternetGatewayIds=[gateway_id])
    for attachment in only(answer["InternetGateways"], gateway_id).get("Attachments", []):
        cloud.ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=attachment["VpcId"])


def _update_gateway(cloud: Cloud, change: Change) -> None:
    _detach_gateway(cloud, change.id)
    _finish_gateway(cloud, change.id, change.new)


def _delete_gateway(cloud: Cloud, gateway_id: str, _props: Props) -> None:
    _detach_gateway(cloud, gateway_id)
    cloud.ec2.delete_internet_gateway(InternetGatewayId=gateway_id)


def _create_table(cloud: Cloud, props: Props) -> str:
    if props.get("routes"):
        raise CloudFault("NotInEmbeddedAws: inline routes; use aws.ec2.Route")
    answer = cloud.ec2.create_route_table(
        VpcId=props["vpcId"], TagSpecifications=specification("route-table", props)
    )
    return str(answer["RouteTable"]["RouteTableId"])


def _table(cloud: Cloud, table_id: str) -> Props:
    return only(cloud.ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"], table_id)


def _read_table(cloud: Cloud, table_id: str, _props: Props) -> Props:
    table = _table(cloud, table_id)
    return {
        "vpcId": table["VpcId"],
        "arn": cloud.arn("ec2", f"route-table/{table_id}"),
        "ownerId": cloud.account,
        "tagsAll": unpaired(table.get("Tags")),
    }


def _create_route(cloud: Cloud, props: Props) -> str:
    if not picked(props, ROUTE_TARGETS):
        raise CloudFault(f"InvalidParameterCombination: a route needs one of {', '.join(ROUTE_TARGETS)}")
    names = ("routeTableId", "destinationCidrBlock", "destinationPrefixListId", *ROUTE_TARGETS)
    cloud.ec2.create_route(**picked_pascal(props, names))
    return (
        f"{props['routeTableId']}_{props.get('destinationCidrBlock') or props.get('destinationPrefixListId')}"
    )


def _read_route(cloud: Cloud, route_id: str, _props: Props) -> Props:
    table_id, _, destination = route_id.partition("_")
    for route in _table(cloud, table_id)["Routes"]:
        if destination in {route.get("DestinationCidrBlock"), route.get("DestinationPrefixListId")}:
            found: Props = {
                "routeTableId": table_id,
                "state": route.get("State"),
                "origin": route.get("Origin"),
            }
            key = "destinationCidrBlock" if "DestinationCidrBlock" in route else "destinationPrefixListId"
            targets = {name: route.get(name[0].upper() + name[1:]) for name in ROUTE_TARGETS}
            return {**found, key: destination, **targets}
    raise Gone(route_id)


def _update_route(cloud: Cloud, change: Change) -> None:
    names = ("routeTableId", "destinationCidrBlock", "destinationPrefixListId", *ROUTE_TARGETS)
    cloud.ec2.replace_route(**picked_pascal(change.new, names))


def _delete_route(cloud: Cloud, _route_id: str, props: Props) -> None:
    names = ("routeTableId", "destinationCidrBlock", "destinationPrefixListId")
    cloud.ec2.delete_route(**picked_pascal(props, names))


def _check_route(props: Props) -> Faults:
    yield from cidr_faults(props, "destinationCidrBlock")
    if (
        len(props.keys() & {"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"})
        != 1
    ):
        yield "destinationCidrBlock", "a route needs exactly one destination"
    if len(props.keys() & set(ROUTE_TARGETS)) != 1:
        yield "gatewayId", f"a route needs exactly one of {', '.join(ROUTE_TARGETS)}"


def _associate(cloud: Cloud, props: Props) -> str:
    if not props.get("subnetId"):
        raise CloudFault("NotInEmbeddedAws: an association needs 'subnetId'")
    taken = cloud.ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [props["subnetId"]]}]
    )["RouteTables"]
    if taken:
        raise CloudFault(f"Resource.AlreadyAssociated: {props['subnetId']} has {taken[0]['RouteTableId']}")
    answer = cloud.ec2.associate_route_table(**picked_pascal(props, ("routeTableId", "subnetId")))
    return str(answer["AssociationId"])


def _read_association(cloud: Cloud, association_id: str, _props: Props) -> Props:
    filters = [{"Name": "association.route-table-association-id", "Values": [association_id]}]
    tables = cloud.ec2.describe_route_tables(Filters=filters)["RouteTables"]
    for association in only(tables, association_id)["Associations"]:
        if association["RouteTableAssociationId"] == association_id:
            return {"routeTableId": tables[0]["RouteTableId"], "subnetId": association.get("SubnetId")}
    raise Gone(association_id)


def _delete_by(operation: str, argument: str) -> Any:
    def delete(cloud: Cloud, resource_id: str, _props: Props) -> None:
        getattr(cloud.ec2, operation)(**{argument: resource_id})

    return delete


TYPES = (
    ResourceType(
        token="aws:ec2/vpc:Vpc",
        create=_create_vpc,
        read=_read_vpc,
        update=_update_vpc,
        delete=_delete_by("delete_vpc", "VpcId"),
        finish=_finish_vpc,
        retag=retag,
        check=_check_vpc,
        replace=frozenset({"cidrBlock", "instanceTenancy"}),
        defaults=VPC_DEFAULTS,
    ),
    ResourceType(
        token="aws:ec2/subnet:Subnet",
        create=_create_subnet,
        read=_read_subnet,
        update=_update_subnet,
        delete=_delete_by("delete_subnet", "SubnetId"),
        finish=_finish_subnet,
        retag=retag,
        check=_check_subnet,
        replace=frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"}),
        identity=frozenset({"vpcId", "cidrBlock"}),
        defaults={"mapPublicIpOnLaunch": False},
    ),
    ResourceType(
        token="aws:ec2/internetGateway:InternetGateway",
        create=_create_gateway,
        read=_read_gateway,
        update=_update_gateway,
        delete=_delete_gateway,
        finish=_finish_gateway,
        retag=retag,
    ),
    ResourceType(
        token="aws:ec2/routeTable:RouteTable",
        create=_create_table,
        read=_read_table,
        delete=_delete_by("delete_route_table", "RouteTableId"),
        retag=retag,
        replace=frozenset({"vpcId", "routes"}),
    ),
    ResourceType(
        token="aws:ec2/route:Route",
        create=_create_route,
        read=_read_route,
        update=_update_route,
        delete=_delete_route,
        check=_check_route,
        replace=frozenset({"routeTableId", "destinationCidrBlock", "destinationPrefixListId"}),
    ),
    ResourceType(
        token="aws:ec2/routeTableAssociation:RouteTableAssociation",
        create=_associate,
        read=_read_association,
        delete=_delete_by("disassociate_route_table", "AssociationId"),
        replace=frozenset({"routeTableId", "subnetId"}),
        identity=frozenset({"subnetId"}),
    ),
)
