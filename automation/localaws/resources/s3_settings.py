"""S3: settings of a bucket, each a resource whose id is the bucket's name."""

from collections.abc import Callable
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of
from automation.localaws.provider_cloud import Cloud, parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, pascal

BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _put_block(cloud: Cloud, name: str, props: Props) -> None:
    blocks = {block[0].upper() + block[1:]: bool(props.get(block)) for block in BLOCKS}
    cloud.s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocks)


def _read_block(cloud: Cloud, name: str) -> Props:
    answer = cloud.s3.get_public_access_block(Bucket=name)
    blocks: Props = camel(answer["PublicAccessBlockConfiguration"])
    return blocks


def _put_encryption(cloud: Cloud, name: str, props: Props) -> None:
    rules = []
    for rule in props["rules"]:
        default = rule.get("applyServerSideEncryptionByDefault") or {}
        shaped: Props = {"BucketKeyEnabled": bool(rule.get("bucketKeyEnabled"))}
        if default:
            shaped["ApplyServerSideEncryptionByDefault"] = {"SSEAlgorithm": default["sseAlgorithm"]}
            if default.get("kmsMasterKeyId"):
                shaped["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] = default["kmsMasterKeyId"]
        rules.append(shaped)
    cloud.s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _read_encryption(cloud: Cloud, name: str) -> Props:
    answer = cloud.s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    rules = []
    for rule in answer["Rules"]:
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        shaped = {
            "sseAlgorithm": default.get("SSEAlgorithm"),
            "kmsMasterKeyId": default.get("KMSMasterKeyID"),
        }
        rules.append(
            {
                "applyServerSideEncryptionByDefault": {key: text for key, text in shaped.items() if text},
                "bucketKeyEnabled": rule.get("BucketKeyEnabled", False),
            }
        )
    return {"rules": rules}


def _check_encryption(props: Props) -> Faults:
    for rule in known(props, "rules") or []:
        default = (rule or {}).get("applyServerSideEncryptionByDefault") or {}
        for name, reason in one_of(default, "sseAlgorithm", ("AES256", "aws:kms", "aws:kms:dsse")):
            yield f"rules.{name}", reason


def _put_lifecycle(cloud: Cloud, name: str, props: Props) -> None:
    rules = [_lifecycle_rule(rule) for rule in props["rules"]]
    cloud.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def _lifecycle_rule(rule: Props) -> Props:
    shaped: Props = pascal({name: value for name, value in rule.items() if name not in {"id", "filter"}})
    shaped["ID"] = rule["id"]
    wanted = rule.get("filter") or {}
    shaped["Filter"] = pascal(wanted) or {"Prefix": rule.get("prefix") or ""}
    shaped.pop("Prefix", None)
    if "And" in shaped["Filter"]:
        tags = (wanted["and"] or {}).get("tags") or {}
        shaped["Filter"]["And"]["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return shaped


def _read_lifecycle(cloud: Cloud, name: str) -> Props:
    rules = cloud.s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    return {
        "rules": [
            {
                "id": rule["ID"],
                **camel({key: value for key, value in rule.items() if key not in {"ID", "Prefix"}}),
            }
            for rule in rules
        ]
    }


def _check_lifecycle(props: Props) -> Faults:
    for index, rule in enumerate(known(props, "rules") or []):
        for name, reason in one_of(rule, "status", ("Enabled", "Disabled")):
            yield f"rules[{index}].{name}", reason
        if not rule.keys() & {
            "expiration",
            "transitions",
            "noncurrentVersionExpiration",
            "noncurrentVersionTransitions",
            "abortIncompleteMultipartUpload",
        }:
            yield f"rules[{index}]", "a rule needs at least one action"


def _put_policy(cloud: Cloud, name: str, props: Props) -> None:
    cloud.s3.put_bucket_policy(Bucket=name, Policy=props["policy"])


def _read_policy(cloud: Cloud, name: str) -> Props:
    return {"policy": cloud.s3.get_bucket_policy(Bucket=name)["Policy"]}


def _check_policy(props: Props) -> Faults:
    document = known(props, "policy")
    if document is not None and "Statement" not in (parse_json(document) or {}):
        yield "policy", "'policy' must be a JSON policy document with a Statement"


def _put_versioning(cloud: Cloud, name: str, props: Props) -> None:
    status = props["versioningConfiguration"]["status"]
    if status != "Disabled":
        cloud.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})


