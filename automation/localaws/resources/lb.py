"""Elastic Load Balancing: application balancers, target groups, listeners."""

import re
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import pascal
from automation.localaws.resources.tags import pairs, tags_of, unpaired

NAME = re.compile(r"(?!internal-)(?!.*-$)[A-Za-z0-9][A-Za-z0-9-]{0,31}")
BALANCER_ATTRIBUTES = {
    "idleTimeout": "idle_timeout.timeout_seconds",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
}
TARGET_ATTRIBUTES = {
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "slowStart": "slow_start.duration_seconds",
}
BALANCER_DEFAULTS = {
    "idleTimeout": 60,
    "dropInvalidHeaderFields": False,
    "enableDeletionProtection": False,
    "internal": False,
    "loadBalancerType": "application",
}
TARGET_DEFAULTS = {
    "deregistrationDelay": 300,
    "loadBalancingAlgorithmType": "round_robin",
    "targetType": "instance",
}
HEALTH = {
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
}


def _attributes(props: Props, names: dict[str, str]) -> list[Props]:
    return [
        {
            "Key": theirs,
            "Value": str(props[ours]).lower() if isinstance(props[ours], bool) else str(props[ours]),
        }
        for ours, theirs in names.items()
        if ours in props
    ]


def _plain(held: list[Any], names: dict[str, str]) -> Props:
    values = {item["Key"]: item["Value"] for item in held}
    flags = {"true": True, "false": False}
    found: Props = {}
    for ours, theirs in names.items():
        text = values.get(theirs)
        if text is not None:
            found[ours] = flags[text] if text in flags else int(text) if text.isdigit() else text
    return found


def _tags(cloud: Cloud, arn: str) -> dict[str, str]:
    described = cloud.elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    return unpaired(described[0]["Tags"]) if described else {}


def _retag(cloud: Cloud, arn: str, _props: Props, tags: Any, gone: Any) -> None:
    if gone:
        cloud.elbv2.remove_tags(ResourceArns=[arn], TagKeys=list(gone))
    if tags:
        cloud.elbv2.add_tags(ResourceArns=[arn], Tags=pairs(tags))


def _create_balancer(cloud: Cloud, props: Props) -> str:
    subnets = cloud.ec2.describe_subnets(SubnetIds=sorted(set(props["subnets"])))["Subnets"]
    if len({subnet["AvailabilityZone"] for subnet in subnets}) < 2:
        raise CloudFault("ValidationError: at least two subnets in two different zones must be specified")
    taken = cloud.elbv2.describe_load_balancers()["LoadBalancers"]
    if props["name"] in {balancer["LoadBalancerName"] for balancer in taken}:
        raise CloudFault(f"DuplicateLoadBalancerName: there is a balancer {props['name']}")
    answer = cloud.elbv2.create_load_balancer(
        Name=props["name"],
        Subnets=props["subnets"],
        SecurityGroups=props.get("securityGroups") or [],
        Scheme="internal" if props.get("internal") else "internet-facing",
        Type=props.get("loadBalancerType") or "application",
        Tags=pairs(tags_of(props)),
    )
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


def _finish_balancer(cloud: Cloud, arn: str, props: Props) -> None:
    settings = _attributes(props, BALANCER_ATTRIBUTES)
    if settings:
        cloud.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=settings)


def _read_balancer(cloud: Cloud, arn: str, _props: Props) -> Props:
    [held] = cloud.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    attributes = cloud.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    return {
        **_plain(attributes, BALANCER_ATTRIBUTES),
        "name": held["LoadBalancerName"],
        "arn": arn,
        "arnSuffix": arn.partition(":loadbalancer/")[2],
        "dnsName": held["DNSName"],
        "zoneId": held.get("CanonicalHostedZoneId"),
        "internal": held["Scheme"] == "internal",
        "loadBalancerType": held["Type"],
        "securityGroups": held.get("SecurityGroups") or [],
        "subnets": [zone["SubnetId"] for zone in held["AvailabilityZones"]],
        "vpcId": held["VpcId"],
        "tagsAll": _tags(cloud, arn),
    }


def _update_balancer(cloud: Cloud, change: Change) -> None:
    if change.touches("subnets"):
        cloud.elbv2.set_subnets(LoadBalancerArn=change.id, Subnets=change.new["subnets"])
    if change.touches("securityGroups"):
        groups = change.new.get("securityGroups") or []
        cloud.elbv2.set_security_groups(LoadBalancerArn=change.id, SecurityGroups=groups)
    _finish_balancer(cloud, change.id, {**BALANCER_DEFAULTS, **change.new})


def _delete_balancer(cloud: Cloud, arn: str, _props: Props) -> None:
    cloud.elbv2.delete_load_balancer(LoadBalancerArn=arn)


def _health(props: Props) -> Props:
    check = props.get("healthCheck") or {}
    settings = {theirs: check[ours] for ours, theirs in HEALTH.items() if ours in check}
    if check.get("matcher"):
        settings["Matcher"] = {"HttpCode": check["matcher"]}
    return settings


def _create_targets(cloud: Cloud, props: Props) -> str:
    answer = cloud.elbv2.create_target_group(
        Name=props["name"],
        Protocol=props["protocol"],
        Port=props["port"],
        VpcId=props["vpcId"],
        TargetType=props.get("targetType") or "instance",
        Tags=pairs(tags_of(props)),
        **_health(props),
    )
    return str(answer["TargetGroups"][0]["TargetGroupArn"])


