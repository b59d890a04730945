"""What the simulator takes a type of compute to be: its price, its start, and where both come from."""

from collections.abc import Mapping
from dataclasses import dataclass

MONTH_HOURS = 730.0


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One type of compute."""

    usd_per_hour: float
    """Of one worker that runs; of lambda, of one that has a job."""
    start_seconds: float
    """From launch to the first receive."""
    source: str
    """Of the price, with its date."""


OFFERS: Mapping[str, Offer] = {
    "ecs-fargate": Offer(
        usd_per_hour=0.12152,
        start_seconds=120.0,
        source="2 vCPU, 8 GB, x86, us-east-1, price list of 2026-09-11: 2 x $0.04048 + 8 x $0.004445, and $0.005 for its IPv4",
    ),
    "ec2-gpu": Offer(
        usd_per_hour=0.531,
        start_seconds=180.0,
        source="g4dn.xlarge on demand, us-east-1, $0.526 (SkyPilot catalog v8, 2026), and $0.005 for its IPv4",
    ),
    "lambda": Offer(
        usd_per_hour=0.60,
        start_seconds=10.0,
        source="10 GB, x86, us-east-1, $0.0000166667 a GB-second (2024-07), paid only while a job runs",
    ),
}
"""Type -> offer; starts are assumptions until a fleet has measured its own."""