def _read_versioning(cloud: Cloud, name: str) -> Props:
    status = cloud.s3.get_bucket_versioning(Bucket=name).get("Status", "Disabled")
    return {"versioningConfiguration": {"status": status}}


def _suspend_versioning(cloud: Cloud, name: str) -> None:
    cloud.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})


def _check_versioning(props: Props) -> Faults:
    for name, reason in one_of(
        known(props, "versioningConfiguration") or {}, "status", ("Enabled", "Suspended", "Disabled")
    ):
        yield f"versioningConfiguration.{name}", reason


def _put_ownership(cloud: Cloud, name: str, props: Props) -> None:
    rules = [{"ObjectOwnership": props["rule"]["objectOwnership"]}]
    cloud.s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": rules})


def _read_ownership(cloud: Cloud, name: str) -> Props:
    rules = cloud.s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    return {"rule": {"objectOwnership": rules[0]["ObjectOwnership"]}}


def _check_ownership(props: Props) -> Faults:
    allowed = ("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")
    for name, reason in one_of(known(props, "rule") or {}, "objectOwnership", allowed):
        yield f"rule.{name}", reason


def _accept(_props: Props) -> Faults:
    return ()


def _setting(
    name: str,
    put: Callable[[Cloud, str, Props], None],
    get: Callable[[Cloud, str], Props],
    remove: str | Callable[[Cloud, str], None],
    check: Callable[[Props], Faults] = _accept,
    defaults: dict[str, Any] | None = None,
) -> ResourceType:
    def create(cloud: Cloud, props: Props) -> str:
        put(cloud, props["bucket"], props)
        return str(props["bucket"])

    def read(cloud: Cloud, bucket: str, _props: Props) -> Props:
        return {"bucket": bucket, **get(cloud, bucket)}

    def update(cloud: Cloud, change: Change) -> None:
        put(cloud, change.id, change.new)

    def delete(cloud: Cloud, bucket: str, _props: Props) -> None:
        if callable(remove):
            remove(cloud, bucket)
        else:
            getattr(cloud.s3, remove)(Bucket=bucket)

    return ResourceType(
        urn_type=f"aws:s3/{name[0].lower()}{name[1:]}:{name}",
        create=create,
        read=read,
        update=update,
        delete=delete,
        check=check,
        replace=frozenset({"bucket"}),
        identity=frozenset({"bucket"}),
        defaults=defaults or {},
    )


TYPES = (
    _setting(
        "BucketPublicAccessBlock",
        _put_block,
        _read_block,
        "delete_public_access_block",
        defaults=dict.fromkeys(BLOCKS, False),
    ),
    _setting(
        "BucketServerSideEncryptionConfiguration",
        _put_encryption,
        _read_encryption,
        "delete_bucket_encryption",
        _check_encryption,
    ),
    _setting(
        "BucketLifecycleConfiguration",
        _put_lifecycle,
        _read_lifecycle,
        "delete_bucket_lifecycle",
        _check_lifecycle,
    ),
    _setting("BucketPolicy", _put_policy, _read_policy, "delete_bucket_policy", _check_policy),
    _setting("BucketVersioning", _put_versioning, _read_versioning, _suspend_versioning, _check_versioning),
    _setting(
        "BucketOwnershipControls",
        _put_ownership,
        _read_ownership,
        "delete_bucket_ownership_controls",
        _check_ownership,
    ),
)
