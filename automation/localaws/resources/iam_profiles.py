"""IAM: instance profiles."""

from typing import Any

from automation.localaws.handler import Change, ResourceType
from automation.localaws.provider_cloud import Cloud
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import pairs, tags_of, unpaired


def _create(cloud: Cloud, props: Props) -> str:
    cloud.iam.create_instance_profile(
        InstanceProfileName=props["name"], Path=props.get("path") or "/", Tags=pairs(tags_of(props))
    )
    return str(props["name"])


def _finish(cloud: Cloud, name: str, props: Props) -> None:
    if props.get("role"):
        cloud.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=props["role"])


def _read(cloud: Cloud, name: str, _props: Props) -> Props:
    profile = cloud.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    roles = profile.get("Roles") or [{}]
    return {
        "name": name,
        "arn": profile["Arn"],
        "path": profile["Path"],
        "role": roles[0].get("RoleName"),
        "uniqueId": profile["InstanceProfileId"],
        "createDate": profile["CreateDate"].isoformat(),
        "tagsAll": unpaired(profile.get("Tags")),
    }


def _empty(cloud: Cloud, name: str) -> None:
    profile = cloud.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    for role in profile.get("Roles") or []:
        cloud.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role["RoleName"])


def _update(cloud: Cloud, change: Change) -> None:
    _empty(cloud, change.id)
    _finish(cloud, change.id, change.new)


def _delete(cloud: Cloud, name: str, _props: Props) -> None:
    _empty(cloud, name)
    cloud.iam.delete_instance_profile(InstanceProfileName=name)


def _retag(cloud: Cloud, name: str, _props: Props, tags: Any, gone: Any) -> None:
    if gone:
        cloud.iam.untag_instance_profile(InstanceProfileName=name, TagKeys=list(gone))
    if tags:
        cloud.iam.tag_instance_profile(InstanceProfileName=name, Tags=pairs(tags))


TYPES = (
    ResourceType(
        urn_type="aws:iam/instanceProfile:InstanceProfile",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        finish=_finish,
        retag=_retag,
        replace=frozenset({"name", "namePrefix", "path"}),
        name="name",
        name_length=128,
        defaults={"path": "/"},
    ),
)
