"""S3: the bucket. Its settings, resources of their own, are in s3_settings."""

import ipaddress
import re
from typing import Any

from automation.localaws.handler import Faults, ResourceType, known
from automation.localaws.provider_cloud import Cloud, CloudFault, is_gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import pairs, tags_of, unpaired

BUCKET_NAME = re.compile(r"(?!xn--|sthree-)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?<!-s3alias)")
INLINE: tuple[str, ...] = (
    "policy",
    "lifecycleRules",
    "versioning",
    "serverSideEncryptionConfiguration",
    "website",
    "loggings",
)
INLINE += ("corsRules", "grants", "replicationConfiguration", "objectLockConfiguration", "logging", "acl")


def _check(props: Props) -> Faults:
    name = known(props, "bucket")
    if isinstance(name, str) and not _is_bucket_name(name):
        yield (
            "bucket",
            f"'{name}' is no bucket name: 3 to 63 lowercase letters, digits, dots and hyphens, letter or digit at both ends",
        )
    for inline in INLINE:
        if inline in props:
            yield inline, f"'{inline}' of a bucket is deprecated: use its own resource type"


def _is_bucket_name(name: str) -> bool:
    if not BUCKET_NAME.fullmatch(name) or ".." in name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False


def _create(cloud: Cloud, props: Props) -> str:
    try:
        cloud.s3.head_bucket(Bucket=props["bucket"])
    except cloud.s3.exceptions.ClientError as fault:
        if not is_gone(fault):
            raise
    else:
        raise CloudFault(f"BucketAlreadyOwnedByYou: a bucket named {props['bucket']} already exists")
    options: Props = {}
    if cloud.region != "us-east-1":
        options["CreateBucketConfiguration"] = {"LocationConstraint": cloud.region}
    if props.get("objectLockEnabled"):
        options["ObjectLockEnabledForBucket"] = True
    cloud.s3.create_bucket(Bucket=props["bucket"], **options)
    return str(props["bucket"])


def _finish(cloud: Cloud, name: str, props: Props) -> None:
    if tags_of(props):
        cloud.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(tags_of(props))})


def _read(cloud: Cloud, name: str, _props: Props) -> Props:
    cloud.s3.head_bucket(Bucket=name)
    domain = f"{name}.s3.amazonaws.com"
    return {
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketDomainName": domain,
        "bucketRegionalDomainName": f"{name}.s3.{cloud.region}.amazonaws.com",
        "bucketRegion": cloud.region,
        "hostedZoneId": "Z3AQBSTGFYJSTF",
        "tagsAll": _tags(cloud, name),
    }


def _tags(cloud: Cloud, name: str) -> dict[str, str]:
    try:
        return unpaired(cloud.s3.get_bucket_tagging(Bucket=name)["TagSet"])
    except cloud.s3.exceptions.ClientError as fault:
        if fault.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def _delete(cloud: Cloud, name: str, props: Props) -> None:
    if props.get("forceDestroy"):
        _empty(cloud, name)
    cloud.s3.delete_bucket(Bucket=name)


def _empty(cloud: Cloud, name: str) -> None:
    for page in cloud.s3.get_paginator("list_object_versions").paginate(Bucket=name):
        doomed = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for kind in ("Versions", "DeleteMarkers")
            for item in page.get(kind, [])
        ]
        if doomed:
            cloud.s3.delete_objects(Bucket=name, Delete={"Objects": doomed, "Quiet": True})
    for upload in cloud.s3.list_multipart_uploads(Bucket=name).get("Uploads", []):
        cloud.s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])


def _retag(cloud: Cloud, name: str, _props: Props, tags: Any, _gone: Any) -> None:
    if tags:
        cloud.s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(tags)})
    else:
        cloud.s3.delete_bucket_tagging(Bucket=name)


TYPES = (
    ResourceType(
        urn_type="aws:s3/bucket:Bucket",
        create=_create,
        read=_read,
        delete=_delete,
        finish=_finish,
        retag=_retag,
        check=_check,
        replace=frozenset({"bucket", "bucketPrefix", "objectLockEnabled"}),
        name="bucket",
        name_length=63,
        defaults={"forceDestroy": False, "objectLockEnabled": False},
    ),
)
