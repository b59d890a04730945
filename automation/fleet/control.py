"""Starts, stops, restarts, scales and observes the fleet, of whatever kind it is.

The controller sets the size of a fleet of tasks as well, each minute: what a person sets is told to it first
(automation.fleet.size), and lasts. Lambda scales by itself within bounds that a person sets, and the budget narrows.
"""

from datetime import datetime
from typing import Protocol

from automation.fleet import size
from automation.fleet.access import AwsAccess
from automation.fleet.function_fleet import FunctionFleet
from automation.fleet.status import FleetStatus
from automation.fleet.task_fleet import TaskFleet
from components.compute.interface import ComputeType
from components.outputs import StackOutputs
from worker.domain.fleet_control import Hold, Wishes

MAXIMUM_WORKERS = 100
"""Refused above this: a typing error must not cost a fortune."""


class Fleet(Protocol):
    """What every kind of fleet can do. Raises Diagnostic where it is gone."""

    @property
    def least(self) -> int:
        """Fewest workers of a fleet that runs."""

    @property
    def is_scaled(self) -> bool:
        """A controller of ours scales it, by bounds and an idle timer; else the platform does."""

    def status(self) -> FleetStatus:
        """Observe."""

    def desired(self) -> int:
        """Return the number of workers asked for."""

    def resize(self, workers: int) -> None:
        """Ask for so many."""

    def replace_all(self) -> None:
        """Replace every worker."""


def fleet_of(access: AwsAccess, outputs: StackOutputs) -> Fleet:
    """Return the fleet of a stack."""
    if outputs.compute_type == ComputeType.LAMBDA:
        return FunctionFleet(access, outputs)
    return TaskFleet(access, outputs)


def fleet_status(access: AwsAccess, outputs: StackOutputs) -> FleetStatus:
    """Observe; raises Diagnostic where the fleet is gone."""
    return fleet_of(access, outputs).status()


def scale(access: AwsAccess, outputs: StackOutputs, workers: int) -> None:
    """Set the number of workers (0 to MAXIMUM_WORKERS) that the controller goes on from; ends a hold."""
    wishes = size.lift(access, outputs, is_submission=False)
    fleet_of(access, outputs).resize(_affordable(access, outputs, workers))
    size.tell_rescue(access, outputs, wishes)


def hold(
    access: AwsAccess, outputs: StackOutputs, workers: int, *, why: str, until: datetime | None = None
) -> Hold:
    """Set the number of workers, and have the controller keep it: it is told first, so that it never undoes it."""
    made = size.hold(access, outputs, workers, why=why, until=until)
    fleet_of(access, outputs).resize(_affordable(access, outputs, workers))
    size.tell_rescue(access, outputs, size.read_wishes(access, outputs))
    return made


def restart(access: AwsAccess, outputs: StackOutputs) -> None:
    """Replace every worker, of the same revision."""
    fleet_of(access, outputs).replace_all()


def wake(access: AwsAccess, outputs: StackOutputs) -> bool:
    """Start the fleet for work that was handed in, which ends a stop; True where it was stopped.

    Idempotent: a running fleet keeps its size. Where the budget is overspent nobody is started: the work waits.
    """
    return _started(access, outputs, size.lift(access, outputs, is_submission=True))


def start(access: AwsAccess, outputs: StackOutputs) -> bool:
    """Give the fleet back to the controller, and start it where it is stopped; True where it was."""
    held = size.read_wishes(access, outputs).hold
    is_started = _started(access, outputs, size.lift(access, outputs, is_submission=False))
    fleet = fleet_of(access, outputs)
    if held is not None and not held.is_stop and not (is_started or fleet.is_scaled) and fleet.desired():
        fleet.resize(_affordable(access, outputs, max(outputs.instances, fleet.least)))
    return is_started


def _started(access: AwsAccess, outputs: StackOutputs, wishes: Wishes) -> bool:
    size.tell_rescue(access, outputs, wishes)
    fleet = fleet_of(access, outputs)
    if fleet.desired() > 0 or size.is_out_of_money(access, outputs):
        return False
    most = MAXIMUM_WORKERS if wishes.maximum is None else wishes.maximum
    workers = min(max(outputs.instances, wishes.minimum or 0, fleet.least), most)
    if workers == 0:
        return False
    fleet.resize(_affordable(access, outputs, workers))
    return True


def _affordable(access: AwsAccess, outputs: StackOutputs, workers: int) -> int:
    """Return as many as the budget allows where Lambda would start them before anybody looks; tasks' controller looks soon enough."""
    is_scaled = fleet_of(access, outputs).is_scaled
    return workers if is_scaled else size.affordable_width(access, outputs, workers)
