"""Pure: what one worker uses up in an hour. The estimate prices a plan with it, and the meter a running fleet."""

from collections.abc import Iterable
from dataclasses import dataclass

from components.prices import PriceTable

MIB_A_GB = 1024.0
INCLUDED_STORAGE_GB = 20.0
"""Disk of a Fargate task that costs nothing more."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """A quantity of something that has a price."""

    price_key: str
    """Key in the price table."""
    quantity: float
    """Units."""
    what: str
    """In words."""


@dataclass(frozen=True, kw_only=True)
class TaskShape:
    """What Fargate charges a task for."""

    vcpu: float
    """Processors."""
    memory_gb: float
    """Memory."""
    architecture: str
    """x86_64 or arm64."""
    storage_gb: float = INCLUDED_STORAGE_GB
    """Disk."""
    has_public_address: bool = True
    """It has a public IPv4 address of its own."""


def task_hour(shape: TaskShape, *, spot_share: float) -> tuple[Use, ...]:
    """Return what a task uses up in an hour; `spot_share`, 0 to 1, is the part of the fleet that runs on Spot."""
    uses: list[Use] = []
    for market, share in (("", 1.0 - spot_share), ("_spot", spot_share)):
        if share > 0:
            words = " on Spot" if market else ""
            uses += [
                Use(
                    price_key=f"fargate{market}_vcpu_hour.{shape.architecture}",
                    quantity=shape.vcpu * share,
                    what=f"vCPU {shape.architecture}{words}",
                ),
                Use(
                    price_key=f"fargate{market}_gb_hour.{shape.architecture}",
                    quantity=shape.memory_gb * share,
                    what=f"GB of memory {shape.architecture}{words}",
                ),
            ]
    if shape.storage_gb > INCLUDED_STORAGE_GB:
        more = shape.storage_gb - INCLUDED_STORAGE_GB
        uses.append(Use(price_key="fargate_storage_gb_hour", quantity=more, what="GB of disk over 20"))
    if shape.has_public_address:
        uses.append(Use(price_key="public_ipv4_hour", quantity=1, what="public IPv4 address"))
    return tuple(uses)


def spot_share_of(capacity: Iterable[tuple[str, int, int]], workers: int) -> float:
    """Return the part of a fleet of so many workers that is on Spot; each share is (provider, base, weight)."""
    shares = list(capacity)
    weights = sum(weight for _, _, weight in shares)
    on_spot = sum(
        base + weight / weights * max(workers - sum(one for _, one, _ in shares), 0)
        for provider, base, weight in shares
        if provider.endswith("_SPOT") and weights
    )
    return min(on_spot / workers, 1.0) if workers > 0 else 0.0


def uses_usd(uses: Iterable[Use], table: PriceTable, region: str) -> float | None:
    """Price quantities; None where a price is missing: a meter without a price must not count as free."""
    total = 0.0
    for use in uses:
        price = table.find(use.price_key, region)
        if price is None:
            return None
        total += price.usd * use.quantity
    return total
