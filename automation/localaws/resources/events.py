"""EventBridge: rules that go off by the clock, and their targets. The runtime agent lets them go off; moto does not."""

import re
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, within
from automation.localaws.provider_cloud import Cloud, CloudFault, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import camel, pascal
from automation.localaws.resources.tags import by_arn, pairs, tags_of, unpaired

SCHEDULE = re.compile(
    r"rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)|cron\(\S+( \S+){5}\)"
)


def _put_rule(cloud: Cloud, props: Props) -> str:
    cloud.events.put_rule(
        Name=props["name"],
        ScheduleExpression=props.get("scheduleExpression") or "",
        EventPattern=props.get("eventPattern") or "",
        State=props.get("state") or "ENABLED",
        Description=props.get("description") or "",
        Tags=pairs(tags_of(props)),
    )
    return str(props["name"])


def _read_rule(cloud: Cloud, name: str, _props: Props) -> Props:
    held = cloud.events.describe_rule(Name=name)
    tags = cloud.events.list_tags_for_resource(ResourceARN=held["Arn"])["Tags"]
    return {
        "name": held["Name"],
        "arn": held["Arn"],
        "scheduleExpression": held.get("ScheduleExpression", ""),
        "state": held["State"],
        "description": held.get("Description", ""),
        "tagsAll": unpaired(tags),
    }


def _update_rule(cloud: Cloud, change: Change) -> None:
    _put_rule(cloud, change.new)


def _delete_rule(cloud: Cloud, name: str, _props: Props) -> None:
    cloud.events.delete_rule(Name=name)


def _check_rule(props: Props) -> Faults:
    schedule = known(props, "scheduleExpression")
    if schedule and not SCHEDULE.fullmatch(schedule):
        yield "scheduleExpression", f"Parameter ScheduleExpression is not valid: {schedule}"


def _put_target(cloud: Cloud, props: Props) -> str:
    target: dict[str, Any] = {"Id": props["targetId"], "Arn": props["arn"]}
    if props.get("input"):
        target["Input"] = props["input"]
    if props.get("retryPolicy"):
        target["RetryPolicy"] = pascal(props["retryPolicy"])
    answer = cloud.events.put_targets(Rule=props["rule"], Targets=[target])
    for failure in answer.get("FailedEntries", []):
        raise CloudFault(f"{failure.get('ErrorCode')}: {failure.get('ErrorMessage')}")
    return f"{props['rule']}-{props['targetId']}"


def _read_target(cloud: Cloud, resource_id: str, props: Props) -> Props:
    rule, _, target_id = resource_id.partition("/")  # the form of an import
    rule, target_id = (props["rule"], props["targetId"]) if props.get("rule") else (rule, target_id)
    for target in cloud.events.list_targets_by_rule(Rule=rule)["Targets"]:
        if target["Id"] == target_id:
            return {
                "id": f"{rule}-{target_id}",
                "rule": rule,
                "targetId": target_id,
                "arn": target["Arn"],
                "input": target.get("Input"),
                "retryPolicy": camel(target.get("RetryPolicy") or {}),
            }
    raise Gone(resource_id)


def _update_target(cloud: Cloud, change: Change) -> None:
    _put_target(cloud, change.new)


def _delete_target(cloud: Cloud, _id: str, props: Props) -> None:
    cloud.events.remove_targets(Rule=props["rule"], Ids=[props["targetId"]])


def _check_target(props: Props) -> Faults:
    policy = known(props, "retryPolicy") or {}
    yield from within(policy, "maximumEventAgeInSeconds", 60, 86_400)
    yield from within(policy, "maximumRetryAttempts", 0, 185)


TYPES = (
    ResourceType(
        urn_type="aws:cloudwatch/eventRule:EventRule",
        create=_put_rule,
        read=_read_rule,
        update=_update_rule,
        delete=_delete_rule,
        retag=by_arn("events", argument="ResourceARN", style="Key"),
        check=_check_rule,
        replace=frozenset({"name"}),
        name="name",
        name_length=64,
        defaults={"description": "", "state": "ENABLED"},
    ),
    ResourceType(
        urn_type="aws:cloudwatch/eventTarget:EventTarget",
        create=_put_target,
        read=_read_target,
        update=_update_target,
        delete=_delete_target,
        check=_check_target,
        replace=frozenset({"rule", "targetId"}),
        name="targetId",
        name_length=64,
        defaults={"retryPolicy": {}},
    ),
)
