"""EC2: launch templates."""

import base64
import binascii
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of
from automation.localaws.provider_cloud import Cloud, CloudFault
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ec2_tags import only, retag, specification
from automation.localaws.resources.shapes import camel, pascal, picked_pascal
from automation.localaws.resources.tags import pairs, unpaired

PLAIN = (
    "imageId",
    "instanceType",
    "userData",
    "keyName",
    "ebsOptimized",
    "iamInstanceProfile",
    "metadataOptions",
)
NESTED = ("networkInterfaces", "blockDeviceMappings", "tagSpecifications")
FLAGS = {"true": True, "false": False}


def _data(props: Props) -> Props:
    """Return the template as EC2 nests it; Pulumi spells some flags as text."""
    data: Props = _with_flags(picked_pascal(props, PLAIN))
    for name in ("networkInterfaces", "blockDeviceMappings"):
        if props.get(name):
            data[name[0].upper() + name[1:]] = [_with_flags(pascal(item)) for item in props[name]]
    for interface in data.get("NetworkInterfaces", []):
        interface["Groups"] = interface.pop("SecurityGroups", [])
        interface.setdefault("DeviceIndex", 0)
    if props.get("vpcSecurityGroupIds"):
        data["SecurityGroupIds"] = props["vpcSecurityGroupIds"]
    if props.get("tagSpecifications"):
        data["TagSpecifications"] = [
            {"ResourceType": item["resourceType"], "Tags": pairs(item.get("tags") or {})}
            for item in props["tagSpecifications"]
        ]
    return data


def _with_flags(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_flags(item) for name, item in value.items()}
    return FLAGS.get(value, value) if isinstance(value, str) else value


def _create(cloud: Cloud, props: Props) -> str:
    answer = cloud.ec2.create_launch_template(
        LaunchTemplateName=props["name"],
        LaunchTemplateData=_data(props),
        TagSpecifications=specification("launch-template", props),
    )
    return str(answer["LaunchTemplate"]["LaunchTemplateId"])


def _read(cloud: Cloud, template_id: str, props: Props) -> Props:
    found = only(
        cloud.ec2.describe_launch_templates(LaunchTemplateIds=[template_id])["LaunchTemplates"], template_id
    )
    [version] = cloud.ec2.describe_launch_template_versions(
        LaunchTemplateId=template_id, Versions=[str(found["LatestVersionNumber"])]
    )["LaunchTemplateVersions"]
    held = _without_own_tags(version["LaunchTemplateData"])
    written = {name: props[name] for name in (*PLAIN, *NESTED) if name in props}
    is_as_written = bool(props) and _holds(held, _data(props))
    return {
        **(written if is_as_written else _spelled(held)),
        "name": found["LaunchTemplateName"],
        "arn": cloud.arn("ec2", f"launch-template/{template_id}"),
        "latestVersion": found["LatestVersionNumber"],
        "defaultVersion": found["DefaultVersionNumber"],
        "tagsAll": unpaired(found.get("Tags")),
    }


def _without_own_tags(held: Props) -> Props:
    """Leave out the template's own tags: moto keeps them among those of what the template starts."""
    tags = [item for item in held.get("TagSpecifications", []) if item["ResourceType"] != "launch-template"]
    return {**held, "TagSpecifications": tags}


def _spelled(held: Props) -> Props:
    """Return what EC2 holds as Pulumi spells it."""
    found: Props = camel({name: item for name, item in held.items() if item})
    for interface in found.get("networkInterfaces", []):
        interface["securityGroups"] = interface.pop("groups", [])
        interface.pop("deviceIndex", None)
    for item, kept in zip(found.get("tagSpecifications", []), held["TagSpecifications"], strict=True):
        item["tags"] = unpaired(kept.get("Tags"))
    return found


def _holds(held: Any, written: Any) -> bool:
    if isinstance(written, dict):
        return isinstance(held, dict) and all(_holds(held.get(name), item) for name, item in written.items())
    if isinstance(written, list):
        return (
            isinstance(held, list)
            and len(held) == len(written)
            and all(_holds(*both) for both in zip(held, written, strict=True))
        )
    return str(held) == str(written)


def _update(cloud: Cloud, change: Change) -> None:
    answer = cloud.ec2.create_launch_template_version(
        LaunchTemplateId=change.id, LaunchTemplateData=_data(change.new)
    )
    if change.new.get("updateDefaultVersion"):
        cloud.ec2.modify_launch_template(
            LaunchTemplateId=change.id,
            DefaultVersion=str(answer["LaunchTemplateVersion"]["VersionNumber"]),
        )


def _delete(cloud: Cloud, template_id: str, _props: Props) -> None:
    for group in cloud.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
        mixed = group.get("MixedInstancesPolicy") or {}
        template = group.get("LaunchTemplate") or mixed.get("LaunchTemplate", {}).get(
            "LaunchTemplateSpecification", {}
        )
        if template.get("LaunchTemplateId") == template_id:
            raise CloudFault(f"DependencyViolation: {template_id} is used by {group['AutoScalingGroupName']}")
    cloud.ec2.delete_launch_template(LaunchTemplateId=template_id)


def _check(props: Props) -> Faults:
    image = known(props, "imageId")
    if isinstance(image, str) and not image.startswith(("ami-", "resolve:ssm:")):
        yield "imageId", f"'imageId' must be an AMI or resolve:ssm:PARAMETER, not {image}"
    text = known(props, "userData")
    if isinstance(text, str):
        yield from _user_data_faults(text)
    if props.get("networkInterfaces") and props.get("vpcSecurityGroupIds"):
        yield "vpcSecurityGroupIds", "with 'networkInterfaces' the groups belong to the interfaces"
    options = known(props, "metadataOptions") or {}
    yield from one_of(options, "httpTokens", ("optional", "required"))


def _user_data_faults(text: str) -> Faults:
    try:
        size = len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        yield "userData", "'userData' must be base64"
        return
    if size > 16_384:
        yield "userData", f"'userData' is longer than 16384 bytes: {size}"


TYPES = (
    ResourceType(
        urn_type="aws:ec2/launchTemplate:LaunchTemplate",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        retag=retag,
        check=_check,
        replace=frozenset({"name", "namePrefix"}),
        name="name",
        name_length=128,
        defaults={"updateDefaultVersion": False},
        computed=frozenset({"defaultVersion"}),
    ),
)
