"""What AWS Budgets says of a stack's budget, and whom it tells."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from automation.fleet.access import AwsAccess
from components.naming import Names

HOME_REGION = "us-east-1"
_ABSENT = frozenset({"NotFoundException", "ResourceNotFoundException"})


@dataclass(frozen=True, kw_only=True)
class Alert:
    """When somebody is told."""

    percent: float
    """Share of the budget."""
    kind: str
    """actual or forecasted."""
    told: tuple[str, ...]
    """Addresses and topics."""


@dataclass(frozen=True, kw_only=True)
class AwsBudget:
    """A budget as AWS has it."""

    name: str
    """Its name."""
    limit_usd: float
    """What a month may cost."""
    actual_usd: float
    """What AWS knows of; hours behind."""
    forecast_usd: float | None
    """What AWS expects; None where it knows too little."""
    alerts: tuple[Alert, ...]
    """Rising."""


def read_budget(access: AwsAccess, names: Names) -> AwsBudget | None:
    """Return a stack's budget; None where AWS has none."""
    client = AwsAccess(region=HOME_REGION, endpoint=access.endpoint).client("budgets")
    of_budget = {"AccountId": access.account_id(), "BudgetName": names.part("month")}
    try:
        budget = client.describe_budget(**of_budget)["Budget"]
    except ClientError as fault:
        if fault.response["Error"]["Code"] in _ABSENT:
            return None
        raise
    spent = budget.get("CalculatedSpend", {})
    forecast = spent.get("ForecastedSpend")
    return AwsBudget(
        name=budget["BudgetName"],
        limit_usd=float(budget["BudgetLimit"]["Amount"]),
        actual_usd=float(spent.get("ActualSpend", {}).get("Amount", 0.0)),
        forecast_usd=float(forecast["Amount"]) if forecast else None,
        alerts=_alerts(client, of_budget),
    )


def _alerts(client: Any, of_budget: dict[str, str]) -> tuple[Alert, ...]:
    found = []
    for one in client.describe_notifications_for_budget(**of_budget).get("Notifications", []):
        asked = {name: value for name, value in one.items() if name != "NotificationState"}
        told = client.describe_subscribers_for_notification(**of_budget, Notification=asked)
        found.append(
            Alert(
                percent=float(one["Threshold"]),
                kind=str(one["NotificationType"]).lower(),
                told=tuple(sorted(each["Address"] for each in told["Subscribers"])),
            )
        )
    return tuple(sorted(found, key=lambda alert: (alert.percent, alert.kind)))
