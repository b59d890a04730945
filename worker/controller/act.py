"""Act: set the number of workers where it differs. Before it goes down, those that work are protected."""

from collections.abc import Sequence

from worker.domain.errors import StoreUnavailable
from worker.scaling_ports import FleetService

PROTECTED_MINUTES = 2
"""Long enough for the platform to choose others; it ends by itself, since a worker gives up only what it asked for."""


def act(fleet: FleetService, *, before: int, after: int, busy_tasks: Sequence[str]) -> str:
    """Return what went wrong, or nothing. Nobody is taken away where those that work can't be protected."""
    if after == before:
        return ""
    try:
        if 0 < after < before and busy_tasks:
            fleet.protect(busy_tasks, minutes=PROTECTED_MINUTES)
        fleet.set_desired(after)
    except StoreUnavailable as fault:
        return str(fault)
    return ""
