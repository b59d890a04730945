"""Why the fleet has the size that it has, for status and autostop: as a document, and as lines for people."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from automation.cli.console import literal
from automation.cli.session import Session
from automation.fleet import size
from automation.fleet.size import SPENT
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
    """Say why a fleet on Lambda is as wide as it is: Lambda scales it, by what people hold and the budget allows."""
    hold = view.wishes.hold_at(view.now)
    lines = [] if hold is None else [_held(hold)]
    is_spent = view.look is not None and view.look.reason in SPENT and not view.is_silent
    if is_spent and view.look is not None:
        lines += _decided(view.look)
    elif observed.desired == 0:
        lines.append("Nothing is taken from the queues, and nothing runs: start or submit ends that.")
    else:
        lines += [
            f"Why: Lambda runs a worker for each batch that waits, at most {observed.desired} of each lane at once.",
            "With nothing to do nothing runs, and nothing costs.",
        ]
    return [*lines, *budget_lines(view), f"Last: {literal(observed.last_event)}"]


def budget_lines(view: SizeView) -> list[str]:
    """Say where the budget of a fleet on Lambda stands, and whether anybody looks."""
    look = view.look
    if look is None:
        return ["[dim]Nobody has looked at the budget yet.[/]"]
    lines = []
    if view.is_silent:
        lines.append(
            f"[red]Nobody has looked at the budget since {_time(look.looked_at)}: it is not kept any more.[/]"
        )
    if look.trouble:
        lines.append(f"[yellow]Trouble:[/] {literal(look.trouble)}")
    return [*lines, f"Budget: {literal(look.budget)}"] if look.budget else lines


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


def kept_on_demand(hold: Hold) -> str:
    """Say the same of a fleet on Lambda."""
    if hold.is_stop:
        return "Nothing is taken from the queues until start or submit."
    return f"At most {hold.desired} batches of each lane run at once {hold.end}."


def _held(hold: Hold) -> str:
    what = "Stopped" if hold.is_stop else f"Held at {hold.desired}"
    why = f": {hold.why}" if hold.why else ""
    return literal(f"{what} by {hold.by} since {_time(hold.since)}{why}; {hold.end}.")


def _decided(look: SizeRecord, now: datetime | None = None) -> list[str]:
    wanted = "" if look.desired is None or now is None else f"{look.desired} wanted: "
    lines = [f"Why: {wanted}{literal(look.sentence)} ({look.reason}, since {_time(look.since)})"]
    if now is not None and look.next_at is not None:
        seconds = max((look.next_at - now).total_seconds(), 0)
        lines.append(f"Next: {_time(look.next_at)}, in {seconds:.0f} s, {literal(look.next_change)}")
    elif look.next_change:
        lines.append(f"Next: {literal(look.next_change)}")
    return lines


def _time(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
