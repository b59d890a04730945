"""SQS: queues, and the settings that Pulumi keeps as resources of their own."""

import functools
import json
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone, parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import tags_of

ATTRIBUTES = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "maxMessageSize": "MaximumMessageSize",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "policy": "Policy",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "fifoThroughputLimit": "FifoThroughputLimit",
}
DEFAULTS = {
    "visibilityTimeoutSeconds": 30,
    "messageRetentionSeconds": 345600,
    "maxMessageSize": 1048576,
    "delaySeconds": 0,
    "receiveWaitTimeSeconds": 0,
    "kmsMasterKeyId": "",
    "kmsDataKeyReusePeriodSeconds": 300,
    "sqsManagedSseEnabled": True,
    "fifoQueue": False,
    "contentBasedDeduplication": False,
}
NOT_RETURNED = frozenset({"redriveAllowPolicy", "sqsManagedSseEnabled"})
"""What moto takes and never gives back. The three documents have no default: they may be resources of their own."""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _create(cloud: Cloud, props: Props) -> str:
    attributes = {
        attribute: _text(props[name])
        for name, attribute in ATTRIBUTES.items()
        if props.get(name) not in (None, "") and not (name.startswith("fifo") and props[name] is False)
    }
    answer = cloud.sqs.create_queue(QueueName=props["name"], Attributes=attributes, tags=tags_of(props))
    return str(answer["QueueUrl"])


def _read(cloud: Cloud, url: str, props: Props) -> Props:
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    found: Props = {
        "name": url.rpartition("/")[2],
        "url": url,
        "arn": attributes["QueueArn"],
        "tagsAll": cloud.sqs.list_queue_tags(QueueUrl=url).get("Tags", {}),
    }
    for name, attribute in ATTRIBUTES.items():
        if name in NOT_RETURNED:
            found[name] = props.get(name, DEFAULTS.get(name))
        else:
            found[name] = _typed(attributes.get(attribute, DEFAULTS.get(name, "")), DEFAULTS.get(name))
    found["maxMessageSize"] = found["maxMessageSize"] or DEFAULTS["maxMessageSize"]
    return found


def _typed(value: Any, like: Any) -> Any:
    if isinstance(like, bool):
        return str(value).lower() == "true"
    return int(value) if isinstance(like, int) else value


def _update(cloud: Cloud, change: Change) -> None:
    attributes = {
        attribute: _text(change.new.get(name, DEFAULTS.get(name, "")))
        for name, attribute in ATTRIBUTES.items()
        if change.touches(name)
    }
    cloud.sqs.set_queue_attributes(QueueUrl=change.id, Attributes=attributes)


def _delete(cloud: Cloud, url: str, _props: Props) -> None:
    cloud.sqs.delete_queue(QueueUrl=url)


def _retag(cloud: Cloud, url: str, _props: Props, tags: Any, gone: Any) -> None:
    if gone:
        cloud.sqs.untag_queue(QueueUrl=url, TagKeys=list(gone))
    if tags:
        cloud.sqs.tag_queue(QueueUrl=url, Tags=dict(tags))


def _check(props: Props) -> Faults:
    yield from within(props, "visibilityTimeoutSeconds", 0, 43200)
    yield from within(props, "messageRetentionSeconds", 60, 1209600)
    yield from within(props, "maxMessageSize", 1024, 1048576)
    yield from within(props, "delaySeconds", 0, 900)
    yield from within(props, "receiveWaitTimeSeconds", 0, 20)
    yield from within(props, "kmsDataKeyReusePeriodSeconds", 60, 86400)
    name, is_fifo = known(props, "name"), props.get("fifoQueue") is True
    if isinstance(name, str):
        if not name.removesuffix(".fifo").replace("-", "").replace("_", "").isalnum():
            yield "name", "'name' may hold letters, digits, hyphens and underscores"
        if name.endswith(".fifo") != is_fifo:
            yield "name", "'name' ends in .fifo if, and only if, 'fifoQueue' is true"
    yield from _redrive_faults(props)
    for document in ("policy", "redriveAllowPolicy"):
        if known(props, document) and parse_json(known(props, document)) is None:
            yield document, f"'{document}' must be JSON"


def _redrive_faults(props: Props) -> Faults:
    text = known(props, "redrivePolicy")
    if not text:
        return
    policy = parse_json(text)
    if not isinstance(policy, dict) or not {"deadLetterTargetArn", "maxReceiveCount"} <= policy.keys():
        yield "redrivePolicy", "'redrivePolicy' must be JSON with deadLetterTargetArn and maxReceiveCount"
    elif not str(policy["maxReceiveCount"]).isdigit() or not 1 <= int(policy["maxReceiveCount"]) <= 1000:
        yield "redrivePolicy", "maxReceiveCount must be between 1 and 1000"


def _put_setting(prop: str, cloud: Cloud, props: Props) -> str:
    attributes = {ATTRIBUTES[prop]: _text(props[prop])}
    cloud.sqs.set_queue_attributes(QueueUrl=props["queueUrl"], Attributes=attributes)
    return str(props["queueUrl"])


def _read_setting(prop: str, cloud: Cloud, url: str, props: Props) -> Props:
    attributes = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    value = attributes.get(ATTRIBUTES[prop]) or (props.get(prop) if prop in NOT_RETURNED else None)
    if not value:
        raise Gone(url)
    return {"queueUrl": url, prop: value}


def _update_setting(prop: str, cloud: Cloud, change: Change) -> None:
    _put_setting(prop, cloud, change.new)


def _delete_setting(prop: str, cloud: Cloud, url: str, _props: Props) -> None:
    cloud.sqs.set_queue_attributes(QueueUrl=url, Attributes={ATTRIBUTES[prop]: ""})


def _check_setting(prop: str, props: Props) -> Faults:
    if known(props, prop) is not None and parse_json(known(props, prop)) is None:
        yield prop, f"'{prop}' must be JSON"
    elif prop == "redrivePolicy":
        yield from _redrive_faults(props)


def _setting(module: str, prop: str) -> ResourceType:
    """A queue's attribute as a resource; its id is the queue's URL."""
    return ResourceType(
        urn_type=f"aws:sqs/{module}:{module[0].upper()}{module[1:]}",
        create=functools.partial(_put_setting, prop),
        read=functools.partial(_read_setting, prop),
        update=functools.partial(_update_setting, prop),
        delete=functools.partial(_delete_setting, prop),
        check=functools.partial(_check_setting, prop),
        replace=frozenset({"queueUrl"}),
        identity=frozenset({"queueUrl"}),
    )


def _create_queue(cloud: Cloud, props: Props) -> str:
    try:
        cloud.sqs.get_queue_url(QueueName=props["name"])
    except cloud.sqs.exceptions.QueueDoesNotExist:
        return _create(cloud, props)
    raise CloudFault(f"QueueAlreadyExists: a queue named {props['name']} already exists")


TYPES = (
    ResourceType(
        urn_type="aws:sqs/queue:Queue",
        create=_create_queue,
        read=_read,
        update=_update,
        delete=_delete,
        retag=_retag,
        check=_check,
        replace=frozenset({"name", "namePrefix", "fifoQueue"}),
        name="name",
        name_length=80,
        defaults=DEFAULTS,
        computed=frozenset({"policy", "redrivePolicy", "redriveAllowPolicy", "deduplicationScope"})
        | frozenset({"fifoThroughputLimit", "sqsManagedSseEnabled"}),
    ),
    _setting("queuePolicy", "policy"),
    _setting("redrivePolicy", "redrivePolicy"),
    _setting("redriveAllowPolicy", "redriveAllowPolicy"),
)
