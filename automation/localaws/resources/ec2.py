"""EC2: networks, subnets, gateways, routes and gateway endpoints."""

from automation.localaws.handler import Change, Faults, ResourceType
from automation.localaws.provider_cloud import Cloud
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ec2_tags import cidr_faults, delete_by, only, retag, specification
from automation.localaws.resources.shapes import picked_pascal
from automation.localaws.resources.tags import unpaired

VPC_DEFAULTS = {"enableDnsSupport": True, "enableDnsHostnames": False, "instanceTenancy": "default"}


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


TYPES = (
    ResourceType(
        urn_type="aws:ec2/vpc:Vpc",
        create=_create_vpc,
        read=_read_vpc,
        update=_update_vpc,
        delete=delete_by("delete_vpc", "VpcId"),
        finish=_finish_vpc,
        retag=retag,
        check=_check_vpc,
        replace=frozenset({"cidrBlock", "instanceTenancy"}),
        defaults=VPC_DEFAULTS,
    ),
    ResourceType(
        urn_type="aws:ec2/subnet:Subnet",
        create=_create_subnet,
        read=_read_subnet,
        update=_update_subnet,
        delete=delete_by("delete_subnet", "SubnetId"),
        finish=_finish_subnet,
        retag=retag,
        check=_check_subnet,
        replace=frozenset({"vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId"}),
        identity=frozenset({"vpcId", "cidrBlock"}),
        defaults={"mapPublicIpOnLaunch": False},
        computed=frozenset({"availabilityZone", "availabilityZoneId"}),
    ),
    ResourceType(
        urn_type="aws:ec2/internetGateway:InternetGateway",
        create=_create_gateway,
        read=_read_gateway,
        update=_update_gateway,
        delete=_delete_gateway,
        finish=_finish_gateway,
        retag=retag,
    ),
)
