"""Pure: how the fleet is shared between capacity on demand and spare capacity."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.choices import Spot

ON_DEMAND = "FARGATE"
ON_SPOT = "FARGATE_SPOT"


@dataclass(frozen=True, kw_only=True)
class CapacityShare:
    """A provider's part of the fleet."""

    provider: str
    """FARGATE or FARGATE_SPOT."""
    base: int
    """Tasks that it gets before anything is shared."""
    weight: int
    """Its part of the rest."""


FARGATE_SHARES: Mapping[Spot, tuple[CapacityShare, ...]] = {
    Spot.NONE: (CapacityShare(provider=ON_DEMAND, base=0, weight=1),),
    Spot.MIXED: (
        CapacityShare(provider=ON_DEMAND, base=1, weight=1),
        CapacityShare(provider=ON_SPOT, base=0, weight=3),
    ),
    Spot.ONLY: (CapacityShare(provider=ON_SPOT, base=0, weight=1),),
}


@dataclass(frozen=True, kw_only=True)
class InstanceShare:
    """The same for the instances of an Auto Scaling group."""

    on_demand_base: int
    """Instances on demand before anything is shared."""
    on_demand_percentage: int
    """On-demand part of the rest."""


INSTANCE_SHARES: Mapping[Spot, InstanceShare] = {
    Spot.NONE: InstanceShare(on_demand_base=0, on_demand_percentage=100),
    Spot.MIXED: InstanceShare(on_demand_base=1, on_demand_percentage=25),
    Spot.ONLY: InstanceShare(on_demand_base=0, on_demand_percentage=0),
}
