"""What is charged for: a charge is a quantity of something with a price, by month, by a worker's hour or by thousand jobs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from automation.cost.planned import PlannedResource
from automation.cost.usage import UseOfFleet
from components.prices import Price


class Per(StrEnum):
    """What a charge comes with."""

    MONTH = "month"
    """It is charged whether anything runs or not."""
    WORKER_HOUR = "worker-hour"
    """It is charged while a worker runs."""
    THOUSAND_JOBS = "1,000 jobs"
    """It is charged by request."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One thing that is charged for."""

    resource: str
    """Logical name of the resource."""
    what: str
    """In words."""
    per: Per
    """What it comes with."""
    quantity: float
    """Units for each of those."""
    price_key: str
    """Key in the price table."""


@dataclass(frozen=True, kw_only=True)
class PricedCharge:
    """A charge and its price, as far as there is one."""

    charge: Charge
    """What is charged for."""
    price: Price | None
    """None: unpriced."""

    @property
    def usd(self) -> float:
        """What it costs; 0 where it is unpriced, which is shown apart."""
        return self.price.usd * self.charge.quantity if self.price else 0.0


Rule = Callable[[PlannedResource, Sequence[PlannedResource], UseOfFleet], Iterable[Charge]]
"""(resource, all resources, use) -> charges."""


def number(inputs: Mapping[str, Any], name: str, default: float) -> float:
    """Read a number that the engine may hand over as text, or not at all while it is unknown."""
    try:
        return float(inputs.get(name, default))
    except (TypeError, ValueError):
        return default


def monthly(resource: PlannedResource, what: str, price_key: str, quantity: float) -> Charge:
    """Return a standing charge."""
    return Charge(resource=resource.name, what=what, per=Per.MONTH, quantity=quantity, price_key=price_key)


def by_job(resource: PlannedResource, what: str, price_key: str, each: float) -> Charge:
    """Return what 1,000 jobs add."""
    return Charge(
        resource=resource.name, what=what, per=Per.THOUSAND_JOBS, quantity=1000.0 * each, price_key=price_key
    )
