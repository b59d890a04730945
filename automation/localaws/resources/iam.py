"""IAM: roles, their inline policies, managed policies and attachments."""

import json
import re
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, within
from automation.localaws.provider_cloud import Cloud, Gone, parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import pairs, tags_of, unpaired

NAME = re.compile(r"[\w+=,.@-]+")
ROLE_DEFAULTS = {"path": "/", "maxSessionDuration": 3600, "description": "", "permissionsBoundary": ""}


def document_faults(props: Props, name: str, *, limit: int, is_trust: bool = False) -> Faults:
    """Check a policy document's grammar."""
    text = known(props, name)
    if text is None:
        return
    document = parse_json(text)
    if not isinstance(document, dict) or "Statement" not in document:
        yield name, f"'{name}' must be a JSON policy document with a Statement"
        return
    if len(re.sub(r"\s", "", text)) > limit:
        yield name, f"'{name}' is longer than {limit} characters"
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for statement in statements:
        yield from _statement_faults(statement, name, is_trust=is_trust)


def _statement_faults(statement: Any, name: str, *, is_trust: bool) -> Faults:
    if not isinstance(statement, dict) or statement.get("Effect") not in {"Allow", "Deny"}:
        yield name, f"'{name}' has a statement whose Effect is neither Allow nor Deny"
    elif not statement.keys() & {"Action", "NotAction"}:
        yield name, f"'{name}' has a statement without Action"
    elif is_trust and not statement.keys() & {"Principal", "NotPrincipal"}:
        yield name, f"'{name}' has a statement without Principal"
    elif not is_trust and not statement.keys() & {"Resource", "NotResource"}:
        yield name, f"'{name}' has a statement without Resource"
    elif not is_trust and "Principal" in statement:
        yield name, f"'{name}' has a statement with a Principal, which only resource policies have"


