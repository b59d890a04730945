"""Workers of a simulated fleet, what scalers may do to them, and what each costs."""

from dataclasses import dataclass, field
from enum import Enum

LEAST_BILLED_SECONDS = 60.0
"""Fargate bills a task for a minute at least."""


class State(Enum):
    """What a worker does."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    GONE = "gone"


class Stops(Enum):
    """Which worker goes when fewer are wanted."""

    ANY = "any"
    """Any of them, a starting one first: the platform chooses."""
    PROTECTED = "protected"
    """Any but those whom the scaler knows to have a job."""
    CLOSED = "closed"
    """One that has closed, or still starts: workers follow what they are asked, and all others are protected."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What the simulated machines are like."""

    start_seconds: float = 120.0
    """Mean time from launch to the first receive."""
    start_sigma: float = 0.15
    """Spread of that time (lognormal)."""
    maximum: int = 10
    """Most workers that any scaler may have."""


@dataclass(frozen=True, kw_only=True)
class Traits:
    """How a scaler acts on the fleet."""

    stops: Stops = Stops.ANY
    """Who goes."""
    grace_seconds: float = 30.0
    """Time that a stopped worker has for its job; 30 s is the default of ECS and of Kubernetes."""
    report_seconds: float = 0.0
    """The scaler knows whom a job keeps busy from reports that are up to so old; a job that lasts longer is known."""
    wakes_on_submit: bool = False
    """A submission raises 0 to 1 at once."""
    looks_on_submit: bool = False
    """A submission has the scaler look at once, besides its own turns."""
    idle_exit_seconds: float | None = None
    """A worker without a job for so long ends itself, and the desired number falls with it."""
    first_desired: int = 0
    """Desired number at the beginning."""
    ask_seconds: float = 2.0
    """A worker reads so often what it is asked, where it can be asked to close."""


@dataclass(slots=True, eq=False)
class Machine:
    """One worker, from launch to end."""

    launched_seconds: float
    """Billing begins here: with the pull of the image."""
    state: State = State.STARTING
    """What it does."""
    is_leaving: bool = False
    """Receives nothing any more."""
    job: int = -1
    """Job under way."""
    began_seconds: float = 0.0
    """When that job began."""
    ends_seconds: float = 0.0
    """When that job will be done."""
    epoch: int = 0
    """Counts jobs and pauses: what was planned in an older epoch is void."""
    name: str = ""
    """In the roster."""
    is_new: bool = True
    """Has never received."""
    asked: int | None = None
    """Number of the ask that it follows: it begins no receive."""
    idle_since_seconds: float = 0.0
    """Since when it has had no job."""
    receives_until_seconds: float = 0.0
    """Until when a receive under way may still bring a job to one that was asked."""
    polls_until_seconds: float = 0.0
    """Until when any receive is under way at one that was asked."""
    answer: int | None = None
    """Number of the ask that it answered: it is closed."""
    reported_seconds: float | None = None
    """When it reported last; None: never."""
    reported_busy: bool = False
    """What it said then of its job."""
    reported_answer: int | None = None
    """What it said then of the ask."""


@dataclass(slots=True)
class Meter:
    """What is counted during a simulation."""

    waits: list[float] = field(default_factory=list)
    """Of each finished job: completion - arrival - service, so that work done twice counts as waiting."""
    billed_seconds: float = 0.0
    """Worker time that is paid for."""
    launches: int = 0
    """Workers started."""
    killed: int = 0
    """Jobs that lost their work because the scaler stopped their worker."""
    interrupted: int = 0
    """Jobs that lost their work because the platform took the machine back."""
    dead_lettered: int = 0
    """Jobs that lost their work so often that the queue gave them up; they count as late, from arrival to then."""
    longest_idle_tail_seconds: float = 0.0
    """Longest time with workers and without any work."""
    work_seconds: float = 0.0
    """Service time of what was finished."""

    def bill(self, machine: Machine, now: float) -> None:
        """Add what a machine cost."""
        self.billed_seconds += max(now - machine.launched_seconds, LEAST_BILLED_SECONDS)
