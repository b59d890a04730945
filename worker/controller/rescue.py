"""Rescue: tells the alarms that act without a controller what they may do, as long as there is one to tell it."""

from datetime import datetime

from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import SizeRecord, Terms, Wishes
from worker.domain.rescue import Permits, permits
from worker.domain.scaling_terms import Budget
from worker.scaling_ports import Rescue


class RescueKeeper:
    """Says it where it changed, and once where somebody else may have said something else meanwhile."""

    def __init__(self, rescue: Rescue) -> None:
        """Speak to these alarms."""
        self._rescue = rescue
        self._said: Permits | None = None

    def look(
        self, now: datetime, *, before: SizeRecord | None, wishes: Wishes, terms: Terms, budget: Budget
    ) -> str:
        """Return what went wrong, or nothing. After a silence of ours the CLI may have spoken to the alarms itself."""
        allowed = permits(hold=wishes.hold_at(now), terms=terms, may_spend=budget is Budget.NORMAL)
        was_silent = before is None or before.is_stale(now)
        if allowed == self._said and not was_silent:
            return ""
        try:
            self._rescue.permit(allowed)
        except StoreUnavailable as fault:
            self._said = None
            return str(fault)
        self._said = allowed
        return ""
