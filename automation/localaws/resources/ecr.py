"""ECR: repositories and their lifecycle policies."""

import re

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of
from automation.localaws.provider_cloud import Cloud, parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
DEFAULTS = {
    "imageTagMutability": "MUTABLE",
    "forceDelete": False,
    "imageScanningConfiguration": {"scanOnPush": False},
    "encryptionConfigurations": [{"encryptionType": "AES256"}],
}


def _check(props: Props) -> Faults:
    name = known(props, "name")
    if isinstance(name, str) and not (2 <= len(name) <= 256 and NAME.fullmatch(name)):
        yield "name", "'name' may hold 2 to 256 lowercase letters, digits and ._-/"
    mutability = ("MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION")
    yield from one_of(props, "imageTagMutability", mutability)


def _create(cloud: Cloud, props: Props) -> str:
    settings: Props = {}
    for encryption in (props.get("encryptionConfigurations") or [])[:1]:
        kms = {"kmsKey": encryption["kmsKey"]} if encryption.get("kmsKey") else {}
        kind = encryption.get("encryptionType") or "AES256"
        settings["encryptionConfiguration"] = {"encryptionType": kind, **kms}
    cloud.ecr.create_repository(
        repositoryName=props["name"],
        imageTagMutability=props.get("imageTagMutability") or "MUTABLE",
        imageScanningConfiguration=props.get("imageScanningConfiguration") or {"scanOnPush": False},
        tags=pairs(tags_of(props)),
        **settings,
    )
    return str(props["name"])


def _read(cloud: Cloud, name: str, _props: Props) -> Props:
    repository = cloud.ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
    tags = cloud.ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"]
    encryption = repository.get("encryptionConfiguration")
    return {
        "name": name,
        "arn": repository["repositoryArn"],
        "registryId": repository["registryId"],
        "repositoryUrl": repository["repositoryUri"],
        "imageTagMutability": repository["imageTagMutability"],
        "imageScanningConfiguration": camel(repository.get("imageScanningConfiguration")),
        "encryptionConfigurations": [encryption] if encryption else [],
        "tagsAll": unpaired(tags),
    }


def _update(cloud: Cloud, change: Change) -> None:
    new = change.new
    if change.touches("imageTagMutability"):
        mutability = new.get("imageTagMutability") or "MUTABLE"
        cloud.ecr.put_image_tag_mutability(repositoryName=change.id, imageTagMutability=mutability)
    if change.touches("imageScanningConfiguration"):
        scanning = new.get("imageScanningConfiguration") or {"scanOnPush": False}
        cloud.ecr.put_image_scanning_configuration(
            repositoryName=change.id, imageScanningConfiguration=scanning
        )


def _delete(cloud: Cloud, name: str, props: Props) -> None:
    cloud.ecr.delete_repository(repositoryName=name, force=bool(props.get("forceDelete")))


def _put_policy(cloud: Cloud, props: Props) -> str:
    cloud.ecr.put_lifecycle_policy(repositoryName=props["repository"], lifecyclePolicyText=props["policy"])
    return str(props["repository"])


def _read_policy(cloud: Cloud, name: str, _props: Props) -> Props:
    answer = cloud.ecr.get_lifecycle_policy(repositoryName=name)
    return {"repository": name, "registryId": answer["registryId"], "policy": answer["lifecyclePolicyText"]}


def _update_policy(cloud: Cloud, change: Change) -> None:
    _put_policy(cloud, change.new)


def _delete_policy(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.ecr.delete_lifecycle_policy(repositoryName=name)


def _check_policy(props: Props) -> Faults:
    text = known(props, "policy")
    if text is not None and "rules" not in (parse_json(text) or {}):
        yield "policy", "'policy' must be JSON with rules"


def _put_access(cloud: Cloud, props: Props) -> str:
    cloud.ecr.set_repository_policy(repositoryName=props["repository"], policyText=props["policy"])
    return str(props["repository"])


def _read_access(cloud: Cloud, name: str, _props: Props) -> Props:
    answer = cloud.ecr.get_repository_policy(repositoryName=name)
    return {"repository": name, "registryId": answer["registryId"], "policy": answer["policyText"]}


def _update_access(cloud: Cloud, change: Change) -> None:
    _put_access(cloud, change.new)


def _delete_access(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.ecr.delete_repository_policy(repositoryName=name)


def _check_access(props: Props) -> Faults:
    text = known(props, "policy")
    if text is not None and "Statement" not in (parse_json(text) or {}):
        yield "policy", "'policy' must be a JSON policy document with a Statement"


TYPES = (
    ResourceType(
        urn_type="aws:ecr/repository:Repository",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        retag=by_arn("ecr", style="Key"),
        check=_check,
        replace=frozenset({"name", "encryptionConfigurations"}),
        name="name",
        name_length=256,
        defaults=DEFAULTS,
    ),
    ResourceType(
        urn_type="aws:ecr/lifecyclePolicy:LifecyclePolicy",
        create=_put_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        check=_check_policy,
        replace=frozenset({"repository"}),
        identity=frozenset({"repository"}),
    ),
    ResourceType(
        urn_type="aws:ecr/repositoryPolicy:RepositoryPolicy",
        create=_put_access,
        read=_read_access,
        update=_update_access,
        delete=_delete_access,
        check=_check_access,
        replace=frozenset({"repository"}),
        identity=frozenset({"repository"}),
    ),
)
