"""status, start, stop, restart."""

import time
from datetime import UTC, datetime

import click
from rich.console import Group, RenderableType
from rich.markup import escape

from automation.cli.console import Screen, table
from automation.cli.expiry import expiry_words
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.cli.size_view import SizeView, kept, kept_on_demand, on_demand_lines, size_view
from automation.cli.verification import progress
from automation.errors import Diagnostic
from automation.fleet import control, size
from automation.fleet.roster import WorkerState, workers
from automation.fleet.status import FleetStatus

_SETTLE_SECONDS = 150.0
"""Longest wait for a change of size: a stop timeout and a start."""


@click.command()
@environment_option
@json_option
def status(environment: str, *, is_json: bool) -> None:
    """Show the fleet: workers, queues, revision, and why it has this size."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    observed = control.fleet_status(session.access, session.outputs)
    silent = [
        worker for worker in workers(session.access, session.outputs) if worker.state is WorkerState.SILENT
    ]
    view = size_view(session)
    end = expiry_words(session.access, environment)
    document = {
        **observed.to_dict(),
        "died_lately": [worker.worker_id for worker in silent],
        "size": view.to_dict(),
        "expires_at": end or None,
    }
    screen.result(document, lambda: _render(observed, view))
    if end:
        screen.lines([f"Expires at {end}; deploy --ttl moves that."])
    if silent:
        screen.lines(
            [
                f"{len(silent)} died within the last hour without a farewell; their jobs went back to the queue.",
                f"Next: python -m automation workers --env {environment}, then logs",
            ]
        )


@click.command()
@environment_option
@json_option
def start(environment: str, *, is_json: bool) -> None:
    """Start the workers and let the fleet be scaled again: ends a stop and a number set by hand."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    if control.start(session.access, session.outputs):
        screen.note("Starting.")
    elif size.is_out_of_money(session.access, session.outputs):
        raise Diagnostic(
            "the fleet was not started: its budget is overspent",
            why="the controller would stop it at its next look",
            next_step=f"raise monthly_budget_usd in Pulumi.{environment}.yaml and deploy",
            reference="budget-zero",
        )
    settle(session, screen)


@click.command()
@environment_option
@click.option("--why", default="", metavar="TEXT", help="Reason, for others who look at status.")
@json_option
def stop(environment: str, why: str, *, is_json: bool) -> None:
    """Stop all workers until start or submit; running jobs finish or go back to the queue."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    held = control.hold(session.access, session.outputs, 0, why=why)
    is_scaled = control.fleet_of(session.access, session.outputs).is_scaled
    screen.note(kept(held) if is_scaled else kept_on_demand(held))
    settle(session, screen)


@click.command()
@environment_option
@json_option
def restart(environment: str, *, is_json: bool) -> None:
    """Replace all workers by one rolling deployment."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    before = {task.task_id for task in control.fleet_status(session.access, session.outputs).workers}
    control.restart(session.access, session.outputs)
    settle(session, screen, gone=before)


def settle(session: Session, screen: Screen, *, gone: set[str] | None = None) -> None:
    """Wait until the fleet has the size asked for, showing how it goes; raises Diagnostic where it does not get there."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    shown = ""
    while True:
        observed = control.fleet_status(session.access, session.outputs)
        line = (
            progress(observed)
            if observed.is_on_demand
            else f"{observed.desired} wanted, {observed.running} running, {observed.pending} starting"
        )
        if line != shown:
            screen.note(line)
            shown = line
        left = {task.task_id for task in observed.workers} & (gone or set())
        if observed.has_size and not left:
            settled = observed
            break
        if time.monotonic() > deadline:
            raise Diagnostic(
                f"the fleet did not settle within {_SETTLE_SECONDS:.0f} s",
                why=f"{line}; {observed.last_event}",
                next_step=f"python -m automation logs --env {session.environment}",
                reference="not-settled",
            )
        time.sleep(0.5)
    screen.result(settled.to_dict(), lambda: _render(settled))


def _render(observed: FleetStatus, view: SizeView | None = None) -> RenderableType:
    revision = (
        "the revision deployed last"
        if observed.runs_deployed_revision
        else "[red]NOT the revision deployed last[/]"
    )
    numbers = (
        progress(observed)
        if observed.is_on_demand
        else f"{observed.running} of {observed.desired} workers running, {observed.pending} starting"
    )
    head = (
        f"[bold]{observed.environment}[/]  {numbers}  ·  {escape(observed.revision)}, {revision}"
        f"  ·  rollout {observed.rollout.lower()}"
    )
    queues = table("queue", ">waiting", ">in flight", ">delayed")
    for queue in observed.queues:
        queues.add_row(queue.name, str(queue.visible), str(queue.in_flight), str(queue.delayed))
    workers = table("worker", "status", "health", "revision", "running for")
    for task in observed.workers:
        workers.add_row(
            task.task_id, task.status, task.health, task.revision.rsplit(":", 1)[-1], _age(task.started_at)
        )
    why: list[str] = []
    if view is not None:
        why = on_demand_lines(view, observed) if observed.is_on_demand else view.lines()
    return Group(head, *why, "", queues, "", workers if observed.workers else "No workers.")


def _age(started_at: str) -> str:
    if not started_at:
        return ""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(started_at)).total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
