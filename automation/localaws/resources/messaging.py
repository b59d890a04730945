"""SNS topics and subscriptions, SSM parameters, KMS keys."""

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

TOPIC_ATTRIBUTES = {
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
}
SUBSCRIPTION_ATTRIBUTES = {
    "rawMessageDelivery": "RawMessageDelivery",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "redrivePolicy": "RedrivePolicy",
}
PROTOCOLS = ("application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def _create_topic(cloud: Cloud, props: Props) -> str:
    attributes = {theirs: _text(props[ours]) for ours, theirs in TOPIC_ATTRIBUTES.items() if props.get(ours)}
    answer = cloud.sns.create_topic(Name=props["name"], Attributes=attributes, Tags=pairs(tags_of(props)))
    return str(answer["TopicArn"])


def _read_topic(cloud: Cloud, arn: str, _props: Props) -> Props:
    attributes = cloud.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    found: Props = {ours: attributes.get(theirs, "") for ours, theirs in TOPIC_ATTRIBUTES.items()}
    tags = cloud.sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
    name = arn.rpartition(":")[2]
    return {**found, "arn": arn, "name": name, "owner": cloud.account, "tagsAll": unpaired(tags)}


def _update_topic(cloud: Cloud, change: Change) -> None:
    for ours, theirs in TOPIC_ATTRIBUTES.items():
        if change.touches(ours):
            value = _text(change.new.get(ours))
            cloud.sns.set_topic_attributes(TopicArn=change.id, AttributeName=theirs, AttributeValue=value)


def _delete_topic(cloud: Cloud, arn: str, _props: Props) -> None:
    cloud.sns.delete_topic(TopicArn=arn)


def _subscribe(cloud: Cloud, props: Props) -> str:
    attributes = {
        theirs: _text(props[ours]) for ours, theirs in SUBSCRIPTION_ATTRIBUTES.items() if props.get(ours)
    }
    answer = cloud.sns.subscribe(
        TopicArn=props["topic"],
        Protocol=props["protocol"],
        Endpoint=props["endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return str(answer["SubscriptionArn"])


def _read_subscription(cloud: Cloud, arn: str, _props: Props) -> Props:
    attributes = cloud.sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    return {
        "arn": arn,
        "topic": attributes["TopicArn"],
        "protocol": attributes["Protocol"],
        "endpoint": attributes["Endpoint"],
        "ownerId": cloud.account,
        "rawMessageDelivery": attributes.get("RawMessageDelivery") == "true",
        "pendingConfirmation": attributes.get("PendingConfirmation") == "true",
        "filterPolicy": attributes.get("FilterPolicy", ""),
    }


def _update_subscription(cloud: Cloud, change: Change) -> None:
    for ours, theirs in SUBSCRIPTION_ATTRIBUTES.items():
        if change.touches(ours):
            value = _text(change.new.get(ours, False if ours == "rawMessageDelivery" else ""))
            cloud.sns.set_subscription_attributes(
                SubscriptionArn=change.id, AttributeName=theirs, AttributeValue=value
            )


def _unsubscribe(cloud: Cloud, arn: str, _props: Props) -> None:
    cloud.sns.unsubscribe(SubscriptionArn=arn)


def _check_subscription(props: Props) -> Faults:
    yield from one_of(props, "protocol", PROTOCOLS)


def _put_parameter(cloud: Cloud, props: Props, *, overwrite: bool = False) -> str:
    value = props["value"] if "value" in props else props.get("insecureValue")
    if value is None:
        raise CloudFault("ValidationException: a parameter needs 'value' or 'insecureValue'")
    tags = {} if overwrite else {"Tags": pairs(tags_of(props))}
    cloud.ssm.put_parameter(
        Name=props["name"],
        Value=value,
        Type=props["type"],
        Description=props.get("description") or "",
        Overwrite=overwrite,
        **tags,
    )
    return str(props["name"])


def _read_parameter(cloud: Cloud, name: str, props: Props) -> Props:
    parameter = cloud.ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    tags = cloud.ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    key = "insecureValue" if "insecureValue" in props else "value"
    return {
        "name": name,
        "arn": parameter["ARN"],
        "type": parameter["Type"],
        key: parameter["Value"],
        "version": parameter["Version"],
        "dataType": parameter.get("DataType", "text"),
        "tagsAll": unpaired(tags),
    }


def _update_parameter(cloud: Cloud, change: Change) -> None:
    _put_parameter(cloud, change.new, overwrite=True)


def _delete_parameter(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.ssm.delete_parameter(Name=name)


def _retag_parameter(cloud: Cloud, name: str, _props: Props, tags: object, gone: object) -> None:
    target = {"ResourceType": "Parameter", "ResourceId": name}
    if isinstance(gone, list) and gone:
        cloud.ssm.remove_tags_from_resource(**target, TagKeys=gone)
    if isinstance(tags, dict) and tags:
        cloud.ssm.add_tags_to_resource(**target, Tags=pairs(tags))


def _check_parameter(props: Props) -> Faults:
    yield from one_of(props, "type", ("String", "StringList", "SecureString"))
    name = known(props, "name")
    if isinstance(name, str) and "/" in name and not name.startswith("/"):
        yield "name", "a 'name' with slashes must start with one"


def _create_key(cloud: Cloud, props: Props) -> str:
    settings = {"Policy": props["policy"]} if props.get("policy") else {}
    tags = pairs(tags_of(props), "TagKey", "TagValue")
    answer = cloud.kms.create_key(Description=props.get("description") or "", Tags=tags, **settings)
    return str(answer["KeyMetadata"]["KeyId"])


def _finish_key(cloud: Cloud, key_id: str, props: Props) -> None:
    if props.get("enableKeyRotation"):
        cloud.kms.enable_key_rotation(KeyId=key_id)


def _read_key(cloud: Cloud, key_id: str, _props: Props) -> Props:
    key = cloud.kms.describe_key(KeyId=key_id)["KeyMetadata"]
    if key["KeyState"] == "PendingDeletion":
        raise Gone(key_id)
    tags = cloud.kms.list_resource_tags(KeyId=key_id)["Tags"]
    return {
        "keyId": key["KeyId"],
        "arn": key["Arn"],
        "description": key.get("Description") or "",
        "isEnabled": key["Enabled"],
        "enableKeyRotation": cloud.kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"],
        "policy": cloud.kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"],
        "tagsAll": unpaired(tags, "TagKey", "TagValue"),
    }


def _update_key(cloud: Cloud, change: Change) -> None:
    if change.touches("description"):
        cloud.kms.update_key_description(KeyId=change.id, Description=change.new.get("description") or "")
    if change.touches("policy") and change.new.get("policy"):
        cloud.kms.put_key_policy(KeyId=change.id, PolicyName="default", Policy=change.new["policy"])
    if change.touches("enableKeyRotation"):
        wanted = change.new.get("enableKeyRotation")
        (cloud.kms.enable_key_rotation if wanted else cloud.kms.disable_key_rotation)(KeyId=change.id)


def _delete_key(cloud: Cloud, key_id: str, props: Props) -> None:
    days = props.get("deletionWindowInDays") or 30
    cloud.kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=days)


def _retag_key(cloud: Cloud, key_id: str, _props: Props, tags: object, gone: object) -> None:
    if isinstance(gone, list) and gone:
        cloud.kms.untag_resource(KeyId=key_id, TagKeys=gone)
    if isinstance(tags, dict) and tags:
        cloud.kms.tag_resource(KeyId=key_id, Tags=pairs(tags, "TagKey", "TagValue"))


def _check_key(props: Props) -> Faults:
    yield from within(props, "deletionWindowInDays", 7, 30)


TYPES = (
    ResourceType(
        urn_type="aws:sns/topic:Topic",
        create=_create_topic,
        read=_read_topic,
        update=_update_topic,
        delete=_delete_topic,
        retag=by_arn("sns", argument="ResourceArn", style="Key"),
        replace=frozenset({"name", "namePrefix", "fifoTopic"}),
        name="name",
        name_length=256,
        defaults={"displayName": "", "kmsMasterKeyId": ""},
        computed=frozenset({"policy"}),
    ),
    ResourceType(
        urn_type="aws:sns/topicSubscription:TopicSubscription",
        create=_subscribe,
        read=_read_subscription,
        update=_update_subscription,
        delete=_unsubscribe,
        check=_check_subscription,
        replace=frozenset({"topic", "protocol", "endpoint"}),
        defaults={"rawMessageDelivery": False, "filterPolicy": ""},
    ),
    ResourceType(
        urn_type="aws:ssm/parameter:Parameter",
        create=_put_parameter,
        read=_read_parameter,
        update=_update_parameter,
        delete=_delete_parameter,
        retag=_retag_parameter,
        check=_check_parameter,
        replace=frozenset({"name", "dataType"}),
        name="name",
        name_length=1011,
        secrets=frozenset({"value"}),
        computed=frozenset({"arn", "dataType", "insecureValue", "value", "overwrite"}),
    ),
    ResourceType(
        urn_type="aws:kms/key:Key",
        create=_create_key,
        read=_read_key,
        update=_update_key,
        delete=_delete_key,
        finish=_finish_key,
        retag=_retag_key,
        check=_check_key,
        defaults={"description": "", "enableKeyRotation": False, "isEnabled": True},
        computed=frozenset({"policy"}),
    ),
)
