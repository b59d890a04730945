"""Pure: the words that a stack's settings choose from."""

from enum import StrEnum


class Spot(StrEnum):
    """How much of the fleet runs on spare capacity, which AWS may take back with two minutes' notice."""

    NONE = "none"
    MIXED = "mixed"
    ONLY = "only"


class Architecture(StrEnum):
    """Processor of the tasks."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


class NetworkKind(StrEnum):
    """Where workers live, and how they reach AWS."""

    PUBLIC = "public"
    PRIVATE_NAT = "private-nat"
    PRIVATE_ENDPOINTS = "private-endpoints"

    @property
    def is_private(self) -> bool:
        """Whether workers have no address on the internet."""
        return self is not NetworkKind.PUBLIC


class Balancer(StrEnum):
    """What spreads the front door's requests over the workers."""

    NONE = "none"
    ALB = "alb"
