"""Act: set the number of workers where it differs. Before it goes down, and as long as some are still to go, all others are protected."""

from collections.abc import Sequence

from worker.domain.errors import StoreUnavailable
from worker.scaling_ports import FleetService

PROTECTED_MINUTES = 2
"""Long enough for the platform to choose others; it ends by itself, since a worker gives up only what it asked for."""


def act(fleet: FleetService, *, before: int, after: int, spared: Sequence[str]) -> str:
    """Return what went wrong, or nothing. Nobody is taken away where `spared` tasks can't be protected."""
    try:
        if after > 0 and spared:
            fleet.protect(spared, minutes=PROTECTED_MINUTES)
        if after != before:
            fleet.set_desired(after)
    except StoreUnavailable as fault:
        return str(fault)
    return ""
