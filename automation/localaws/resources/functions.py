"""Lambda: functions from images and archives, what feeds them, and who may call them."""

import json
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.function_code import code_update, package
from automation.localaws.resources.shapes import camel, pascal, picked_pascal
from automation.localaws.resources.tags import tags_of

SETTINGS = (
    "description",
    "memorySize",
    "timeout",
    "ephemeralStorage",
    "role",
    "imageConfig",
    "loggingConfig",
)
ARCHIVE_SETTINGS = ("runtime", "handler")
LARGEST_BATCH_AT_ONCE = 10


def _lambda(cloud: Cloud) -> Any:
    return getattr(cloud, "lambda")  # a word of Python's own


def _settings(props: Props) -> Props:
    settings = picked_pascal(props, SETTINGS + ARCHIVE_SETTINGS)
    variables = (props.get("environment") or {}).get("variables") or {}
    settings["Environment"] = {"Variables": dict(variables)}
    place = props.get("vpcConfig") or {}
    settings["VpcConfig"] = {
        "SubnetIds": place.get("subnetIds") or [],
        "SecurityGroupIds": place.get("securityGroupIds") or [],
    }
    return settings


def _create_function(cloud: Cloud, props: Props) -> str:
    answer = _lambda(cloud).create_function(
        FunctionName=props["name"],
        **package(props),
        Architectures=props.get("architectures") or ["x86_64"],
        Publish=bool(props.get("publish")),
        Tags=tags_of(props),
        **_settings(props),
    )
    return str(answer["FunctionName"])


def _invoke_arn(cloud: Cloud, arn: str) -> str:
    return f"arn:aws:apigateway:{cloud.region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _read_function(cloud: Cloud, name: str, _props: Props) -> Props:
    client = _lambda(cloud)
    answer = client.get_function(FunctionName=name)
    held = answer["Configuration"]
    arn = held["FunctionArn"].removesuffix(":$LATEST")
    versions = [
        int(version["Version"])
        for version in client.list_versions_by_function(FunctionName=name)["Versions"]
        if version["Version"].isdigit()
    ]
    version = str(max(versions)) if versions else "$LATEST"
    place = held.get("VpcConfig") or {}
    return {
        "name": held["FunctionName"],
        "arn": arn,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": _invoke_arn(cloud, arn),
        "qualifiedInvokeArn": _invoke_arn(cloud, f"{arn}:{version}"),
        "version": version,
        "packageType": held.get("PackageType", "Zip"),
        "imageUri": answer["Code"].get("ImageUri"),
        "runtime": held.get("Runtime"),
        "handler": held.get("Handler"),
        "architectures": held.get("Architectures"),
        "description": held.get("Description", ""),
        "memorySize": held["MemorySize"],
        "timeout": held["Timeout"],
        "role": held["Role"],
        "ephemeralStorage": camel(held.get("EphemeralStorage")),
        "environment": {"variables": (held.get("Environment") or {}).get("Variables") or {}},
        "loggingConfig": camel(held.get("LoggingConfig")),
        "vpcConfig": {
            "subnetIds": place.get("SubnetIds") or [],
            "securityGroupIds": place.get("SecurityGroupIds") or [],
        },
        "codeSha256": held.get("CodeSha256"),
        "lastModified": held.get("LastModified"),
        "tagsAll": answer.get("Tags") or {},
    }


def _update_function(cloud: Cloud, change: Change) -> None:
    client, new = _lambda(cloud), change.new
    if change.touches(*SETTINGS, *ARCHIVE_SETTINGS, "environment", "vpcConfig"):
        client.update_function_configuration(FunctionName=change.id, **_settings(new))
    if change.touches("imageUri", "code", "architectures"):
        client.update_function_code(
            FunctionName=change.id,
            **code_update(new),
            Architectures=new.get("architectures") or ["x86_64"],
        )
    if new.get("publish"):
        client.publish_version(FunctionName=change.id)


def _delete_function(cloud: Cloud, name: str, _props: Props) -> None:
    _lambda(cloud).delete_function(FunctionName=name)


def _retag_function(cloud: Cloud, _name: str, props: Props, tags: Any, gone: Any) -> None:
    client = _lambda(cloud)
    if gone:
        client.untag_resource(Resource=props["arn"], TagKeys=list(gone))
    if tags:
        client.tag_resource(Resource=props["arn"], Tags=dict(tags))


def _check_function(props: Props) -> Faults:
    yield from within(props, "memorySize", 128, 10_240)
    yield from within(props, "timeout", 1, 900)
    yield from within(known(props, "ephemeralStorage") or {}, "size", 512, 10_240)
    yield from one_of(props, "packageType", ("Image", "Zip"))
    for name in known(props, "architectures") or []:
        yield from one_of({"architectures": name}, "architectures", ("x86_64", "arm64"))
    variables = known(known(props, "environment") or {}, "variables") or {}
    reserved = sorted(name for name in variables if name.startswith(("AWS_", "LAMBDA_")))
    if reserved:
        yield "environment", f"Lambda sets {', '.join(reserved)} itself"


def _feed(cloud: Cloud, props: Props) -> str:
    _require_patient_queue(cloud, props)
    answer = _lambda(cloud).create_event_source_mapping(
        EventSourceArn=props["eventSourceArn"],
        FunctionName=props["functionName"],
        Tags=tags_of(props),
        **_feed_settings(props),
    )
    return str(answer["UUID"])


