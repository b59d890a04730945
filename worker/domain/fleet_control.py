"""What people want of the fleet's size, and what the controller decided last: values that CLI and controller share by the ledger. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from worker.domain.closing import Ask
from worker.domain.scaling_history import Memory

MINUTE_SECONDS = 60.0
LOOKS_MISSED = 3
"""Whoever should look and has missed so many looks is dead: the controller of a fleet of tasks after three minutes."""


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A number of workers that a person set; the controller keeps it until it ends."""

    desired: int
    """Workers."""
    why: str
    """Reason that was given."""
    by: str
    """Who."""
    since: datetime
    """From when on."""
    until: datetime | None = None
    """It ends by itself then; None: a person ends it, and a submission ends a stop."""

    @property
    def is_stop(self) -> bool:
        """Nobody works."""
        return self.desired == 0

    @property
    def end(self) -> str:
        """Until when it lasts, in words."""
        if self.until is not None:
            return f"until {self.until:%Y-%m-%d %H:%M} UTC, or start"
        return "until start or submit" if self.is_stop else "until start"


@dataclass(frozen=True, kw_only=True)
class AutoStop:
    """When an idle fleet stops."""

    minutes: float | None
    """Idle minutes; 0: never; None: whatever the past pauses between work make cheapest."""

    @property
    def is_never(self) -> bool:
        """It does not stop by itself."""
        return self.minutes == 0


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What people asked for while the fleet runs; None stands for what was deployed."""

    hold: Hold | None = None
    """A number set by hand."""
    minimum: int | None = None
    """Workers that are always there."""
    maximum: int | None = None
    """Most workers."""
    auto_stop: AutoStop | None = None
    """When an idle fleet stops."""

    def hold_at(self, now: datetime) -> Hold | None:
        """Return the hold, unless it has ended."""
        hold = self.hold
        return None if hold is None or (hold.until is not None and hold.until <= now) else hold

    def on_submission(self) -> "Wishes":
        """Return the wishes after work was handed in: it ends a stop."""
        return replace(self, hold=None) if self.hold is not None and self.hold.is_stop else self


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The bounds that the last decision kept."""

    minimum: int
    """Workers that are always there."""
    maximum: int
    """Most workers."""
    idle_seconds: float | None
    """Idle timer; None where the fleet never stops."""


@dataclass(frozen=True, kw_only=True)
class SizeRecord:
    """The last look of the controller."""

    looked_at: datetime
    """When."""
    desired: int | None
    """Workers that it wants; None where ECS could not be read."""
    reason: str
    """Why, for programs: a `worker.domain.scaling_terms.Reason`."""
    sentence: str
    """Why, for people."""
    since: datetime
    """Since when it wants this number for this reason."""
    terms: Terms
    """Bounds."""
    next_at: datetime | None = None
    """When the size changes next if nothing happens; None: not by time."""
    next_change: str = ""
    """What happens then, or what it waits for."""
    trouble: str = ""
    """What could not be read or done: held, and tried again at the next look."""
    budget: str = ""
    """Where the month stands."""
    memory: Memory = field(default_factory=Memory)
    """Of the policy."""
    ask: Ask = field(default_factory=Ask)
    """Whom it asks to take no more work."""
    every_seconds: float = MINUTE_SECONDS
    """The next look comes within this time."""

    def is_stale(self, now: datetime) -> bool:
        """Tell whether the controller has been silent for too long."""
        return (now - self.looked_at).total_seconds() > LOOKS_MISSED * self.every_seconds


@dataclass(frozen=True, kw_only=True)
class SizeChange:
    """A change that the controller made."""

    at: datetime
    """When."""
    before: int
    """Workers wanted before."""
    after: int
    """Workers wanted from then on."""
    reason: str
    """Why, for programs."""
    sentence: str
    """Why, for people."""


@dataclass(frozen=True, kw_only=True)
class LaneDepth:
    """All lanes together."""

    visible: int
    """Jobs that wait."""
    in_flight: int
    """Jobs received and not yet acknowledged."""


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """The platform's service."""

    desired: int
    """Workers asked for."""
    running: int
    """Workers that run."""
    pending: int
    """Workers that start."""
    last_event: str = ""
    """What the platform said last."""


@dataclass(frozen=True, kw_only=True)
class WorkerSeen:
    """A worker as it stands in the roster."""

    task_arn: str
    """Its task; empty where it runs in none."""
    started_at: datetime
    """Since when its process runs."""
    seen_at: datetime
    """When it was last heard."""
    running: int
    """Jobs under way then."""
    is_draining: bool
    """It takes no more."""
    worker_id: str = ""
    """Its name."""
    closed_for: int | None = None
    """Number of the ask that it answered: it has no job and takes none; None: it works."""
