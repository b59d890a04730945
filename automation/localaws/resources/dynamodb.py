"""DynamoDB: tables with their indexes, expiry, recovery and encryption."""

from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of
from automation.localaws.provider_cloud import Cloud, CloudFault
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

DEFAULTS = {
    "billingMode": "PROVISIONED",
    "deletionProtectionEnabled": False,
    "tableClass": "STANDARD",
    "streamEnabled": False,
    "ttl": {"attributeName": "", "enabled": False},
    "pointInTimeRecovery": {"enabled": False},
    "serverSideEncryption": {"enabled": False},
}


def _index_keys(index: Props) -> list[tuple[str, str]]:
    """Return (attribute, HASH or RANGE) of an index, whichever way the program spelled them."""
    if index.get("keySchemas"):
        return [(schema["attributeName"], schema["keyType"]) for schema in index["keySchemas"]]
    keys = [
        (index[name], kind) for name, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE")) if index.get(name)
    ]
    return [(str(attribute), kind) for attribute, kind in keys]


def _check(props: Props) -> Faults:
    yield from one_of(props, "billingMode", ("PROVISIONED", "PAY_PER_REQUEST"))
    name = known(props, "name")
    if isinstance(name, str) and (
        len(name) < 3 or not name.replace("-", "").replace("_", "").replace(".", "").isalnum()
    ):
        yield "name", "'name' may hold 3 to 255 letters, digits and _-."
    if "hashKey" not in props:
        yield "hashKey", "missing required property 'hashKey'"
    if props.get("billingMode", "PROVISIONED") == "PROVISIONED":
        for capacity in ("readCapacity", "writeCapacity"):
            if capacity not in props:
                yield capacity, f"'billingMode' PROVISIONED needs '{capacity}'"
    yield from _attribute_faults(props)


def _attribute_faults(props: Props) -> Faults:
    attributes = known(props, "attributes") or []
    for index, attribute in enumerate(attributes):
        for name, reason in one_of(attribute, "type", ("S", "N", "B")):
            yield f"attributes[{index}].{name}", reason
    defined = {attribute.get("name") for attribute in attributes}
    used = {known(props, name) for name in ("hashKey", "rangeKey")} - {None}
    for index in known(props, "globalSecondaryIndexes") or []:
        used |= {attribute for attribute, _kind in _index_keys(index)}
    used |= {index.get("rangeKey") for index in known(props, "localSecondaryIndexes") or []}
    for attribute in sorted(map(str, used - defined)):
        yield "attributes", f"key '{attribute}' is not among 'attributes'"
    for attribute in sorted(map(str, defined - used)):
        yield "attributes", f"attribute '{attribute}' is in no key of the table or an index"


def _schema(keys: list[tuple[str, str]]) -> list[Props]:
    return [{"AttributeName": attribute, "KeyType": kind} for attribute, kind in keys]


def _index(index: Props, *, is_provisioned: bool) -> Props:
    projection: Props = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    shaped: Props = {
        "IndexName": index["name"],
        "KeySchema": _schema(_index_keys(index)),
        "Projection": projection,
    }
    if is_provisioned:
        shaped["ProvisionedThroughput"] = _throughput(index)
    return shaped


def _throughput(props: Props) -> Props:
    return {
        "ReadCapacityUnits": props.get("readCapacity") or 1,
        "WriteCapacityUnits": props.get("writeCapacity") or 1,
    }


def _attributes(props: Props) -> list[Props]:
    return [{"AttributeName": item["name"], "AttributeType": item["type"]} for item in props["attributes"]]


def _create(cloud: Cloud, props: Props) -> str:
    mode = props.get("billingMode") or "PROVISIONED"
    is_provisioned = mode == "PROVISIONED"
    keys = [
        (props[name], kind) for name, kind in (("hashKey", "HASH"), ("rangeKey", "RANGE")) if props.get(name)
    ]
    settings: Props = {"ProvisionedThroughput": _throughput(props)} if is_provisioned else {}
    indexes = props.get("globalSecondaryIndexes") or []
    if indexes:
        settings["GlobalSecondaryIndexes"] = [_index(item, is_provisioned=is_provisioned) for item in indexes]
    if (props.get("serverSideEncryption") or {}).get("enabled"):
        settings["SSESpecification"] = _encryption(props)
    if props.get("streamEnabled"):
        view = props.get("streamViewType") or "NEW_AND_OLD_IMAGES"
        settings["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    cloud.dynamodb.create_table(
        TableName=props["name"],
        BillingMode=mode,
        AttributeDefinitions=_attributes(props),
        KeySchema=_schema(keys),
        DeletionProtectionEnabled=bool(props.get("deletionProtectionEnabled")),
        Tags=pairs(tags_of(props)),
        **settings,
    )
    return str(props["name"])


def _encryption(props: Props) -> Props:
    wanted = props.get("serverSideEncryption") or {}
    shaped: Props = {"Enabled": bool(wanted.get("enabled"))}
    if wanted.get("enabled"):
        shaped["SSEType"] = "KMS"
    if wanted.get("kmsKeyArn"):
        shaped["KMSMasterKeyId"] = wanted["kmsKeyArn"]
    return shaped


def _finish(cloud: Cloud, name: str, props: Props) -> None:
    if (props.get("ttl") or {}).get("enabled"):
        _put_ttl(cloud, name, props)
    if (props.get("pointInTimeRecovery") or {}).get("enabled"):
        _put_recovery(cloud, name, props)


