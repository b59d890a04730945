"""EC2: elastic addresses and NAT gateways."""

from automation.localaws.handler import Change, Faults, ResourceType, one_of
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ec2_tags import only, retag, specification
from automation.localaws.resources.shapes import picked_pascal
from automation.localaws.resources.tags import unpaired


def _allocate(cloud: Cloud, props: Props) -> str:
    answer = cloud.ec2.allocate_address(
        Domain=props.get("domain") or "vpc", TagSpecifications=specification("elastic-ip", props)
    )
    return str(answer["AllocationId"])


def _read_address(cloud: Cloud, allocation_id: str, _props: Props) -> Props:
    address = only(cloud.ec2.describe_addresses(AllocationIds=[allocation_id])["Addresses"], allocation_id)
    return {
        "allocationId": allocation_id,
        "domain": address.get("Domain", "vpc"),
        "publicIp": address["PublicIp"],
        "arn": cloud.arn("ec2", f"elastic-ip/{allocation_id}"),
        "tagsAll": unpaired(address.get("Tags")),
    }


def _release(cloud: Cloud, allocation_id: str, _props: Props) -> None:
    for gateway in cloud.ec2.describe_nat_gateways()["NatGateways"]:
        used = {address.get("AllocationId") for address in gateway.get("NatGatewayAddresses", [])}
        if gateway["State"] not in {"deleted", "deleting"} and allocation_id in used:
            raise CloudFault(f"InvalidIPAddress.InUse: {allocation_id} is used by {gateway['NatGatewayId']}")
    cloud.ec2.release_address(AllocationId=allocation_id)


def _check_address(props: Props) -> Faults:
    yield from one_of(props, "domain", ("vpc",))


def _create_gateway(cloud: Cloud, props: Props) -> str:
    answer = cloud.ec2.create_nat_gateway(
        **picked_pascal(props, ("allocationId", "subnetId", "connectivityType")),
        TagSpecifications=specification("natgateway", props),
    )
    return str(answer["NatGateway"]["NatGatewayId"])


def _read_gateway(cloud: Cloud, gateway_id: str, _props: Props) -> Props:
    gateway = only(cloud.ec2.describe_nat_gateways(NatGatewayIds=[gateway_id])["NatGateways"], gateway_id)
    if gateway["State"] in {"deleted", "deleting"}:
        raise Gone(gateway_id)
    addresses = gateway.get("NatGatewayAddresses") or [{}]
    return {
        "allocationId": addresses[0].get("AllocationId"),
        "publicIp": addresses[0].get("PublicIp"),
        "privateIp": addresses[0].get("PrivateIp"),
        "networkInterfaceId": addresses[0].get("NetworkInterfaceId"),
        "subnetId": gateway["SubnetId"],
        "connectivityType": gateway.get("ConnectivityType", "public"),
        "tagsAll": unpaired(gateway.get("Tags")),
    }


def _keep_gateway(_cloud: Cloud, _change: Change) -> None:
    """Nothing of a gateway changes but its tags."""


def _delete_gateway(cloud: Cloud, gateway_id: str, _props: Props) -> None:
    cloud.ec2.delete_nat_gateway(NatGatewayId=gateway_id)


def _check_gateway(props: Props) -> Faults:
    if props.get("connectivityType", "public") == "public" and "allocationId" not in props:
        yield "allocationId", "a public NAT gateway needs 'allocationId'"


TYPES = (
    ResourceType(
        urn_type="aws:ec2/eip:Eip",
        create=_allocate,
        read=_read_address,
        delete=_release,
        retag=retag,
        check=_check_address,
        replace=frozenset({"domain"}),
        computed=frozenset({"domain"}),
    ),
    ResourceType(
        urn_type="aws:ec2/natGateway:NatGateway",
        create=_create_gateway,
        read=_read_gateway,
        delete=_delete_gateway,
        update=_keep_gateway,
        retag=retag,
        check=_check_gateway,
        replace=frozenset({"allocationId", "subnetId", "connectivityType"}),
        identity=frozenset({"allocationId"}),
        defaults={"connectivityType": "public"},
    ),
)
