"""Budgets: an amount a month, and whom AWS tells at which share of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from automation.localaws.handler import Change, Faults, ResourceType, known, one_of
from automation.localaws.provider_cloud import Cloud
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import pairs, tags_of, unpaired

HOME_REGION = "us-east-1"
"""Budgets live there, wherever the stack is."""
MOST_NOTIFICATIONS = 10
MOST_ADDRESSES = 10
_OF_NOTIFICATION = {
    "comparisonOperator": "ComparisonOperator",
    "threshold": "Threshold",
    "thresholdType": "ThresholdType",
    "notificationType": "NotificationType",
}
_SUBSCRIBERS = {"EMAIL": "subscriberEmailAddresses", "SNS": "subscriberSnsTopicArns"}


def _client(cloud: Cloud) -> Any:
    return cloud.at(HOME_REGION).budgets


def _arn(cloud: Cloud, name: str) -> str:
    return f"arn:aws:budgets::{cloud.account}:budget/{name}"


def _name(budget_id: str) -> str:
    return budget_id.partition(":")[2]


def _budget(props: Props) -> dict[str, Any]:
    wanted = {
        "BudgetName": props["name"],
        "BudgetType": props["budgetType"],
        "TimeUnit": props["timeUnit"],
        "BudgetLimit": {"Amount": str(props["limitAmount"]), "Unit": props["limitUnit"]},
    }
    if props.get("filterExpression"):
        wanted["FilterExpression"] = _expression(props["filterExpression"])
    if props.get("metrics"):
        wanted["Metrics"] = [props["metrics"]]
    if props.get("costFilters"):
        wanted["CostFilters"] = {one["name"]: one["values"] for one in props["costFilters"]}
    return wanted


def _expression(wanted: Mapping[str, Any]) -> dict[str, Any]:
    shaped: dict[str, Any] = {}
    for ours, theirs in (("ands", "And"), ("ors", "Or")):
        if wanted.get(ours):
            shaped[theirs] = [_expression(one) for one in wanted[ours]]
    if wanted.get("tags"):
        shaped["Tags"] = {"Key": wanted["tags"]["key"], "Values": wanted["tags"]["values"]}
    if wanted.get("dimensions"):
        shaped["Dimensions"] = {"Key": wanted["dimensions"]["key"], "Values": wanted["dimensions"]["values"]}
    return shaped


def _unexpressed(found: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for theirs, ours in (("And", "ands"), ("Or", "ors")):
        if found.get(theirs):
            plain[ours] = [_unexpressed(one) for one in found[theirs]]
    for theirs, ours in (("Tags", "tags"), ("Dimensions", "dimensions")):
        if found.get(theirs):
            plain[ours] = {"key": found[theirs]["Key"], "values": found[theirs]["Values"]}
    return plain


def _notification(props: Mapping[str, Any]) -> dict[str, Any]:
    return {theirs: props[ours] for ours, theirs in _OF_NOTIFICATION.items()}


def _subscribers(props: Mapping[str, Any]) -> list[dict[str, str]]:
    return [
        {"SubscriptionType": kind, "Address": address}
        for kind, ours in _SUBSCRIBERS.items()
        for address in props.get(ours) or ()
    ]


def _create(cloud: Cloud, props: Props) -> str:
    notifications = [
        {"Notification": _notification(one), "Subscribers": _subscribers(one)}
        for one in props.get("notifications") or ()
    ]
    _client(cloud).create_budget(
        AccountId=cloud.account, Budget=_budget(props), NotificationsWithSubscribers=notifications
    )
    return f"{cloud.account}:{props['name']}"


def _finish(cloud: Cloud, budget_id: str, props: Props) -> None:
    if tags_of(props):
        _client(cloud).tag_resource(
            ResourceARN=_arn(cloud, _name(budget_id)), ResourceTags=pairs(tags_of(props))
        )


def _read(cloud: Cloud, budget_id: str, _props: Props) -> Props:
    client, name = _client(cloud), _name(budget_id)
    budget = client.describe_budget(AccountId=cloud.account, BudgetName=name)["Budget"]
    found: Props = {
        "accountId": cloud.account,
        "arn": _arn(cloud, name),
        "name": budget["BudgetName"],
        "budgetType": budget["BudgetType"],
        "timeUnit": budget["TimeUnit"],
        "limitAmount": budget["BudgetLimit"]["Amount"],
        "limitUnit": budget["BudgetLimit"]["Unit"],
        "notifications": list(_notifications(cloud, name)),
        "tagsAll": unpaired(client.list_tags_for_resource(ResourceARN=_arn(cloud, name))["ResourceTags"]),
    }
    if budget.get("FilterExpression"):
        found["filterExpression"] = _unexpressed(budget["FilterExpression"])
    if budget.get("Metrics"):
        found["metrics"] = budget["Metrics"][0]
    if budget.get("CostFilters"):
        filters = budget["CostFilters"].items()
        found["costFilters"] = [{"name": key, "values": values} for key, values in filters]
    return found


def _notifications(cloud: Cloud, name: str) -> Iterable[Props]:
    client, of_budget = _client(cloud), {"AccountId": cloud.account, "BudgetName": name}
    for one in client.describe_notifications_for_budget(**of_budget)["Notifications"]:
        asked = {theirs: one[theirs] for theirs in _OF_NOTIFICATION.values()}
        subscribers = client.describe_subscribers_for_notification(**of_budget, Notification=asked)
        shown: Props = {ours: one[theirs] for ours, theirs in _OF_NOTIFICATION.items()}
        for kind, ours in _SUBSCRIBERS.items():
            addresses = [
                each["Address"] for each in subscribers["Subscribers"] if each["SubscriptionType"] == kind
            ]
            if addresses:
                shown[ours] = addresses
        yield shown


def _update(cloud: Cloud, change: Change) -> None:
    client, of_budget = _client(cloud), {"AccountId": cloud.account, "BudgetName": _name(change.id)}
    client.update_budget(AccountId=cloud.account, NewBudget=_budget(change.new))
    if change.touches("notifications"):
        for one in client.describe_notifications_for_budget(**of_budget)["Notifications"]:
            client.delete_notification(**of_budget, Notification=one)
        for one in change.new.get("notifications") or ():
            client.create_notification(
                **of_budget, Notification=_notification(one), Subscribers=_subscribers(one)
            )


def _retag(cloud: Cloud, budget_id: str, _props: Props, tags: Mapping[str, str], gone: Sequence[str]) -> None:
    arn = _arn(cloud, _name(budget_id))
    if gone:
        _client(cloud).untag_resource(ResourceARN=arn, ResourceTagKeys=list(gone))
    if tags:
        _client(cloud).tag_resource(ResourceARN=arn, ResourceTags=pairs(tags))


def _delete(cloud: Cloud, budget_id: str, _props: Props) -> None:
    _client(cloud).delete_budget(AccountId=cloud.account, BudgetName=_name(budget_id))


def _check(props: Props) -> Faults:
    yield from one_of(props, "timeUnit", ("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY", "CUSTOM"))
    yield from one_of(props, "budgetType", ("COST", "USAGE"))
    amount = known(props, "limitAmount")
    if amount is not None and not _is_positive(amount):
        yield "limitAmount", "'limitAmount' must be a number above 0"
    if bool(props.get("filterExpression")) != bool(props.get("metrics")):
        yield "metrics", "'metrics' and 'filterExpression' need each other"
    yield from _notification_faults(props)


def _notification_faults(props: Props) -> Faults:
    notifications = known(props, "notifications") or ()
    if len(notifications) > MOST_NOTIFICATIONS:
        yield "notifications", f"a budget has at most {MOST_NOTIFICATIONS} notifications"
    for one in notifications:
        if not isinstance(one, Mapping):
            continue
        addresses = known(dict(one), "subscriberEmailAddresses") or ()
        if not any(one.get(ours) for ours in _SUBSCRIBERS.values()):
            yield "notifications", "a notification needs somebody to tell"
        if len(addresses) > MOST_ADDRESSES:
            yield "notifications", f"a notification has at most {MOST_ADDRESSES} addresses"


def _is_positive(amount: object) -> bool:
    try:
        return float(str(amount)) > 0
    except ValueError:
        return False


TYPES = (
    ResourceType(
        urn_type="aws:budgets/budget:Budget",
        create=_create,
        finish=_finish,
        read=_read,
        update=_update,
        delete=_delete,
        retag=_retag,
        check=_check,
        replace=frozenset({"name", "namePrefix", "accountId"}),
        name="name",
        name_length=100,
        computed=frozenset({"accountId", "costTypes", "timePeriodStart", "timePeriodEnd"}),
    ),
)
