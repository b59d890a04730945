"""EC2: route tables, routes and associations."""

from automation.localaws.handler import Change, Faults, ResourceType
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ec2_tags import cidr_faults, delete_by, only, retag, specification
from automation.localaws.resources.shapes import picked, picked_pascal
from automation.localaws.resources.tags import unpaired

ROUTE_TARGETS: tuple[str, ...] = (
    "gatewayId",
    "natGatewayId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
)
ROUTE_TARGETS += ("networkInterfaceId", "egressOnlyGatewayId")


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


TYPES = (
    ResourceType(
        urn_type="aws:ec2/routeTable:RouteTable",
        create=_create_table,
        read=_read_table,
        delete=delete_by("delete_route_table", "RouteTableId"),
        retag=retag,
        replace=frozenset({"vpcId", "routes"}),
    ),
    ResourceType(
        urn_type="aws:ec2/route:Route",
        create=_create_route,
        read=_read_route,
        update=_update_route,
        delete=_delete_route,
        check=_check_route,
        replace=frozenset({"routeTableId", "destinationCidrBlock", "destinationPrefixListId"}),
    ),
    ResourceType(
        urn_type="aws:ec2/routeTableAssociation:RouteTableAssociation",
        create=_associate,
        read=_read_association,
        delete=delete_by("disassociate_route_table", "AssociationId"),
        replace=frozenset({"routeTableId", "subnetId"}),
        identity=frozenset({"subnetId"}),
    ),
)