def _put_ttl(cloud: Cloud, name: str, props: Props) -> None:
    ttl = props.get("ttl") or {}
    specification = {"Enabled": bool(ttl.get("enabled")), "AttributeName": ttl["attributeName"]}
    cloud.dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)


def _put_recovery(cloud: Cloud, name: str, props: Props) -> None:
    enabled = bool((props.get("pointInTimeRecovery") or {}).get("enabled"))
    cloud.dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled}
    )


def _read(cloud: Cloud, name: str, _props: Props) -> Props:
    table = cloud.dynamodb.describe_table(TableName=name)["Table"]
    keys = {schema["KeyType"]: schema["AttributeName"] for schema in table["KeySchema"]}
    ttl = cloud.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    backups = cloud.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    tags = cloud.dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    is_encrypted = table.get("SSEDescription", {}).get("Status") == "ENABLED"
    return {
        "name": name,
        "arn": table["TableArn"],
        "hashKey": keys["HASH"],
        "rangeKey": keys.get("RANGE"),
        "attributes": [
            {"name": item["AttributeName"], "type": item["AttributeType"]}
            for item in table["AttributeDefinitions"]
        ],
        "billingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        "globalSecondaryIndexes": [_read_index(index) for index in table.get("GlobalSecondaryIndexes") or []],
        "deletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "streamArn": table.get("LatestStreamArn", ""),
        "streamLabel": table.get("LatestStreamLabel", ""),
        "ttl": {
            "attributeName": ttl.get("AttributeName", ""),
            "enabled": ttl.get("TimeToLiveStatus") == "ENABLED",
        },
        "pointInTimeRecovery": {"enabled": recovery == "ENABLED"},
        "serverSideEncryption": {"enabled": is_encrypted},
        "tagsAll": unpaired(tags),
    }


def _read_index(index: Props) -> Props:
    keys = {schema["KeyType"]: schema["AttributeName"] for schema in index["KeySchema"]}
    return {
        "name": index["IndexName"],
        "hashKey": keys.get("HASH"),
        "rangeKey": keys.get("RANGE"),
        "keySchemas": [
            {"attributeName": schema["AttributeName"], "keyType": schema["KeyType"]}
            for schema in index["KeySchema"]
        ],
        "projectionType": index["Projection"]["ProjectionType"],
        "nonKeyAttributes": index["Projection"].get("NonKeyAttributes"),
    }


def _update(cloud: Cloud, change: Change) -> None:
    new, name = change.new, change.id
    settings = _table_settings(change)
    if settings:
        cloud.dynamodb.update_table(TableName=name, **settings)
    if change.touches("globalSecondaryIndexes", "attributes"):
        _update_indexes(cloud, change)
    if change.touches("ttl"):
        _put_ttl(cloud, name, new if new.get("ttl") else {"ttl": {**change.old["ttl"], "enabled": False}})
    if change.touches("pointInTimeRecovery"):
        _put_recovery(cloud, name, new)


def _table_settings(change: Change) -> Props:
    new = change.new
    settings: Props = {}
    if change.touches("billingMode", "readCapacity", "writeCapacity"):
        settings["BillingMode"] = new.get("billingMode") or "PROVISIONED"
        if settings["BillingMode"] == "PROVISIONED":
            settings["ProvisionedThroughput"] = _throughput(new)
    if change.touches("deletionProtectionEnabled"):
        settings["DeletionProtectionEnabled"] = bool(new.get("deletionProtectionEnabled"))
    if change.touches("serverSideEncryption"):
        settings["SSESpecification"] = _encryption(new)
    return settings


def _update_indexes(cloud: Cloud, change: Change) -> None:
    is_provisioned = change.new.get("billingMode", "PROVISIONED") == "PROVISIONED"
    before, after = (
        {
            item["name"]: _index(item, is_provisioned=is_provisioned)
            for item in state.get("globalSecondaryIndexes") or []
        }
        for state in (change.old, change.new)
    )
    updates: list[dict[str, Any]] = [
        {"Delete": {"IndexName": index}} for index in before if before[index] != after.get(index)
    ]
    updates += [{"Create": shaped} for index, shaped in after.items() if shaped != before.get(index)]
    for update in updates:  # one at a time, as DynamoDB demands
        cloud.dynamodb.update_table(
            TableName=change.id,
            AttributeDefinitions=_attributes(change.new),
            GlobalSecondaryIndexUpdates=[update],
        )


def _delete(cloud: Cloud, name: str, _props: Props) -> None:
    table = cloud.dynamodb.describe_table(TableName=name)["Table"]
    if table.get("DeletionProtectionEnabled"):
        raise CloudFault(f"ValidationException: table {name} is protected: deletionProtectionEnabled is true")
    cloud.dynamodb.delete_table(TableName=name)


TYPES = (
    ResourceType(
        urn_type="aws:dynamodb/table:Table",
        create=_create,
        read=_read,
        update=_update,
        delete=_delete,
        finish=_finish,
        retag=by_arn("dynamodb", argument="ResourceArn", style="Key"),
        check=_check,
        replace=frozenset({"name", "hashKey", "rangeKey", "localSecondaryIndexes"}),
        name="name",
        defaults=DEFAULTS,
        computed=frozenset({"readCapacity", "writeCapacity", "streamViewType"}),
    ),
)
