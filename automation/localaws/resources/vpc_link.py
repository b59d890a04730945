"""API Gateway: links from an HTTP API into a VPC."""

from automation.localaws.handler import Change, ResourceType
from automation.localaws.provider_cloud import Cloud
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import by_arn, tags_of


def _create_link(cloud: Cloud, props: Props) -> str:
    answer = cloud.apigatewayv2.create_vpc_link(
        Name=props["name"],
        SubnetIds=props["subnetIds"],
        SecurityGroupIds=props["securityGroupIds"],
        Tags=tags_of(props),
    )
    return str(answer["VpcLinkId"])


def _read_link(cloud: Cloud, link_id: str, _props: Props) -> Props:
    link = cloud.apigatewayv2.get_vpc_link(VpcLinkId=link_id)
    return {
        "name": link["Name"],
        "subnetIds": link["SubnetIds"],
        "securityGroupIds": link["SecurityGroupIds"],
        "arn": f"arn:aws:apigateway:{cloud.region}::/vpclinks/{link_id}",
        "tagsAll": link.get("Tags") or {},
    }


def _update_link(cloud: Cloud, change: Change) -> None:
    cloud.apigatewayv2.update_vpc_link(VpcLinkId=change.id, Name=change.new["name"])


def _delete_link(cloud: Cloud, link_id: str, _props: Props) -> None:
    cloud.apigatewayv2.delete_vpc_link(VpcLinkId=link_id)


TYPES = (
    ResourceType(
        urn_type="aws:apigatewayv2/vpcLink:VpcLink",
        create=_create_link,
        read=_read_link,
        update=_update_link,
        delete=_delete_link,
        retag=by_arn("apigatewayv2", argument="ResourceArn", style="map"),
        replace=frozenset({"subnetIds", "securityGroupIds"}),
        name="name",
        name_length=128,
    ),
)