def _require_patient_queue(cloud: Cloud, props: Props) -> None:
    queue = props["eventSourceArn"].rpartition(":")[2]
    url = cloud.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    held = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    hidden = int(held["VisibilityTimeout"])
    function = _lambda(cloud).get_function(FunctionName=props["functionName"])["Configuration"]
    if hidden < function["Timeout"]:
        raise CloudFault(
            f"InvalidParameterValueException: Queue visibility timeout: {hidden} seconds is less than"
            f" Function timeout: {function['Timeout']} seconds"
        )


def _feed_settings(props: Props) -> Props:
    settings = picked_pascal(props, ("batchSize", "functionResponseTypes", "maximumBatchingWindowInSeconds"))
    settings["Enabled"] = props.get("enabled", True)
    settings["ScalingConfig"] = pascal(props.get("scalingConfig") or {})
    return settings


def _read_feed(cloud: Cloud, uuid: str, props: Props) -> Props:
    held = _lambda(cloud).get_event_source_mapping(UUID=uuid)
    arn = held["FunctionArn"].removesuffix(":$LATEST")
    written = props.get("functionName")
    return {
        "uuid": uuid,
        "arn": cloud.arn("lambda", f"event-source-mapping:{uuid}"),
        "eventSourceArn": held["EventSourceArn"],
        "functionName": written if written in {arn, arn.rpartition(":")[2]} else arn,
        "functionArn": arn,
        "batchSize": held["BatchSize"],
        "enabled": held["State"] in {"Enabled", "Enabling", "Creating"},
        "functionResponseTypes": held.get("FunctionResponseTypes") or [],
        "scalingConfig": camel(held.get("ScalingConfig") or {}),
        "state": held["State"],
        "tagsAll": held.get("Tags") or props.get("tagsAll") or {},
    }


def _update_feed(cloud: Cloud, change: Change) -> None:
    settings = _feed_settings(change.new)
    if not change.touches("enabled"):  # never wake what was stopped meanwhile
        settings.pop("Enabled")
    _lambda(cloud).update_event_source_mapping(
        UUID=change.id, FunctionName=change.new["functionName"], **settings
    )


def _delete_feed(cloud: Cloud, uuid: str, _props: Props) -> None:
    _lambda(cloud).delete_event_source_mapping(UUID=uuid)


def _check_feed(props: Props) -> Faults:
    has_window = bool(known(props, "maximumBatchingWindowInSeconds"))
    yield from within(props, "batchSize", 1, 10_000 if has_window else LARGEST_BATCH_AT_ONCE)
    yield from within(known(props, "scalingConfig") or {}, "maximumConcurrency", 2, 1000)
    for name in known(props, "functionResponseTypes") or []:
        yield from one_of(
            {"functionResponseTypes": name}, "functionResponseTypes", ("ReportBatchItemFailures",)
        )


def _permit(cloud: Cloud, props: Props) -> str:
    _lambda(cloud).add_permission(
        FunctionName=props["function"],
        StatementId=props["statementId"],
        **picked_pascal(props, ("action", "principal", "sourceArn", "sourceAccount")),
    )
    return str(props["statementId"])


def _read_permission(cloud: Cloud, sid: str, props: Props) -> Props:
    function, _, name = (props.get("function"), "", sid) if props.get("function") else sid.rpartition("/")
    policy = json.loads(_lambda(cloud).get_policy(FunctionName=function)["Policy"])
    for statement in policy["Statement"]:
        if statement["Sid"] == name:
            principal = statement["Principal"]
            conditions = statement.get("Condition") or {}
            return {
                "id": name,
                "function": function,
                "statementId": name,
                "action": statement["Action"],
                "principal": principal.get("Service") if isinstance(principal, dict) else principal,
                "sourceArn": (conditions.get("ArnLike") or {}).get("AWS:SourceArn"),
            }
    raise Gone(sid)


def _forbid(cloud: Cloud, sid: str, props: Props) -> None:
    _lambda(cloud).remove_permission(FunctionName=props["function"], StatementId=sid)


TYPES = (
    ResourceType(
        urn_type="aws:lambda/function:Function",
        create=_create_function,
        read=_read_function,
        update=_update_function,
        delete=_delete_function,
        retag=_retag_function,
        check=_check_function,
        replace=frozenset({"name", "packageType"}),
        name="name",
        name_length=64,
        defaults={"packageType": "Zip", "description": "", "memorySize": 128, "timeout": 3, "publish": False},
        computed=frozenset(
            {"architectures", "ephemeralStorage", "loggingConfig", "vpcConfig", "environment"}
        ),
    ),
    ResourceType(
        urn_type="aws:lambda/eventSourceMapping:EventSourceMapping",
        create=_feed,
        read=_read_feed,
        update=_update_feed,
        delete=_delete_feed,
        retag=_retag_function,
        check=_check_feed,
        replace=frozenset({"eventSourceArn"}),
        identity=frozenset({"eventSourceArn", "functionName"}),
        defaults={"enabled": True, "scalingConfig": {}, "functionResponseTypes": []},
        computed=frozenset({"batchSize"}),
    ),
    ResourceType(
        urn_type="aws:lambda/permission:Permission",
        create=_permit,
        read=_read_permission,
        delete=_forbid,
        replace=frozenset({"action", "function", "principal", "sourceArn", "statementId"}),
        name="statementId",
        name_length=100,
        identity=frozenset({"function", "statementId"}),
    ),
)
