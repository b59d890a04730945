"""autostop: show, set, off."""

from dataclasses import asdict, replace
from functools import partial

import click
from rich.console import Group, RenderableType

from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.cli.size_view import SizeView, budget_lines, size_view, stops
from automation.errors import UsageFault
from automation.fleet import control, size
from worker.domain.fleet_control import AutoStop, SizeChange

CHEAPEST, DEPLOYED = "cheapest", "deployed"
LONGEST_MINUTES = 13
"""The look and the stop take their time, too, and an idle fleet is gone within fifteen."""
CHANGES = 10


@click.group()
def autostop() -> None:
    """Show or change when an idle fleet stops by itself."""


@autostop.command("show")
@environment_option
@json_option
def show(environment: str, *, is_json: bool) -> None:
    """Show the timer, since when the fleet is idle, and the last changes of its size."""
    session = Session(environment, Screen(is_json=is_json))
    view = size_view(session)
    is_scaled = control.fleet_of(session.access, session.outputs).is_scaled
    changes = size.recent_changes(session.access, session.outputs, limit=CHANGES)
    document = {**view.to_dict(), "changes": [asdict(change) for change in changes]}
    lines = view.lines if is_scaled else partial(_on_demand, view)
    session.screen.result(document, lambda: _shown(lines(), changes))


@autostop.command("set")
@environment_option
@click.argument("minutes", metavar="MINUTES|cheapest|deployed")
@json_option
def set_timer(environment: str, minutes: str, *, is_json: bool) -> None:
    """Stop after so many idle minutes (1 to 13).

    cheapest: as long as the pauses between work so far would have made cheapest. deployed: as in the stack's file.
    """
    auto_stop = _timer(minutes)
    _set(Session(environment, Screen(is_json=is_json)), auto_stop)


@autostop.command("off")
@environment_option
@json_option
def off(environment: str, *, is_json: bool) -> None:
    """Never stop by itself: as many workers as the stack has instances stay, and cost."""
    _set(Session(environment, Screen(is_json=is_json)), AutoStop(minutes=0))


def _timer(text: str) -> AutoStop | None:
    if text == DEPLOYED:
        return None
    if text == CHEAPEST:
        return AutoStop(minutes=None)
    try:
        minutes = float(text)
    except ValueError:
        minutes = float("nan")
    if 1 <= minutes <= LONGEST_MINUTES:
        return AutoStop(minutes=minutes)
    raise UsageFault(
        f"{text!r:.40} is no idle timer",
        why=f"minutes from 1 to {LONGEST_MINUTES}, {CHEAPEST} or {DEPLOYED} are",
        next_step="python -m automation autostop set 5 (or: autostop off)",
        reference="timer-invalid",
    )


def _set(session: Session, auto_stop: AutoStop | None) -> None:
    access, outputs = session.access, session.outputs
    if not control.fleet_of(access, outputs).is_scaled:
        raise UsageFault(
            "Lambda runs nothing while nothing waits: there is no idle fleet to stop",
            why="nobody would look at a timer",
            next_step=f"python -m automation stop --env {outputs.environment} (it then takes nothing either)",
            reference="scaled-by-lambda",
        )
    size.write_wishes(access, outputs, replace(size.read_wishes(access, outputs), auto_stop=auto_stop))
    holds = auto_stop or AutoStop(minutes=outputs.auto_stop_minutes)
    said = f"The fleet {stops(holds)}; the controller takes it up at its next look."
    session.screen.result({"auto_stop_minutes": holds.minutes}, lambda: said)


def _on_demand(view: SizeView) -> list[str]:
    return [
        "Lambda runs nothing while nothing waits: no timer is needed, and none is looked at.",
        *budget_lines(view),
    ]


def _shown(lines: list[str], changes: tuple[SizeChange, ...]) -> RenderableType:
    rows = table("at", ">before", ">after", "reason", "~why")
    for change in changes:
        at = f"{change.at.astimezone():%Y-%m-%d %H:%M:%S}"
        rows.add_row(at, str(change.before), str(change.after), change.reason, literal(change.sentence))
    return Group(*lines, "", rows if changes else "No changes of its size are remembered.")
