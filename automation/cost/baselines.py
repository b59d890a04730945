"""Every saving beside its baseline: the original plan's figures, reproduced from the same prices, and what this design does to them.

The original plan promised $103 to $120 a month and a saving of 46 to 68 %. Both hold together for a design with a load balancer and
a NAT gateway, x86, two tasks of 2 vCPU and 8 GB, of which the tasks run 21 to 31 % of the time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from automation.cost import usage
from automation.cost.estimate import Estimate
from components.prices import HOURS_A_MONTH, PriceTable

ORIGINAL_MONTH_USD = (103.0, 120.0)
ORIGINAL_SAVING = (0.46, 0.68)
TASKS = 2
TASK_VCPU = 2.0
TASK_GB = 8.0
DUTIES = (0.21, 0.27, 0.31)
"""The middle one is eight hours on 22 days with what bursts add."""
_ALARMS = 10
_COST_EXPLORER_CALLS = 30
_CONTROLLER_GB_SECONDS = 43_800 * 0.5 * 0.125
"""A look each minute, half a second long, with 128 MB."""
_IMAGES_GB = 3.0
_S3_PUTS = 10_000
_ZONES = 2


@dataclass(frozen=True, kw_only=True)
class Design:
    """A way to build the fleet, as fixed cost and cost by the hour."""

    name: str
    """In words."""
    fixed_usd: float
    """A month in which nothing runs."""
    hour_usd: float
    """An hour in which all workers run."""

    @property
    def always_on_usd(self) -> float:
        """A month in which they never stop: the baseline."""
        return self.month_usd(1.0)

    def month_usd(self, duty: float) -> float:
        """A month in which they run that part of the time."""
        return self.fixed_usd + self.hour_usd * HOURS_A_MONTH * duty

    def saving(self, duty: float) -> float:
        """Part of the baseline that stopping saves, 0 to 1; it can't pass 1 - fixed / always on."""
        return 1.0 - self.month_usd(duty) / self.always_on_usd if self.always_on_usd else 0.0

    def duty_for_saving(self, saving: float) -> float:
        """Part of the time that the workers may run for that saving; negative where it can't be reached."""
        running = self.always_on_usd - self.fixed_usd
        return 1.0 - saving * self.always_on_usd / running if running else 0.0


def original_plan(table: PriceTable, region: str) -> Design | None:
    """Price the original plan; None where the region lacks one of its prices."""
    return _design(
        "original plan: load balancer, NAT gateway, 2 × 2 vCPU/8 GB x86", table, region, is_lean=False
    )


def original_fleet_without_them(table: PriceTable, region: str) -> Design | None:
    """Price the same two tasks without load balancer and NAT gateway, each with an address while it runs."""
    return _design("the same tasks in this design: neither of them", table, region, is_lean=True)


def this_stack(estimate: Estimate) -> Design:
    """Return the stack of an estimate."""
    return Design(
        name=f"this stack as planned, {estimate.use.workers} worker{'' if estimate.use.workers == 1 else 's'}",
        fixed_usd=estimate.monthly_fixed_usd,
        hour_usd=estimate.busy_hour_usd,
    )


def compared(estimate: Estimate, table: PriceTable) -> Sequence[Design]:
    """Return the designs to show side by side, as far as the region has prices for them."""
    region = estimate.region
    found = (
        original_plan(table, region),
        original_fleet_without_them(table, region),
        this_stack(estimate) if estimate.use.workers else None,
    )
    return [design for design in found if design is not None]


def _design(name: str, table: PriceTable, region: str, *, is_lean: bool) -> Design | None:
    fixed = _BASE_SERVICES + (() if is_lean else _ENTRANCE_AND_EXIT)
    hour = (*_TASK_HOUR, ("public_ipv4_hour", 1.0)) if is_lean else _TASK_HOUR
    fixed_usd, hour_usd = _total(fixed, table, region), _total(hour, table, region)
    if fixed_usd is None or hour_usd is None:
        return None
    return Design(name=name, fixed_usd=fixed_usd, hour_usd=TASKS * hour_usd)


def _total(parts: Sequence[tuple[str, float]], table: PriceTable, region: str) -> float | None:
    total = 0.0
    for key, quantity in parts:
        price = table.find(key, region)
        if price is None:
            return None
        total += price.usd * quantity
    return total


_TASK_HOUR = (("fargate_vcpu_hour.x86_64", TASK_VCPU), ("fargate_gb_hour.x86_64", TASK_GB))
_BASE_SERVICES = (
    ("logs_gb", usage.LOGS_GB_A_MONTH),
    ("logs_gb_month", usage.LOGS_GB_A_MONTH),
    ("alarm_month", _ALARMS),
    ("metric_month", usage.INSIGHTS_METRICS),
    ("ecr_gb_month", _IMAGES_GB),
    ("s3_gb_month", usage.STORED_RESULTS_GB),
    ("s3_put", _S3_PUTS),
    ("secret_month", 1),
    ("lambda_gb_second.x86_64", _CONTROLLER_GB_SECONDS),
    ("cost_explorer_call", _COST_EXPLORER_CALLS),
)
_ENTRANCE_AND_EXIT = (
    ("alb_hour", HOURS_A_MONTH),
    ("alb_lcu_hour", usage.ALB_CAPACITY_UNITS * HOURS_A_MONTH),
    ("public_ipv4_hour", (_ZONES + 1) * HOURS_A_MONTH),
    ("nat_hour", HOURS_A_MONTH),
    ("nat_gb", usage.NAT_GB_A_MONTH),
)
