"""CodeBuild: projects. The embedded AWS keeps them and builds nothing: stack `local` runs its checkout."""

import re
import urllib.parse
from collections.abc import Mapping, Sequence

from automation.localaws.access.policy import trusts
from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone, parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import picked
from automation.localaws.resources.tags import pairs, tags_of, unpaired

SERVICE = "codebuild.amazonaws.com"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,149}")
ENVIRONMENTS = ("LINUX_CONTAINER", "LINUX_GPU_CONTAINER", "ARM_CONTAINER", "WINDOWS_SERVER_2019_CONTAINER")
SAME_NAME = (
    *("name", "description", "serviceRole", "source", "artifacts", "environment", "cache", "sourceVersion"),
)
OUR_LOGS, THEIR_LOGS = "cloudwatchLogs", "cloudWatchLogs"
RENAMED = {"buildTimeout": "timeoutInMinutes", "queuedTimeout": "queuedTimeoutInMinutes"}
DEFAULTS = {"buildTimeout": 60, "queuedTimeout": 480, "cache": {"type": "NO_CACHE"}}


def _name(project_id: str) -> str:
    """The id is the ARN; an import may use the name."""
    return project_id.rpartition(":project/")[2] or project_id


def _shaped(props: Props) -> Props:
    wanted = {**DEFAULTS, **props}
    return {
        **picked(wanted, SAME_NAME),
        **_respelled(wanted, OUR_LOGS, THEIR_LOGS),
        **{theirs: int(wanted[ours]) for ours, theirs in RENAMED.items()},
    }


def _respelled(props: Props, before: str, after: str) -> Props:
    logs = props.get("logsConfig") or {}
    return (
        {"logsConfig": {after if name == before else name: value for name, value in logs.items()}}
        if logs
        else {}
    )


def _create(cloud: Cloud, props: Props) -> str:
    _require_trust(cloud, str(props["serviceRole"]))
    tags = pairs(tags_of(props), "key", "value")
    return str(cloud.codebuild.create_project(**_shaped(props), tags=tags)["project"]["arn"])


def _require_trust(cloud: Cloud, role_arn: str) -> None:
    """CodeBuild takes the role once when a project is made; moto asks for the form of its ARN alone."""
    role = cloud.iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
    trust = role["AssumeRolePolicyDocument"]
    document = parse_json(urllib.parse.unquote(trust)) if isinstance(trust, str) else trust
    if not trusts(document or {"Statement": []}, SERVICE):
        raise CloudFault(
            f"InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on {role_arn}"
        )


def _read(cloud: Cloud, project_id: str, _props: Props) -> Props:
    projects = cloud.codebuild.batch_get_projects(names=[_name(project_id)])["projects"]
    if not projects:
        raise Gone(project_id)
    held = projects[0]
    return {
        "id": held["arn"],
        "arn": held["arn"],
        **picked(held, SAME_NAME),
        **_respelled(held, THEIR_LOGS, OUR_LOGS),
        **{ours: held[theirs] for ours, theirs in RENAMED.items()},
        "encryptionKey": held["encryptionKey"],
        "tagsAll": unpaired(held.get("tags"), "key", "value"),
    }


def _update(cloud: Cloud, change: Change) -> None:
    if change.touches("serviceRole"):
        _require_trust(cloud, str(change.new["serviceRole"]))
    cloud.codebuild.update_project(**_shaped(change.new))


def _retag(cloud: Cloud, project_id: str, props: Props, tags: Mapping[str, str], gone: Sequence[str]) -> None:
    """There is no call for tags alone: the project is told all of them."""
    held = _read(cloud, project_id, props)["tagsAll"]
    left = {name: text for name, text in {**held, **tags}.items() if name not in gone}
    cloud.codebuild.update_project(name=_name(project_id), tags=pairs(left, "key", "value"))


def _delete(cloud: Cloud, project_id: str, _props: Props) -> None:
    cloud.codebuild.delete_project(name=_name(project_id))


def _check(props: Props) -> Faults:
    name = known(props, "name")
    if isinstance(name, str) and not NAME.fullmatch(name):
        yield "name", "'name' may hold 2 to 150 letters, digits, - and _"
    yield from within(props, "buildTimeout", 5, 2160)
    yield from within(props, "queuedTimeout", 5, 480)
    environment, source = known(props, "environment") or {}, known(props, "source") or {}
    for _property, reason in one_of(environment, "type", ENVIRONMENTS):
        yield "environment", reason
    is_arm_image = "aarch64" in str(known(environment, "image"))
    is_arm = known(environment, "type") == "ARM_CONTAINER"
    if str(known(environment, "image")).startswith("aws/codebuild/") and is_arm_image is not is_arm:
        yield "environment", "the image is made for another processor than the environment has"
    if known(source, "type") == "S3" and not re.fullmatch(
        r"[^/]+/.+(\.zip|/)", known(source, "location") or "b/k/"
    ):
        yield "source", "'location' of S3 must be BUCKET/KEY.zip, or BUCKET/FOLDER/"


TYPES = (
    ResourceType(
        urn_type="aws:codebuild/project:Project",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        retag=_retag,
        check=_check,
        replace=frozenset({"name"}),
        name="name",
        name_length=150,
        defaults=DEFAULTS,
        computed=frozenset({"description", "encryptionKey"}),
    ),
)
