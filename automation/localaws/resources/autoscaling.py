"""Auto Scaling groups, with a mix of purchases or a warm pool."""

from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, pascal, picked_pascal

PLAIN = (
    "minSize",
    "maxSize",
    "desiredCapacity",
    "healthCheckType",
    "healthCheckGracePeriod",
    "capacityRebalance",
)
KINDS = {"instance", "volume"}


def _settings(props: Props) -> Props:
    settings = picked_pascal(props, PLAIN)
    settings["VPCZoneIdentifier"] = ",".join(props.get("vpcZoneIdentifiers") or [])
    settings["NewInstancesProtectedFromScaleIn"] = bool(props.get("protectFromScaleIn"))
    template = props.get("launchTemplate")
    if template:
        named = (
            {"LaunchTemplateId": template["id"]}
            if template.get("id")
            else {"LaunchTemplateName": template["name"]}
        )
        settings["LaunchTemplate"] = {**named, "Version": template.get("version") or "$Default"}
    if props.get("mixedInstancesPolicy"):
        settings["MixedInstancesPolicy"] = pascal(props["mixedInstancesPolicy"])
    return settings


def _tags(name: str, props: Props) -> list[Props]:
    return [
        {
            "ResourceId": name,
            "ResourceType": "auto-scaling-group",
            "Key": tag["key"],
            "Value": tag["value"],
            "PropagateAtLaunch": bool(tag["propagateAtLaunch"]),
        }
        for tag in props.get("tags") or []
    ]


def _create(cloud: Cloud, props: Props) -> str:
    taken = cloud.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[props["name"]])
    if taken["AutoScalingGroups"]:
        raise CloudFault(f"AlreadyExists: there is a group {props['name']}")
    cloud.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=props["name"], Tags=_tags(props["name"], props), **_settings(props)
    )
    return str(props["name"])


def _finish(cloud: Cloud, name: str, props: Props) -> None:
    pool = props.get("warmPool")
    if pool:
        cloud.autoscaling.put_warm_pool(
            AutoScalingGroupName=name,
            **picked_pascal(
                pool, ("minSize", "maxGroupPreparedCapacity", "poolState", "instanceReusePolicy")
            ),
        )


def _group(cloud: Cloud, name: str) -> Props:
    found = cloud.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    if not found:
        raise Gone(name)
    group: Props = found[0]
    return group


def _read(cloud: Cloud, name: str, props: Props) -> Props:
    group = _group(cloud, name)
    template, mix = group.get("LaunchTemplate"), group.get("MixedInstancesPolicy")
    found: Props = {
        "name": name,
        "arn": group["AutoScalingGroupARN"],
        "minSize": group["MinSize"],
        "maxSize": group["MaxSize"],
        "desiredCapacity": group["DesiredCapacity"],
        "healthCheckType": group.get("HealthCheckType"),
        "capacityRebalance": group.get("CapacityRebalance") or False,
        "protectFromScaleIn": group.get("NewInstancesProtectedFromScaleIn", False),
        "vpcZoneIdentifiers": [part for part in group.get("VPCZoneIdentifier", "").split(",") if part],
        "tags": [_camel_tag(tag) for tag in group.get("Tags", [])],
        "warmPool": _warm_pool(cloud, name),
    }
    if template:
        found["launchTemplate"] = {"id": template.get("LaunchTemplateId"), "version": template.get("Version")}
    if mix:
        found["mixedInstancesPolicy"] = _settled_mix(props, mix)
    return found


def _camel_tag(tag: Props) -> Props:
    return {
        "key": tag["Key"],
        "value": tag["Value"],
        "propagateAtLaunch": tag.get("PropagateAtLaunch", False),
    }


def _settled_mix(props: Props, mix: Any) -> Any:
    """Return the mix as written where the group holds it; EC2 adds the template's name."""
    return (
        camel(mix)
        if "mixedInstancesPolicy" not in props
        else _overlay(props["mixedInstancesPolicy"], camel(mix))
    )


def _overlay(written: Any, held: Any) -> Any:
    if isinstance(written, dict) and isinstance(held, dict):
        return {name: _overlay(item, held.get(name)) for name, item in written.items()}
    return held


def _warm_pool(cloud: Cloud, name: str) -> Props | None:
    pool = cloud.autoscaling.describe_warm_pool(AutoScalingGroupName=name).get("WarmPoolConfiguration")
    return camel(pool) if pool else None


def _update(cloud: Cloud, change: Change) -> None:
    settings = _settings(change.new)
    if not change.touches("desiredCapacity"):  # never undo what scaling did meanwhile
        settings.pop("DesiredCapacity", None)
    cloud.autoscaling.update_auto_scaling_group(AutoScalingGroupName=change.id, **settings)
    if change.touches("tags"):
        kept = {tag["key"] for tag in change.new.get("tags") or []}
        gone = [tag for tag in _tags(change.id, change.old) if tag["Key"] not in kept]
        if gone:
            cloud.autoscaling.delete_tags(Tags=gone)
        cloud.autoscaling.create_or_update_tags(Tags=_tags(change.id, change.new))
    if change.touches("warmPool"):
        if change.old.get("warmPool"):
            cloud.autoscaling.delete_warm_pool(AutoScalingGroupName=change.id, ForceDelete=True)
        _finish(cloud, change.id, change.new)


def _delete(cloud: Cloud, name: str, props: Props) -> None:
    group = _group(cloud, name)
    if group.get("Instances") and not props.get("forceDelete"):
        raise CloudFault(f"ResourceInUse: the group {name} has instances")
    cloud.autoscaling.delete_auto_scaling_group(
        AutoScalingGroupName=name, ForceDelete=bool(props.get("forceDelete"))
    )


def _check(props: Props) -> Faults:
    yield from within(props, "minSize", 0, 10_000)
    low, high = known(props, "minSize"), known(props, "maxSize")
    if low is not None and high is not None and low > high:
        yield "minSize", f"'minSize' {low} is more than 'maxSize' {high}"
    sources = props.keys() & {"launchTemplate", "mixedInstancesPolicy", "launchConfiguration"}
    if len(sources) != 1:
        yield "launchTemplate", "a group needs exactly one of launchTemplate and mixedInstancesPolicy"
    if props.get("warmPool") and props.get("mixedInstancesPolicy"):
        yield "warmPool", "a warm pool can't stand beside 'mixedInstancesPolicy'"
    if not props.get("vpcZoneIdentifiers") and not props.get("availabilityZones"):
        yield "vpcZoneIdentifiers", "a group needs subnets or zones"


TYPES = (
    ResourceType(
        urn_type="aws:autoscaling/group:Group",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        finish=_finish,
        check=_check,
        replace=frozenset({"name", "namePrefix"}),
        name="name",
        defaults={
            "capacityRebalance": False,
            "forceDelete": False,
            "forceDeleteWarmPool": False,
            "protectFromScaleIn": False,
            "healthCheckType": "EC2",
        },
        computed=frozenset(
            {"desiredCapacity", "availabilityZones", "healthCheckGracePeriod", "defaultCooldown"}
        ),
    ),
)
