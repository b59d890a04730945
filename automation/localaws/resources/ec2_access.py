"""EC2: security groups, their rules, and VPC endpoints."""

import functools
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ec2_tags import cidr_faults, only, retag, specification
from automation.localaws.resources.shapes import picked_pascal
from automation.localaws.resources.tags import unpaired

RULE_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
GROUP_DESCRIPTION = "Managed by Pulumi"


def _create_group(cloud: Cloud, props: Props) -> str:
    vpc = {"VpcId": props["vpcId"]} if props.get("vpcId") else {}
    answer = cloud.ec2.create_security_group(
        GroupName=props["name"],
        Description=props.get("description") or GROUP_DESCRIPTION,
        TagSpecifications=specification("security-group", props),
        **vpc,
    )
    return str(answer["GroupId"])


def _finish_group(cloud: Cloud, group_id: str, _props: Props) -> None:
    """Remove the rule that admits everything outwards: Pulumi's groups start closed both ways."""
    group = _group(cloud, group_id)
    if group.get("IpPermissionsEgress"):
        cloud.ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])


def _group(cloud: Cloud, group_id: str) -> Props:
    return only(cloud.ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"], group_id)


def _read_group(cloud: Cloud, group_id: str, _props: Props) -> Props:
    group = _group(cloud, group_id)
    return {
        "name": group["GroupName"],
        "description": group["Description"],
        "vpcId": group.get("VpcId"),
        "ownerId": group["OwnerId"],
        "arn": cloud.arn("ec2", f"security-group/{group_id}"),
        "tagsAll": unpaired(group.get("Tags")),
    }


def _delete_group(cloud: Cloud, group_id: str, _props: Props) -> None:
    for group in cloud.ec2.describe_security_groups()["SecurityGroups"]:
        rules = group.get("IpPermissions", []) + group.get("IpPermissionsEgress", [])
        referenced = {pair.get("GroupId") for rule in rules for pair in rule.get("UserIdGroupPairs", [])}
        if group["GroupId"] != group_id and group_id in referenced:
            raise CloudFault(f"DependencyViolation: {group_id} is referenced by {group['GroupId']}")
    cloud.ec2.delete_security_group(GroupId=group_id)


def _check_group(props: Props) -> Faults:
    for inline in ("ingress", "egress"):
        if props.get(inline):
            yield (
                inline,
                f"inline '{inline}' is not in the embedded AWS: use aws.vpc.SecurityGroup{inline.title()}Rule",
            )
    if str(props.get("name", "")).startswith("sg-"):
        yield "name", "'name' must not start with sg-"


def _permission(props: Props) -> Props:
    described = {"Description": props["description"]} if props.get("description") else {}
    permission: Props = {"IpProtocol": props["ipProtocol"]}
    if props["ipProtocol"] != "-1":
        permission.update(picked_pascal(props, ("fromPort", "toPort")))
    if props.get("cidrIpv4"):
        permission["IpRanges"] = [{"CidrIp": props["cidrIpv4"], **described}]
    if props.get("cidrIpv6"):
        permission["Ipv6Ranges"] = [{"CidrIpv6": props["cidrIpv6"], **described}]
    if props.get("prefixListId"):
        permission["PrefixListIds"] = [{"PrefixListId": props["prefixListId"], **described}]
    if props.get("referencedSecurityGroupId"):
        permission["UserIdGroupPairs"] = [{"GroupId": props["referencedSecurityGroupId"], **described}]
    return permission


def _create_rule(direction: str, cloud: Cloud, props: Props) -> str:
    authorize = getattr(cloud.ec2, f"authorize_security_group_{direction}")
    answer = authorize(
        GroupId=props["securityGroupId"],
        IpPermissions=[_permission(props)],
        TagSpecifications=specification("security-group-rule", props),
    )
    return str(answer["SecurityGroupRules"][0]["SecurityGroupRuleId"])


def _read_rule(cloud: Cloud, rule_id: str, props: Props) -> Props:
    rules = cloud.ec2.describe_security_group_rules(
        Filters=[{"Name": "security-group-rule-id", "Values": [rule_id]}]
    )["SecurityGroupRules"]
    rule = only([rule for rule in rules if rule["SecurityGroupRuleId"] == rule_id], rule_id)
    is_all = rule["IpProtocol"] == "-1"
    description = rule.get("Description")
    if description is None:  # moto forgets it for rules between groups
        description = props.get("description")
    return {
        "securityGroupId": rule["GroupId"],
        "securityGroupRuleId": rule_id,
        "arn": cloud.arn("ec2", f"security-group-rule/{rule_id}"),
        "ipProtocol": rule["IpProtocol"],
        "fromPort": None if is_all else rule.get("FromPort"),
        "toPort": None if is_all else rule.get("ToPort"),
        "cidrIpv4": rule.get("CidrIpv4"),
        "cidrIpv6": rule.get("CidrIpv6"),
        "prefixListId": rule.get("PrefixListId"),
        "referencedSecurityGroupId": (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
        "description": description or "",
        "tagsAll": unpaired(rule.get("Tags")),
    }


def _update_rule(cloud: Cloud, change: Change) -> None:
    new = change.new
    rule = picked_pascal(new, ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6", "prefixListId"))
    rule["Description"] = new.get("description") or ""
    if new.get("referencedSecurityGroupId"):
        rule["ReferencedGroupId"] = new["referencedSecurityGroupId"]
    cloud.ec2.modify_security_group_rules(
        GroupId=new["securityGroupId"],
        SecurityGroupRules=[{"SecurityGroupRuleId": change.id, "SecurityGroupRule": rule}],
    )


def _delete_rule(direction: str, cloud: Cloud, rule_id: str, props: Props) -> None:
    revoke = getattr(cloud.ec2, f"revoke_security_group_{direction}")
    revoke(GroupId=props["securityGroupId"], SecurityGroupRuleIds=[rule_id])


def _check_rule(props: Props) -> Faults:
    yield from within(props, "fromPort", -1, 65535)
    yield from within(props, "toPort", -1, 65535)
    yield from cidr_faults(props, "cidrIpv4")
    if len(props.keys() & set(RULE_SOURCES)) != 1:
        yield "cidrIpv4", f"a rule needs exactly one of {', '.join(RULE_SOURCES)}"
    if props.get("ipProtocol") in {"tcp", "udp"} and not {"fromPort", "toPort"} <= props.keys():
        yield "fromPort", f"a rule for {props['ipProtocol']} needs 'fromPort' and 'toPort'"


def _rule(direction: str) -> ResourceType:
    name = f"SecurityGroup{direction.title()}Rule"
    return ResourceType(
        urn_type=f"aws:vpc/s{name[1:]}:{name}",
        create=functools.partial(_create_rule, direction),
        read=_read_rule,
        update=_update_rule,
        delete=functools.partial(_delete_rule, direction),
        retag=retag,
        check=_check_rule,
        replace=frozenset({"securityGroupId"}),
        defaults={"description": ""},
    )


def _create_endpoint(cloud: Cloud, props: Props) -> str:
    services = cloud.ec2.describe_vpc_endpoint_services(ServiceNames=[props["serviceName"]])
    if props["serviceName"] not in services.get("ServiceNames", []):
        raise CloudFault(f"InvalidServiceName: the region has no service {props['serviceName']}")
    settings = picked_pascal(
        props, ("vpcId", "serviceName", "vpcEndpointType", "routeTableIds", "subnetIds", "securityGroupIds")
    )
    if props.get("policy"):
        settings["PolicyDocument"] = props["policy"]
    if "privateDnsEnabled" in props:
        settings["PrivateDnsEnabled"] = props["privateDnsEnabled"]
    answer = cloud.ec2.create_vpc_endpoint(TagSpecifications=specification("vpc-endpoint", props), **settings)
    return str(answer["VpcEndpoint"]["VpcEndpointId"])


def _read_endpoint(cloud: Cloud, endpoint_id: str, props: Props) -> Props:
    endpoint = only(
        cloud.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"], endpoint_id
    )
    if endpoint.get("State", "").lower() in {"deleted", "deleting"}:
        raise Gone(endpoint_id)
    return {
        "vpcId": endpoint["VpcId"],
        "serviceName": endpoint["ServiceName"],
        "vpcEndpointType": endpoint["VpcEndpointType"],
        "routeTableIds": endpoint.get("RouteTableIds", []),
        "subnetIds": endpoint.get("SubnetIds", []),
        "securityGroupIds": [group["GroupId"] for group in endpoint.get("Groups", [])]
        or props.get("securityGroupIds", []),
        "policy": endpoint.get("PolicyDocument"),
        "state": endpoint["State"].lower(),
        "arn": cloud.arn("ec2", f"vpc-endpoint/{endpoint_id}"),
        "ownerId": cloud.account,
        "tagsAll": unpaired(endpoint.get("Tags")),
    }


def _update_endpoint(cloud: Cloud, change: Change) -> None:
    settings: Props = {}
    for name, label in (
        ("routeTableIds", "RouteTable"),
        ("subnetIds", "Subnet"),
        ("securityGroupIds", "SecurityGroup"),
    ):
        before, after = set(change.old.get(name) or []), set(change.new.get(name) or [])
        if change.touches(name) and after - before:
            settings[f"Add{label}Ids"] = sorted(after - before)
        if change.touches(name) and before - after:
            settings[f"Remove{label}Ids"] = sorted(before - after)
    if change.touches("policy"):
        reset: Props = {"ResetPolicy": True}
        settings.update({"PolicyDocument": change.new["policy"]} if change.new.get("policy") else reset)
    if settings:
        cloud.ec2.modify_vpc_endpoint(VpcEndpointId=change.id, **settings)


def _delete_endpoint(cloud: Cloud, endpoint_id: str, _props: Props) -> None:
    cloud.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint_id])


def _check_endpoint(props: Props) -> Faults:
    yield from one_of(props, "vpcEndpointType", ("Gateway", "Interface", "GatewayLoadBalancer"))
    kind: Any = props.get("vpcEndpointType", "Gateway")
    if kind == "Gateway" and props.get("subnetIds"):
        yield "subnetIds", "a gateway endpoint has route tables, not subnets"


TYPES = (
    ResourceType(
        urn_type="aws:ec2/securityGroup:SecurityGroup",
        create=_create_group,
        read=_read_group,
        delete=_delete_group,
        finish=_finish_group,
        retag=retag,
        check=_check_group,
        replace=frozenset({"name", "namePrefix", "description", "vpcId", "ingress", "egress"}),
        name="name",
        defaults={"description": GROUP_DESCRIPTION, "revokeRulesOnDelete": False},
    ),
    _rule("ingress"),
    _rule("egress"),
    ResourceType(
        urn_type="aws:ec2/vpcEndpoint:VpcEndpoint",
        create=_create_endpoint,
        read=_read_endpoint,
        update=_update_endpoint,
        delete=_delete_endpoint,
        retag=retag,
        check=_check_endpoint,
        replace=frozenset({"vpcId", "serviceName", "vpcEndpointType"}),
        defaults={"vpcEndpointType": "Gateway"},
        computed=frozenset({"policy", "routeTableIds", "subnetIds", "securityGroupIds", "dnsOptions"}),
    ),
)
