"""A budget can be changed, tagged, and tells whom it writes to."""

import json
from typing import Any

from moto.budgets.exceptions import NotFoundException
from moto.budgets.models import Budget, BudgetsBackend, budgets_backends
from moto.budgets.responses import BudgetsResponse
from moto.core.utils import unix_time
from moto.utilities.tagging_service import TaggingService

from automation.localaws.patches.replacement import extend

_TAGGERS: dict[tuple[str, str], TaggingService] = {}


def apply() -> None:
    """Add the actions that moto lacks: the provider changes budgets in place, as on AWS."""
    extend(
        BudgetsResponse,
        update_budget=_update_budget,
        describe_subscribers_for_notification=_describe_subscribers,
        tag_resource=_tag,
        untag_resource=_untag,
        list_tags_for_resource=_list_tags,
    )


def _backend(response: BudgetsResponse) -> BudgetsBackend:
    backend: BudgetsBackend = budgets_backends[response.current_account][response.partition]
    return backend


def _budget(response: BudgetsResponse, name: str) -> Budget:
    budgets = _backend(response).budgets[response._get_param("AccountId")]
    if name not in budgets:
        raise NotFoundException(f"Unable to get budget: {name} - the budget doesn't exist.")
    return budgets[name]


def _update_budget(self: BudgetsResponse) -> str:
    wanted = self._get_param("NewBudget")
    known = _budget(self, wanted["BudgetName"])
    period = wanted.get("TimePeriod") or known.budget["TimePeriod"]
    known.budget = {**wanted, "TimePeriod": period, "LastUpdatedTime": unix_time()}
    return "{}"


def _describe_subscribers(self: BudgetsResponse) -> str:
    wanted = _normal(self._get_param("Notification"))
    for one in _budget(self, self._get_param("BudgetName")).notifications:
        if _normal(one.details) == wanted:
            return json.dumps({"Subscribers": one.subscribers})
    raise NotFoundException("Unable to get subscribers: the notification doesn't exist.")


def _normal(notification: dict[str, Any]) -> dict[str, Any]:
    """The same notification may be asked for with 50 and 50.0, and without its state."""
    shown = {name: value for name, value in notification.items() if name != "NotificationState"}
    return {**shown, "Threshold": float(shown["Threshold"])}


def _tagger(response: BudgetsResponse) -> TaggingService:
    return _TAGGERS.setdefault((response.current_account, response.partition), TaggingService())


def _tag(self: BudgetsResponse) -> str:
    _tagger(self).tag_resource(self._get_param("ResourceARN"), _pairs(self._get_param("ResourceTags")))
    return "{}"


def _untag(self: BudgetsResponse) -> str:
    _tagger(self).untag_resource_using_names(
        self._get_param("ResourceARN"), self._get_param("ResourceTagKeys")
    )
    return "{}"


def _list_tags(self: BudgetsResponse) -> str:
    tags = _tagger(self).list_tags_for_resource(self._get_param("ResourceARN"))["Tags"]
    return json.dumps({"ResourceTags": tags})


def _pairs(tags: list[dict[str, str]] | None) -> list[dict[str, str]]:
    return [{"Key": tag["Key"], "Value": tag["Value"]} for tag in tags or []]
