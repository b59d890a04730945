"""Pure: what a leftover costs a month by being there; what is charged by its size, or has no price here, is unpriced."""

import re
from collections.abc import Iterable

from automation.cost.leftovers import Leftover
from components.prices import HOURS_A_MONTH, PriceTable

FREE_SERVICES = frozenset(
    {
        "sqs",
        "sns",
        "iam roles",
        "iam policies",
        "ecs task definitions",
        "scalable targets",
        "apigatewayv2 apis",
        "apigatewayv2 vpc links",
        "budgets",
        "codebuild",
        "ec2",
    }
)
"""Charged by request or not at all: nothing a month by being there."""
_MONTHLY = {"cloudwatch alarms": "alarm_month", "servicediscovery": "hosted_zone_month"}
_BY_ARN: tuple[tuple[re.Pattern[str], str, float], ...] = (
    (re.compile(r":natgateway/"), "nat_hour", HOURS_A_MONTH),
    (re.compile(r":loadbalancer/app/"), "alb_hour", HOURS_A_MONTH),
    (re.compile(r":elastic-ip/"), "public_ipv4_hour", HOURS_A_MONTH),
    (re.compile(r":secretsmanager:.*:secret:"), "secret_month", 1.0),
    (re.compile(r":cloudwatch:.*:alarm:"), "alarm_month", 1.0),
    (re.compile(r":dashboard/"), "dashboard_month", 1.0),
)
_FREE_ARN = re.compile(
    r":(sqs|sns|iam|events|scheduler|apigateway|ssm|codebuild):|:ec2:.*:(vpc|subnet|security-group|security-group-rule|route-table|"
    r"internet-gateway|launch-template)/|:ecs:.*:(task-definition|service)/|:lambda:.*:function:|:budgets:"
)


def monthly_usd(leftover: Leftover, table: PriceTable, region: str) -> float | None:
    """Return dollars a month; None where it is unpriced."""
    if leftover.service in FREE_SERVICES:
        return 0.0
    if leftover.service in _MONTHLY:
        return _times(table, _MONTHLY[leftover.service], region, 1.0)
    for pattern, key, quantity in _BY_ARN:
        if pattern.search(leftover.identity):
            return _times(table, key, region, quantity)
    return 0.0 if _FREE_ARN.search(leftover.identity) else None


def total_usd(costs: Iterable[float | None]) -> tuple[float, int]:
    """Return what is known together, and how many are unpriced."""
    listed = list(costs)
    return sum(one for one in listed if one is not None), sum(one is None for one in listed)


def _times(table: PriceTable, key: str, region: str, quantity: float) -> float | None:
    price = table.find(key, region)
    return price.usd * quantity if price else None
