"""Every side effect of the controller, on one page. It runs as a function of its own, one thing after the other: nothing here is async."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from worker.domain.budget import FunctionTime, Meter
from worker.domain.fleet_control import LaneDepth, ServiceState, SizeChange, SizeRecord, Wishes, WorkerSeen
from worker.domain.later import KeptJob
from worker.domain.rescue import Permits


class Lanes(Protocol):
    """What waits. Raises StoreUnavailable."""

    def depth(self) -> LaneDepth:
        """Ask every lane itself: CloudWatch is minutes behind."""


class FleetService(Protocol):
    """The service whose size is set. Raises StoreUnavailable."""

    def state(self) -> ServiceState:
        """How it is."""

    def set_desired(self, count: int) -> None:
        """Ask for so many workers."""

    def protect(self, tasks: Sequence[str], *, minutes: int) -> None:
        """Keep the platform from choosing these when it takes some away; who is protected for longer stays so."""

    def asked_for_at(self, tasks: Sequence[str]) -> Mapping[str, datetime]:
        """When each was asked for; those that nobody knows are left out."""


class Intake(Protocol):
    """What feeds a fleet of functions, lane by lane. Raises StoreUnavailable."""

    def widths(self) -> Mapping[str, int]:
        """How many batches of each lane may run at once; 0 takes nothing."""

    def set_width(self, mapping: str, width: int) -> None:
        """Let so many of a lane run; what runs already ends as it would."""


class Usage(Protocol):
    """What the platform counts of the functions' time. Raises StoreUnavailable."""

    def month(self, now: datetime) -> FunctionTime:
        """Return all that was counted since the first of the month."""


class LastLook(NamedTuple):
    """The last look, and how many there were."""

    version: int
    """0 where nobody ever looked."""
    record: SizeRecord | None
    """None where there is none, or one that can't be read."""


class ControlRecords(Protocol):
    """What people and the controller tell each other, and what each month cost. Raises StoreUnavailable."""

    def wishes(self) -> Wishes:
        """What people asked for."""

    def last(self) -> "LastLook":
        """Return the last look."""

    def keep(self, record: SizeRecord, *, version: int) -> bool:
        """Write a look, one version after the last; False where another controller was first."""

    def note_change(self, change: SizeChange) -> None:
        """Remember a change."""

    def meter(self) -> Meter | None:
        """Return the newest month's meter."""

    def keep_meter(self, meter: Meter) -> None:
        """Write it."""


class Activity(Protocol):
    """What the workers say and did. Raises StoreUnavailable."""

    def workers(self) -> Sequence[WorkerSeen]:
        """Return those in the roster that have not left."""

    def service_seconds(self) -> float | None:
        """Return the mean time of jobs that ended lately; None where none is known."""


class Later(Protocol):
    """Jobs that wait in the ledger for their time. Raises StoreUnavailable."""

    def due(self, until: datetime, *, limit: int) -> Sequence[KeptJob]:
        """Return those that are due by then, the earliest first."""

    def take_turn(self, holder: str, *, now: datetime, seconds: float) -> bool:
        """Be the one who sends for so long; False where somebody else is."""

    def forget(self, sent: KeptJob) -> None:
        """It waits no more."""


class Sender(Protocol):
    """The lanes, for who has jobs to send. Raises StoreUnavailable."""

    def send(self, parcel: Sequence[KeptJob], *, now: datetime) -> Sequence[KeptJob]:
        """Send what `worker.domain.parcels` put together, to show when it is due; return what was taken."""


class Rescue(Protocol):
    """The alarms that act where no controller looks. Raises StoreUnavailable."""

    def permit(self, allowed: Permits) -> None:
        """Say what they may do from now on, also when nobody says anything any more."""


class Announcer(Protocol):
    """Tells people. Raises StoreUnavailable."""

    def tell(self, subject: str, text: str) -> None:
        """Send it."""


class TickClock(Protocol):
    """Time."""

    def now(self) -> datetime:
        """Wall time in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
