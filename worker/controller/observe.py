"""Observe: one look at lanes, workers and past jobs. What can't be read is None, and said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.domain.controller_settings import ControllerSettings
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import LaneDepth, ServiceState, WorkerSeen
from worker.domain.ledger_schema import WORKER_SILENCE_SECONDS
from worker.domain.scaling_terms import Budget, Observation
from worker.scaling_ports import Activity, FleetService, Lanes

RECENT_SECONDS = 600.0
"""Workers that are younger show how long a start takes now."""
LONGEST_START_SECONDS = 1800.0
"""What takes longer was no start: two clocks differ."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen."""

    observation: Observation
    """For the policy."""
    workers: tuple[WorkerSeen, ...] | None = None
    """All in the roster, the silent ones, too; None where it can't be read."""
    troubles: tuple[str, ...] = ()
    """What could not be read."""


class Observer:
    """Looks."""

    def __init__(
        self, *, lanes: Lanes, fleet: FleetService, activity: Activity, settings: ControllerSettings
    ) -> None:
        """Look at these."""
        self._lanes = lanes
        self._fleet = fleet
        self._activity = activity
        self._settings = settings

    def look(self, now: datetime, service: ServiceState, *, is_thorough: bool) -> Look:
        """Look at everything but the service, which was read before; times are measured only where it is thorough."""
        troubles: list[str] = []
        depth = self._depth(troubles)
        roster = self._roster(troubles)
        workers = None if roster is None else _heard(roster, now)
        seen = Observation(
            now_seconds=now.timestamp(),
            visible=None if depth is None else depth.visible,
            in_flight=None if depth is None else depth.in_flight,
            desired=service.desired,
            running=service.running,
            busy=self._busy(depth, workers, service),
            jobs_per_worker=self._settings.concurrency,
            budget=Budget.NORMAL,
        )
        if is_thorough and service.desired + (seen.visible or 0) > 0:
            seen = self._measured(seen, now, workers or (), troubles)
        return Look(
            observation=seen,
            workers=None if roster is None else tuple(roster),
            troubles=tuple(troubles),
        )

    def _depth(self, troubles: list[str]) -> LaneDepth | None:
        try:
            return self._lanes.depth()
        except StoreUnavailable as fault:
            troubles.append(str(fault))
            return None

    def _roster(self, troubles: list[str]) -> Sequence[WorkerSeen] | None:
        try:
            return self._activity.workers()
        except StoreUnavailable as fault:
            troubles.append(str(fault))
            return None

    def _busy(
        self, depth: LaneDepth | None, workers: Sequence[WorkerSeen] | None, service: ServiceState
    ) -> int | None:
        """Count those that say so, and no fewer than the messages in flight keep busy: a report is half a minute old."""
        if workers is None or depth is None:
            return None
        said = sum(1 for worker in workers if worker.running and not worker.is_draining)
        implied = min(service.running, -(-depth.in_flight // max(self._settings.concurrency, 1)))
        return max(said, implied)

    def _measured(
        self, seen: Observation, now: datetime, workers: Sequence[WorkerSeen], troubles: list[str]
    ) -> Observation:
        young = {
            worker.task_arn: worker.started_at
            for worker in workers
            if worker.task_arn and (now - worker.started_at).total_seconds() < RECENT_SECONDS
        }
        try:
            service_seconds = self._activity.service_seconds()
            asked = self._fleet.asked_for_at(sorted(young)) if young else {}
        except StoreUnavailable as fault:
            troubles.append(str(fault))
            return seen
        starts = [(young[task] - moment).total_seconds() for task, moment in asked.items()]
        sound = [seconds for seconds in starts if 0 < seconds < LONGEST_START_SECONDS]
        return replace(
            seen,
            service_seconds=service_seconds or None,
            start_seconds=sum(sound) / len(sound) if sound else None,
        )


def _heard(roster: Sequence[WorkerSeen], now: datetime) -> list[WorkerSeen]:
    return [one for one in roster if (now - one.seen_at).total_seconds() <= WORKER_SILENCE_SECONDS]
