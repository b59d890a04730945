"""What the simulator takes a type of compute to be: what an hour of it uses up, and its start. Prices are those of the price table."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.prices import HOURS_A_MONTH, PriceTable
from components.worker_rate import TaskShape, Use, task_hour

__all__ = ["HOURS_A_MONTH", "TYPES", "Offer", "offers"]

REGION = "us-east-1"
LAMBDA_GB = 10.0


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One type of compute."""

    usd_per_hour: float
    """Of one worker that runs; of lambda, of one that has a job."""
    start_seconds: float
    """From launch to the first receive."""
    source: str
    """Of the price, with its date."""


@dataclass(frozen=True, kw_only=True)
class _Machine:
    what: str
    uses: tuple[Use, ...]
    start_seconds: float


_MACHINES: Mapping[str, _Machine] = {
    "ecs-fargate": _Machine(
        what="2 vCPU, 8 GB, x86",
        uses=task_hour(TaskShape(vcpu=2, memory_gb=8, architecture="x86_64"), spot_share=0.0),
        start_seconds=120.0,
    ),
    "ec2-gpu": _Machine(
        what="g4dn.xlarge on demand",
        uses=(
            Use(price_key="ec2_hour.g4dn.xlarge", quantity=1, what="instance"),
            Use(price_key="public_ipv4_hour", quantity=1, what="public IPv4 address"),
        ),
        start_seconds=180.0,
    ),
    "lambda": _Machine(
        what="10 GB, x86, paid only while a job runs",
        uses=(
            Use(price_key="lambda_gb_second.x86_64", quantity=LAMBDA_GB * 3600, what="GB-seconds an hour"),
        ),
        start_seconds=10.0,
    ),
}
"""Starts are assumptions until a fleet has measured its own."""
TYPES = tuple(_MACHINES)


def offers(table: PriceTable, region: str = REGION) -> dict[str, Offer]:
    """Return type -> offer at a table's prices; raises ValueError where one is missing."""
    return {name: _offer(machine, table, region) for name, machine in _MACHINES.items()}


def _offer(machine: _Machine, table: PriceTable, region: str) -> Offer:
    total, parts = 0.0, []
    for use in machine.uses:
        price = table.find(use.price_key, region)
        if price is None:
            raise ValueError(f"no price of {use.what} ({use.price_key}) in {region}")
        total += price.usd * use.quantity
        parts.append(f"{use.quantity:g} x ${price.usd:.10g} {use.what} ({price.as_of})")
    source = f"{machine.what}, {region}: {', '.join(parts)}"
    return Offer(usd_per_hour=total, start_seconds=machine.start_seconds, source=source)
