"""What keeps a stack from being destroyed, read from its state, and taken away once somebody has said so by name.

| it refuses                       | because of                               | what is done                                  |
|----------------------------------|------------------------------------------|-----------------------------------------------|
| Pulumi, before anything          | `protect` in the state                   | `pulumi state unprotect --all`                |
| DynamoDB                         | deletion protection                      | it is switched off                            |
| S3                               | the bucket holds objects or versions     | all versions, markers and uploads are deleted |
| ECR                              | the repository holds images              | all images are deleted                        |
| Auto Scaling, for twenty minutes | ECS protects instances from scaling in   | that protection is taken away                 |
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from pulumi.automation import Stack

from automation.driver.events import DATA_LOSS_TYPES
from automation.driver.failures import translated_failures
from automation.driver.operations import probe_lock
from automation.driver.target import StackTarget

ClientOf = Callable[[str], Any]
_BUCKET_BATCH = 1000
_IMAGE_BATCH = 100
_GROUP_BATCH = 50
_GONE = ("NotFound", "NoSuch", "404")


def protected_in(deployment: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the logical names of what Pulumi refuses to delete; components left out, they hold nothing."""
    resources = deployment.get("resources") or ()
    return tuple(_name(one) for one in resources if one.get("protect") and one.get("custom"))


def holders_of_data(deployment: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the URNs of what holds data."""
    resources = deployment.get("resources") or ()
    return tuple(str(one["urn"]) for one in resources if one.get("type") in DATA_LOSS_TYPES)


def set_protection(target: StackTarget, stack: Stack, urns: Iterable[str], *, is_protected: bool) -> None:
    """Write `protect` of some resources into the state."""
    chosen = list(urns)
    if not chosen:
        return
    probe_lock(target)
    verb = "protect" if is_protected else "unprotect"
    with translated_failures(target.environment):
        stack.workspace.pulumi_command.run(
            ["state", verb, "--yes", "--stack", target.environment, *chosen],
            str(target.root),
            dict(target.env),
        )


def drop_protections(
    target: StackTarget, stack: Stack, deployment: Mapping[str, Any], client_of: ClientOf
) -> None:
    """Let a destroy pass: in Pulumi's state, and of the tables."""
    resources = deployment.get("resources") or ()
    set_protection(
        target, stack, [str(one["urn"]) for one in resources if one.get("protect")], is_protected=False
    )
    for table in _ids(deployment, "aws:dynamodb/table:Table"):
        update = client_of("dynamodb").update_table
        _unless_gone(partial(update, TableName=table, DeletionProtectionEnabled=False))


def make_room(deployment: Mapping[str, Any], client_of: ClientOf) -> None:
    """Empty what must be empty to be deleted: buckets, repositories, groups that ECS protects."""
    for bucket in _ids(deployment, "aws:s3/bucket:Bucket"):
        _unless_gone(partial(empty_bucket, client_of("s3"), bucket))
    for repository in _ids(deployment, "aws:ecr/repository:Repository"):
        _unless_gone(partial(empty_repository, client_of("ecr"), repository))
    for group in _ids(deployment, "aws:autoscaling/group:Group"):
        _unless_gone(partial(release_instances, client_of("autoscaling"), group))


def empty_bucket(s3: Any, bucket: str) -> None:
    """Delete every version, every marker of a deletion and every upload under way."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        for batch in _batches(entries, _BUCKET_BATCH):
            objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in batch]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])


def empty_repository(ecr: Any, repository: str) -> None:
    """Delete every image."""
    pages = ecr.get_paginator("list_images").paginate(repositoryName=repository)
    digests = sorted({one["imageDigest"] for page in pages for one in page["imageIds"]})
    for batch in _batches(digests, _IMAGE_BATCH):
        ecr.batch_delete_image(
            repositoryName=repository, imageIds=[{"imageDigest": digest} for digest in batch]
        )


def release_instances(autoscaling: Any, group: str) -> None:
    """Take the scale-in protection away that ECS gives: a group that has it hangs for long when it is deleted."""
    for found in autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"]:
        ids = [one["InstanceId"] for one in found["Instances"] if one.get("ProtectedFromScaleIn")]
        for batch in _batches(ids, _GROUP_BATCH):
            autoscaling.set_instance_protection(
                AutoScalingGroupName=group, InstanceIds=batch, ProtectedFromScaleIn=False
            )


def _ids(deployment: Mapping[str, Any], token: str) -> Iterator[str]:
    for one in deployment.get("resources") or ():
        if one.get("type") == token and one.get("id"):
            yield str(one["id"])


def _name(resource: Mapping[str, Any]) -> str:
    return str(resource["urn"]).rsplit("::", 1)[-1]


def _batches(entries: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]


def _unless_gone(act: Callable[[], object]) -> None:
    try:
        act()
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        if not any(word in code for word in _GONE):
            raise
