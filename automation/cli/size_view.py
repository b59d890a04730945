"""Why the fleet has the size that it has, for status and autostop: as a document, and as lines for people."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from automation.cli.console import literal
from automation.cli.session import Session
from automation.fleet import size
from automation.fleet.status import FleetStatus
from worker.domain.fleet_control import AutoStop, Hold, SizeRecord, Wishes
from worker.domain.scaling import LONGEST_IDLE_SECONDS


@dataclass(frozen=True, kw_only=True)
class SizeView:
    """What is known of the fleet's size."""

    wishes: Wishes
    """What people asked for."""
    look: SizeRecord | None
    """The controller's last look."""
    deployed_minutes: float
    """Idle timer of the stack's file."""
    now: datetime
    """When this was read."""

    @property
    def is_silent(self) -> bool:
        """The controller looked, and does so no more."""
        return self.look is not None and self.look.is_stale(self.now)

    @property
    def auto_stop(self) -> AutoStop:
        """What holds."""
        return self.wishes.auto_stop or AutoStop(minutes=self.deployed_minutes)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        hold, look = self.wishes.hold_at(self.now), self.look
        return {
            "hold": None if hold is None else asdict(hold),
            "auto_stop_minutes": self.auto_stop.minutes,
            "is_controller_silent": self.is_silent,
            "look": None
            if look is None
            else {name: value for name, value in asdict(look).items() if name != "memory"},
        }

    def lines(self) -> list[str]:
        """Say it, one thing a line, as markup."""
        hold, look = self.wishes.hold_at(self.now), self.look
        lines = [] if hold is None else [_held(hold)]
        if look is None:
            return [*lines, "[dim]The controller has not looked yet.[/]"]
        if self.is_silent:
            lines.append(
                f"[red]The controller has not looked since {_time(look.looked_at)}: nobody changes the size.[/]"
            )
        if hold is None:
            lines += _decided(look, self.now)
        if look.trouble:
            lines.append(f"[yellow]Trouble:[/] {literal(look.trouble)}")
        if look.budget:
            lines.append(f"Budget: {literal(look.budget)}")
        return [
            *lines,
            f"Between {look.terms.minimum} and {look.terms.maximum} workers; {stops(self.auto_stop)}.",
        ]


def size_view(session: Session) -> SizeView:
    """Read it."""
    access, outputs = session.access, session.outputs
    return SizeView(
        wishes=size.read_wishes(access, outputs),
        look=size.last_look(access, outputs),
        deployed_minutes=outputs.auto_stop_minutes,
        now=datetime.now(UTC),
    )


def on_demand_lines(view: SizeView, observed: FleetStatus) -> list[str]:
    """Say why a fleet on Lambda is as large as it is: no controller looks at it."""
    hold = view.wishes.hold_at(view.now)
    lines = [] if hold is None or not hold.is_stop else [_held(hold)]
    if observed.desired == 0:
        return [*lines, "Nothing is taken from the queues, and nothing runs: start or submit ends that."]
    return [
        *lines,
        f"Why: Lambda runs a worker for each batch that waits, at most {observed.desired} of each lane at once.",
        "With nothing to do nothing runs, and nothing costs.",
        f"Last: {literal(observed.last_event)}",
    ]


def stops(auto_stop: AutoStop) -> str:
    """Say when an idle fleet stops."""
    if auto_stop.is_never:
        return "never stops by itself"
    if auto_stop.minutes is None:
        return "stops when idle for as long as the past pauses make cheapest"
    return f"stops after {min(auto_stop.minutes, LONGEST_IDLE_SECONDS / 60):g} idle minutes"


def kept(hold: Hold) -> str:
    """Say how long a hold lasts."""
    return f"The controller keeps {hold.desired} workers {hold.end}."


def _held(hold: Hold) -> str:
    what = "Stopped" if hold.is_stop else f"Held at {hold.desired}"
    why = f": {hold.why}" if hold.why else ""
    return literal(f"{what} by {hold.by} since {_time(hold.since)}{why}; {hold.end}.")


def _decided(look: SizeRecord, now: datetime) -> list[str]:
    wanted = "" if look.desired is None else f"{look.desired} wanted: "
    lines = [f"Why: {wanted}{literal(look.sentence)} ({look.reason}, since {_time(look.since)})"]
    if look.next_at is not None:
        seconds = max((look.next_at - now).total_seconds(), 0)
        lines.append(f"Next: {_time(look.next_at)}, in {seconds:.0f} s, {literal(look.next_change)}")
    elif look.next_change:
        lines.append(f"Next: {literal(look.next_change)}")
    return lines


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
