"""The words of scaling: what is observed, what is decided and why."""

from dataclasses import dataclass
from enum import StrEnum

from worker.domain.scaling_history import Memory


class Budget(StrEnum):
    """What the budget allows."""

    NORMAL = "normal"
    FROZEN = "frozen"
    """100 % spent: no more workers than run now."""
    ZERO = "zero"
    """120 % spent: no workers; running jobs finish within their grace or go back to the queue."""


class Reason(StrEnum):
    """Why the fleet has the size that it has."""

    BACKLOG = "backlog"
    WAKE = "wake"
    STEADY = "steady"
    AT_MAXIMUM = "at-maximum"
    AT_MINIMUM = "at-minimum"
    SURPLUS = "surplus"
    IDLE_WAIT = "idle-wait"
    IDLE_STOP = "idle-stop"
    ASLEEP = "asleep"
    PAUSED = "paused"
    BUDGET_FROZEN = "budget-frozen"
    BUDGET_ZERO = "budget-zero"
    UNKNOWN = "unknown"
    NOT_STARTING = "not-starting"


@dataclass(frozen=True, kw_only=True)
class Observation:
    """One look at queue and fleet. None means that it could not be read."""

    now_seconds: float
    """Clock of the observer."""
    visible: int | None
    """Jobs that wait, all lanes."""
    in_flight: int | None
    """Jobs received and not yet acknowledged, all lanes."""
    desired: int
    """Desired number of workers as the platform has it; who can't read it can't change it either."""
    running: int | None
    """Workers that run."""
    busy: int | None = None
    """Workers with a job, from the roster."""
    jobs_per_worker: int = 1
    """Jobs at the same time within one worker."""
    oldest_age_seconds: float | None = None
    """Age of the oldest waiting job, if anybody knows; CloudWatch's is minutes old."""
    service_seconds: float | None = None
    """Mean time that recent jobs took."""
    start_seconds: float | None = None
    """Mean time from launch to the first receive of recent workers."""
    budget: Budget = Budget.NORMAL
    """What the budget allows."""
    is_paused: bool = False
    """A person set the number by hand (`stop`, `scale`) and has not given it back."""

    @property
    def busy_workers(self) -> int:
        """Workers with a job, at least: where the roster says nothing, as many as the messages in flight can keep busy."""
        in_flight = self.in_flight or 0
        if self.busy is not None:
            return max(self.busy, 1 if in_flight else 0)
        present = self.desired if self.running is None else self.running
        return min(present, -(-in_flight // max(self.jobs_per_worker, 1)))

    @property
    def is_idle(self) -> bool | None:
        """Nothing waits and nobody works; None where that can't be told."""
        if self.visible is None or self.in_flight is None:
            return None
        return self.visible + self.in_flight + self.busy_workers == 0

    @property
    def has_surplus(self) -> bool | None:
        """Nothing waits and somebody has no job; None where that can't be told."""
        if self.visible is None or self.in_flight is None:
            return None
        return self.visible == 0 and self.busy_workers < self.desired


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to set, why, and what to remember."""

    desired: int
    """Number of workers to set."""
    reason: Reason
    """Why, for programs."""
    sentence: str
    """Why, for `status`."""
    memory: Memory
    """To be given back with the next observation."""
