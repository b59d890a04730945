"""scale: a number for a while, or bounds for the controller."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from automation.cli.console import Screen
from automation.cli.fleet import settle
from automation.cli.moments import MOMENT
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.cli.size_view import kept, kept_on_demand
from automation.errors import UsageFault
from automation.fleet import control, size
from worker.domain.fleet_control import Wishes

HOLD_HOURS = 4
"""How long a number lasts unless one says otherwise: who forgets it does not pay for it for ever."""
_WORKERS = click.IntRange(0, control.MAXIMUM_WORKERS)


@click.command()
@environment_option
@click.argument("workers", metavar="[N]", required=False)
@click.option(
    "--until",
    type=MOMENT,
    metavar="WHEN",
    help=f"Keep N until then: 90m, 8h or an ISO time.  [default: {HOLD_HOURS}h]",
)
@click.option("--why", default="", metavar="TEXT", help="Reason, for others who look at status.")
@click.option("--min", "minimum", type=_WORKERS, metavar="N", help="Never fewer, until --reset.")
@click.option("--max", "maximum", type=_WORKERS, metavar="N", help="Never more, until --reset.")
@click.option("--reset", "is_reset", is_flag=True, help="Forget number, bounds and idle timer set by hand.")
@json_option
def scale(environment: str, workers: str | None, *, is_reset: bool, is_json: bool, **given: Any) -> None:
    """Set the number of workers to N for a while, or the bounds that scaling keeps.

    N is held for four hours (--until), then the fleet is scaled again; start ends it sooner. 0 lasts until start or submit.
    On Lambda N is how many batches of each lane run at once, until start or --until.
    --min and --max last until --reset.
    """
    count = None if workers is None else _count(workers)
    minimum, maximum = given["minimum"], given["maximum"]
    _check(count, minimum, maximum, is_reset=is_reset)
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    fleet = control.fleet_of(session.access, session.outputs)
    if not fleet.is_scaled:
        _check_on_demand(count, least=fleet.least)
    if count is not None:
        end = given["until"]
        if end is None and count and fleet.is_scaled:  # a width costs nothing while nothing waits
            end = datetime.now(UTC) + timedelta(hours=HOLD_HOURS)
        made = control.hold(session.access, session.outputs, count, why=given["why"], until=end)
        screen.note(kept(made) if fleet.is_scaled else kept_on_demand(made))
        if not fleet.is_scaled and (spent := size.spent_budget(session.access, session.outputs)):
            screen.note(f"Not as wide as that now: {spent}.")
        settle(session, screen)
        return
    wishes = Wishes() if is_reset else _bounded(session, minimum, maximum)
    size.write_wishes(session.access, session.outputs, wishes)
    document = {"minimum": wishes.minimum, "maximum": wishes.maximum}
    screen.result(document, lambda: f"{_said(wishes)} The controller takes it up at its next look.")


def _bounded(session: Session, minimum: int | None, maximum: int | None) -> Wishes:
    wishes = size.read_wishes(session.access, session.outputs)
    bounded = replace(
        wishes,
        minimum=wishes.minimum if minimum is None else minimum,
        maximum=wishes.maximum if maximum is None else maximum,
    )
    if bounded.minimum is not None and bounded.maximum is not None and bounded.minimum > bounded.maximum:
        raise UsageFault(
            f"no fleet has at least {bounded.minimum} and at most {bounded.maximum} workers",
            next_step=f"python -m automation scale --min {bounded.maximum} --max {bounded.minimum}",
            reference="bounds-crossed",
        )
    return bounded


def _check(count: int | None, minimum: int | None, maximum: int | None, *, is_reset: bool) -> None:
    given = [count is not None, minimum is not None or maximum is not None, is_reset]
    if sum(given) != 1:
        raise UsageFault(
            "scale takes a number, or bounds, or --reset",
            next_step="python -m automation scale 2 (or: scale --min 1 --max 5)",
            reference="usage",
        )


def _check_on_demand(count: int | None, *, least: int) -> None:
    """Refuse what nobody would see to: Lambda scales by itself, up to a number."""
    if count is None:
        raise UsageFault(
            "Lambda scales by itself: there are no bounds to keep or to forget",
            why="all that is set is how many batches of each lane run at once",
            next_step=f"python -m automation scale {least} (until start)",
            reference="scaled-by-lambda",
        )
    if 0 < count < least:
        raise UsageFault(
            f"Lambda can't be held to {count} batches of a lane at once",
            why=f"{least} is the least, 0 stops",
            next_step=f"python -m automation scale {least}",
            reference="workers-invalid",
        )


def _count(text: str) -> int:
    if text.isdecimal() and int(text) <= control.MAXIMUM_WORKERS:
        return int(text)
    raise UsageFault(
        f"{text!r} is no number of workers",
        why=f"a whole number from 0 to {control.MAXIMUM_WORKERS} is",
        next_step="python -m automation scale 2",
        reference="workers-invalid",
    )


def _said(wishes: Wishes) -> str:
    if wishes == Wishes():
        return "The fleet is scaled as it was deployed."
    least = "as deployed" if wishes.minimum is None else str(wishes.minimum)
    most = "as deployed" if wishes.maximum is None else str(wishes.maximum)
    return f"At least {least}, at most {most} workers, until --reset."
