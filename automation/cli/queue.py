"""queue and workers: is it working, is it keeping up."""

from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich.console import Group, RenderableType

from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.fleet.backlog import LaneView, lanes
from automation.fleet.later import KeptView, look_at_kept
from automation.fleet.roster import WorkerState, WorkerView
from automation.fleet.roster import workers as fleet_workers

_STYLES = {WorkerState.WORKING: "green", WorkerState.SILENT: "red", WorkerState.DRAINING: "yellow"}


@click.command()
@environment_option
@json_option
def queue(environment: str, *, is_json: bool) -> None:
    """Show each lane: what waits, what is in flight, how old the oldest is; and what waits in the ledger for its time."""
    session = Session(environment, Screen(is_json=is_json))
    seen, kept = lanes(session.access, session.outputs), look_at_kept(session.access, session.outputs)
    document = {"lanes": [asdict(lane) for lane in seen], "later": kept.to_dict()}
    session.screen.result(document, lambda: _queues(seen, kept))


@click.command()
@environment_option
@json_option
def workers(environment: str, *, is_json: bool) -> None:
    """Show the workers of the last hour: what they do, and which died."""
    session = Session(environment, Screen(is_json=is_json))
    found = fleet_workers(session.access, session.outputs)
    session.screen.result({"workers": [asdict(worker) for worker in found]}, lambda: _workers(found))


def _queues(seen: tuple[LaneView, ...], kept: KeptView) -> RenderableType:
    result = table("lane", ">waiting", ">delayed", ">in flight", ">oldest")
    for lane in seen:
        style = "red" if lane.name == "dead-letter" and lane.visible else "none"
        age = "" if lane.oldest_seconds is None else ago(lane.oldest_seconds)
        result.add_row(lane.name, str(lane.visible), str(lane.delayed), str(lane.in_flight), age, style=style)
    dead = next((lane for lane in seen if lane.name == "dead-letter" and lane.visible), None)
    hint = ["Next: python -m automation dlq list"] if dead else []
    return Group(result, *kept_lines(kept), *hint)


def kept_lines(kept: KeptView) -> list[str]:
    """Say what waits for its time, and whether nobody sends it."""
    if not kept.jobs:
        return []
    moment = kept.next_at[:16].replace("T", " ")
    told = [f"{kept.jobs} more for later, the first at {moment} UTC."]
    if kept.overdue:
        told.append(f"{kept.overdue} of them are overdue: the controller does not send them. Next: status")
    return told


def _workers(found: tuple[WorkerView, ...]) -> RenderableType:
    if not found:
        return "No worker has been heard of within the last hour."
    result = table("~worker", "state", ">jobs", "engine", ">up for", ">heard of")
    for worker in found:
        result.add_row(
            literal(worker.worker_id),
            f"[{_STYLES.get(worker.state, 'none')}]{worker.state.value}[/]",
            f"{worker.running} of {worker.concurrency}",
            literal(worker.engine),
            ago(_seconds_since(worker.started_at)),
            f"{ago(_seconds_since(worker.seen_at))} ago",
        )
    return result


def ago(seconds: float) -> str:
    """Write an age as people say it."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _seconds_since(stamp: str) -> float:
    return max((datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds(), 0.0)