def _finish_targets(cloud: Cloud, arn: str, props: Props) -> None:
    settings = _attributes(props, TARGET_ATTRIBUTES)
    if settings:
        cloud.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=settings)


def _read_targets(cloud: Cloud, arn: str, _props: Props) -> Props:
    [held] = cloud.elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    attributes = cloud.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    check = {ours: held.get(theirs) for ours, theirs in HEALTH.items()}
    return {
        **_plain(attributes, TARGET_ATTRIBUTES),
        "name": held["TargetGroupName"],
        "arn": arn,
        "arnSuffix": arn.rpartition(":")[2],
        "port": held["Port"],
        "protocol": held["Protocol"],
        "vpcId": held["VpcId"],
        "targetType": held.get("TargetType", "instance"),
        "healthCheck": {**check, "matcher": (held.get("Matcher") or {}).get("HttpCode")},
        "loadBalancerArns": held.get("LoadBalancerArns") or [],
        "tagsAll": _tags(cloud, arn),
    }


def _update_targets(cloud: Cloud, change: Change) -> None:
    if change.touches("healthCheck"):
        cloud.elbv2.modify_target_group(TargetGroupArn=change.id, **_health(change.new))
    _finish_targets(cloud, change.id, {**TARGET_DEFAULTS, **change.new})


def _delete_targets(cloud: Cloud, arn: str, _props: Props) -> None:
    cloud.elbv2.delete_target_group(TargetGroupArn=arn)


def _create_listener(cloud: Cloud, props: Props) -> str:
    answer = cloud.elbv2.create_listener(
        LoadBalancerArn=props["loadBalancerArn"],
        Port=props["port"],
        Protocol=props.get("protocol") or "HTTP",
        DefaultActions=[pascal(action) for action in props["defaultActions"]],
        Tags=pairs(tags_of(props)),
    )
    return str(answer["Listeners"][0]["ListenerArn"])


def _read_listener(cloud: Cloud, arn: str, props: Props) -> Props:
    [held] = cloud.elbv2.describe_listeners(ListenerArns=[arn])["Listeners"]
    return {
        "arn": arn,
        "loadBalancerArn": held["LoadBalancerArn"],
        "port": held["Port"],
        "protocol": held["Protocol"],
        "defaultActions": [_action(action) for action in held["DefaultActions"]],
        "tagsAll": _tags(cloud, arn) or props.get("tagsAll") or {},
    }


def _action(action: Any) -> Props:
    return {"type": action["Type"], "targetGroupArn": action.get("TargetGroupArn")}


def _update_listener(cloud: Cloud, change: Change) -> None:
    cloud.elbv2.modify_listener(
        ListenerArn=change.id,
        Port=change.new["port"],
        Protocol=change.new.get("protocol") or "HTTP",
        DefaultActions=[pascal(action) for action in change.new["defaultActions"]],
    )


def _delete_listener(cloud: Cloud, arn: str, _props: Props) -> None:
    cloud.elbv2.delete_listener(ListenerArn=arn)


def _check_name(props: Props) -> Faults:
    name = known(props, "name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        yield "name", "'name' may hold 1 to 32 letters, digits and hyphens, without one at the end"


def _check_balancer(props: Props) -> Faults:
    yield from _check_name(props)
    yield from within(props, "idleTimeout", 1, 4000)
    yield from one_of(props, "loadBalancerType", ("application",))
    subnets = known(props, "subnets")
    if isinstance(subnets, list) and len(subnets) < 2:
        yield "subnets", "an application balancer needs two subnets or more"


def _check_targets(props: Props) -> Faults:
    yield from _check_name(props)
    yield from one_of(props, "targetType", ("instance", "ip"))
    yield from within(props, "deregistrationDelay", 0, 3600)
    check = known(props, "healthCheck") or {}
    yield from within(check, "interval", 5, 300)
    yield from within(check, "timeout", 2, 120)
    if check.get("timeout", 5) >= check.get("interval", 30):
        yield "healthCheck", "the health check's 'timeout' must be less than its 'interval'"


TYPES = (
    ResourceType(
        urn_type="aws:lb/loadBalancer:LoadBalancer",
        create=_create_balancer,
        read=_read_balancer,
        update=_update_balancer,
        delete=_delete_balancer,
        finish=_finish_balancer,
        retag=_retag,
        check=_check_balancer,
        replace=frozenset({"name", "namePrefix", "internal", "loadBalancerType"}),
        name="name",
        name_length=32,
        defaults=BALANCER_DEFAULTS,
    ),
    ResourceType(
        urn_type="aws:lb/targetGroup:TargetGroup",
        create=_create_targets,
        read=_read_targets,
        update=_update_targets,
        delete=_delete_targets,
        finish=_finish_targets,
        retag=_retag,
        check=_check_targets,
        replace=frozenset({"name", "namePrefix", "port", "protocol", "vpcId", "targetType"}),
        name="name",
        name_length=32,
        defaults=TARGET_DEFAULTS,
        computed=frozenset({"healthCheck"}),
    ),
    ResourceType(
        urn_type="aws:lb/listener:Listener",
        create=_create_listener,
        read=_read_listener,
        update=_update_listener,
        delete=_delete_listener,
        retag=_retag,
        replace=frozenset({"loadBalancerArn"}),
        identity=frozenset({"loadBalancerArn", "port"}),
    ),
)