def _name_faults(props: Props) -> Faults:
    name = known(props, "name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        yield "name", "'name' may hold letters, digits and +=,.@_-"


def _check_role(props: Props) -> Faults:
    yield from _name_faults(props)
    yield from within(props, "maxSessionDuration", 3600, 43200)
    yield from document_faults(props, "assumeRolePolicy", limit=2048, is_trust=True)


def _create_role(cloud: Cloud, props: Props) -> str:
    optional = {
        "Description": props.get("description"),
        "PermissionsBoundary": props.get("permissionsBoundary"),
    }
    answer = cloud.iam.create_role(
        RoleName=props["name"],
        Path=props.get("path") or "/",
        AssumeRolePolicyDocument=_document(props["assumeRolePolicy"]),
        MaxSessionDuration=props.get("maxSessionDuration") or 3600,
        Tags=pairs(tags_of(props)),
        **{name: value for name, value in optional.items() if value},
    )
    return str(answer["Role"]["RoleName"])


def _finish_role(cloud: Cloud, name: str, props: Props) -> None:
    for arn in props.get("managedPolicyArns") or []:
        cloud.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    for inline in props.get("inlinePolicies") or []:
        if inline.get("name"):
            cloud.iam.put_role_policy(
                RoleName=name, PolicyName=inline["name"], PolicyDocument=inline["policy"]
            )


def _read_role(cloud: Cloud, name: str, _props: Props) -> Props:
    role = cloud.iam.get_role(RoleName=name)["Role"]
    return {
        "name": role["RoleName"],
        "arn": role["Arn"],
        "uniqueId": role["RoleId"],
        "path": role["Path"],
        "createDate": role["CreateDate"].isoformat(),
        "description": role.get("Description", ""),
        "maxSessionDuration": role.get("MaxSessionDuration", 3600),
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "permissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "tagsAll": unpaired(role.get("Tags")),
    }


def _update_role(cloud: Cloud, change: Change) -> None:
    if change.touches("assumeRolePolicy"):
        document = _document(change.new["assumeRolePolicy"])
        cloud.iam.update_assume_role_policy(RoleName=change.id, PolicyDocument=document)
    if change.touches("description", "maxSessionDuration"):
        cloud.iam.update_role(
            RoleName=change.id,
            Description=change.new.get("description") or "",
            MaxSessionDuration=change.new.get("maxSessionDuration") or 3600,
        )
    if change.touches("managedPolicyArns", "inlinePolicies"):
        _detach_all(cloud, change.id)
        _finish_role(cloud, change.id, change.new)


def _detach_all(cloud: Cloud, name: str) -> None:
    for attached in cloud.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        cloud.iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    for inline in cloud.iam.list_role_policies(RoleName=name)["PolicyNames"]:
        cloud.iam.delete_role_policy(RoleName=name, PolicyName=inline)


def _delete_role(cloud: Cloud, name: str, props: Props) -> None:
    if props.get("forceDetachPolicies") or props.get("managedPolicyArns") or props.get("inlinePolicies"):
        _detach_all(cloud, name)
    cloud.iam.delete_role(RoleName=name)


def _retag_role(cloud: Cloud, name: str, _props: Props, tags: Any, gone: Any) -> None:
    if gone:
        cloud.iam.untag_role(RoleName=name, TagKeys=list(gone))
    if tags:
        cloud.iam.tag_role(RoleName=name, Tags=pairs(tags))


def _document(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _put_role_policy(cloud: Cloud, props: Props) -> str:
    cloud.iam.put_role_policy(
        RoleName=props["role"], PolicyName=props["name"], PolicyDocument=_document(props["policy"])
    )
    return f"{props['role']}:{props['name']}"


def _update_role_policy(cloud: Cloud, change: Change) -> None:
    _put_role_policy(cloud, change.new)


def _read_role_policy(cloud: Cloud, policy_id: str, _props: Props) -> Props:
    role, _, name = policy_id.partition(":")
    answer = cloud.iam.get_role_policy(RoleName=role, PolicyName=name)
    return {"role": role, "name": name, "policy": json.dumps(answer["PolicyDocument"])}


def _delete_role_policy(cloud: Cloud, policy_id: str, _props: Props) -> None:
    role, _, name = policy_id.partition(":")
    cloud.iam.delete_role_policy(RoleName=role, PolicyName=name)


def _create_policy(cloud: Cloud, props: Props) -> str:
    answer = cloud.iam.create_policy(
        PolicyName=props["name"],
        Path=props.get("path") or "/",
        PolicyDocument=_document(props["policy"]),
        Description=props.get("description") or "",
        Tags=pairs(tags_of(props)),
    )
    return str(answer["Policy"]["Arn"])


def _read_policy(cloud: Cloud, arn: str, _props: Props) -> Props:
    policy = cloud.iam.get_policy(PolicyArn=arn)["Policy"]
    version = cloud.iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return {
        "arn": arn,
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "policyId": policy["PolicyId"],
        "description": policy.get("Description", ""),
        "attachmentCount": policy.get("AttachmentCount", 0),
        "policy": json.dumps(version["PolicyVersion"]["Document"]),
        "tagsAll": unpaired(policy.get("Tags")),
    }


def _old_versions(cloud: Cloud, arn: str) -> list[str]:
    versions = cloud.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    return [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]


def _update_policy(cloud: Cloud, change: Change) -> None:
    if change.touches("policy"):
        old = _old_versions(cloud, change.id)
        if len(old) >= 4:
            cloud.iam.delete_policy_version(PolicyArn=change.id, VersionId=old[-1])
        document = _document(change.new["policy"])
        cloud.iam.create_policy_version(PolicyArn=change.id, PolicyDocument=document, SetAsDefault=True)


def _delete_policy(cloud: Cloud, arn: str, _props: Props) -> None:
    for version in _old_versions(cloud, arn):
        cloud.iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    cloud.iam.delete_policy(PolicyArn=arn)


def _retag_policy(cloud: Cloud, arn: str, _props: Props, tags: Any, gone: Any) -> None:
    if gone:
        cloud.iam.untag_policy(PolicyArn=arn, TagKeys=list(gone))
    if tags:
        cloud.iam.tag_policy(PolicyArn=arn, Tags=pairs(tags))


def _attach(cloud: Cloud, props: Props) -> str:
    cloud.iam.attach_role_policy(RoleName=props["role"], PolicyArn=props["policyArn"])
    return f"{props['role']}/{props['policyArn']}"


def _read_attachment(cloud: Cloud, attachment_id: str, _props: Props) -> Props:
    role, _, arn = attachment_id.partition("/")
    attached = cloud.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    if all(policy["PolicyArn"] != arn for policy in attached):
        raise Gone(attachment_id)
    return {"role": role, "policyArn": arn}


def _detach(cloud: Cloud, attachment_id: str, _props: Props) -> None:
    role, _, arn = attachment_id.partition("/")
    cloud.iam.detach_role_policy(RoleName=role, PolicyArn=arn)


def _check_inline(props: Props) -> Faults:
    yield from _name_faults(props)
    yield from document_faults(props, "policy", limit=10240)


def _check_managed(props: Props) -> Faults:
    yield from _name_faults(props)
    yield from document_faults(props, "policy", limit=6144)


TYPES = (
    ResourceType(
        urn_type="aws:iam/role:Role",
        create=_create_role,
        read=_read_role,
        update=_update_role,
        delete=_delete_role,
        finish=_finish_role,
        retag=_retag_role,
        check=_check_role,
        replace=frozenset({"name", "namePrefix", "path"}),
        name="name",
        name_length=64,
        defaults={**ROLE_DEFAULTS, "forceDetachPolicies": False},
    ),
    ResourceType(
        urn_type="aws:iam/rolePolicy:RolePolicy",
        create=_put_role_policy,
        read=_read_role_policy,
        update=_update_role_policy,
        delete=_delete_role_policy,
        check=_check_inline,
        replace=frozenset({"name", "namePrefix", "role"}),
        name="name",
        name_length=128,
        identity=frozenset({"role", "name"}),
    ),
    ResourceType(
        urn_type="aws:iam/policy:Policy",
        create=_create_policy,
        read=_read_policy,
        update=_update_policy,
        delete=_delete_policy,
        retag=_retag_policy,
        check=_check_managed,
        replace=frozenset({"name", "namePrefix", "path", "description"}),
        name="name",
        name_length=128,
        defaults={"path": "/", "description": ""},
    ),
    ResourceType(
        urn_type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        create=_attach,
        read=_read_attachment,
        delete=_detach,
        replace=frozenset({"role", "policyArn"}),
        identity=frozenset({"role", "policyArn"}),
    ),
)
