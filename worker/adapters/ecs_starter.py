"""Starts the fleet for a submission, by the same rules as the driver's `submit`; and the fleet that needs no starting."""

from collections.abc import Callable
from datetime import datetime

from worker.domain.fleet_control import Wishes
from worker.domain.scaling_terms import Reason
from worker.scaling_ports import ControlRecords, FleetService


class EcsStarter:
    """A `worker.ingress_ports.Starter` for a fleet of tasks."""

    def __init__(
        self,
        *,
        fleet: FleetService,
        records: ControlRecords,
        keep: Callable[[Wishes], None],
        instances: int,
        look: Callable[[], object],
    ) -> None:
        """Start so many of this service; `keep` writes what people want, which the controller only reads; `look` has that look now."""
        self._fleet = fleet
        self._records = records
        self._keep = keep
        self._instances = instances
        self._look = look

    def wake(self, now: datetime) -> None:
        """End a stop, then start: a running fleet keeps its size, one whose budget is spent stays down. The controller sees to the rest."""
        self._start(now)
        self._look()

    def _start(self, now: datetime) -> None:
        wishes = self._records.wishes()
        after = wishes.on_submission()
        if after != wishes:
            self._keep(after)
        if self._fleet.state().desired > 0:
            return
        look = self._records.last().record
        if look is not None and look.reason == Reason.BUDGET_ZERO.value and not look.is_stale(now):
            return
        workers = max(self._instances, after.minimum or 0, 1)
        if after.maximum is not None:
            workers = min(workers, after.maximum)
        if workers:
            self._fleet.set_desired(workers)


class SelfStarting:
    """A `worker.ingress_ports.Starter` for functions: Lambda starts them by itself."""

    def wake(self, now: datetime) -> None:
        """Do nothing."""
        del now
