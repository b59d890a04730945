"""status, start, stop, restart, scale."""

import time
from datetime import UTC, datetime

import click
from rich.console import Group, RenderableType
from rich.markup import escape

from automation.cli.console import Screen, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import Diagnostic, UsageFault
from automation.fleet import control
from automation.fleet.control import FleetStatus
from automation.fleet.roster import WorkerState, workers

_SETTLE_SECONDS = 150.0
"""Longest wait for a change of size: a stop timeout and a start."""


@click.command()
@environment_option
@json_option
def status(environment: str, *, is_json: bool) -> None:
    """Show the fleet: workers, queues, revision."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    observed = control.fleet_status(session.access, session.outputs)
    silent = [
        worker for worker in workers(session.access, session.outputs) if worker.state is WorkerState.SILENT
    ]
    document = {**observed.to_dict(), "died_lately": [worker.worker_id for worker in silent]}
    screen.result(document, lambda: _render(observed))
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
    """Start the workers; a running fleet keeps its size."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    if control.wake(session.access, session.outputs):
        screen.note("Starting.")
    _settle(session, screen)


@click.command()
@environment_option
@json_option
def stop(environment: str, *, is_json: bool) -> None:
    """Stop all workers; running jobs finish or go back to the queue."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    control.scale(session.access, session.outputs, 0)
    _settle(session, screen)


@click.command()
@environment_option
@json_option
def restart(environment: str, *, is_json: bool) -> None:
    """Replace all workers by one rolling deployment."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    before = {task.task_id for task in control.fleet_status(session.access, session.outputs).workers}
    control.restart(session.access, session.outputs)
    _settle(session, screen, gone=before)


@click.command()
@environment_option
@click.argument("workers", metavar="N")
@json_option
def scale(environment: str, workers: str, *, is_json: bool) -> None:
    """Set the number of workers to N."""
    if not workers.isdecimal() or int(workers) > control.MAXIMUM_WORKERS:
        raise UsageFault(
            f"{workers!r} is no number of workers",
            why=f"a whole number from 0 to {control.MAXIMUM_WORKERS} is",
            next_step="python -m automation scale 2",
            reference="workers-invalid",
        )
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    control.scale(session.access, session.outputs, int(workers))
    _settle(session, screen)


def _settle(session: Session, screen: Screen, *, gone: set[str] | None = None) -> None:
    """Wait until the fleet has the size asked for, showing how it goes; raises Diagnostic where it does not get there."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    shown = ""
    while True:
        observed = control.fleet_status(session.access, session.outputs)
        line = f"{observed.desired} wanted, {observed.running} running, {observed.pending} starting"
        if line != shown:
            screen.note(line)
            shown = line
        left = {task.task_id for task in observed.workers} & (gone or set())
        if observed.running == observed.desired and not observed.pending and not left:
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


def _render(observed: FleetStatus) -> RenderableType:
    revision = (
        "the revision deployed last"
        if observed.runs_deployed_revision
        else "[red]NOT the revision deployed last[/]"
    )
    head = (
        f"[bold]{observed.environment}[/]  {observed.running} of {observed.desired} workers running, "
        f"{observed.pending} starting  ·  {escape(observed.revision)}, {revision}  ·  rollout {observed.rollout.lower()}"
    )
    queues = table("queue", ">waiting", ">in flight", ">delayed")
    for queue in observed.queues:
        queues.add_row(queue.name, str(queue.visible), str(queue.in_flight), str(queue.delayed))
    workers = table("worker", "status", "health", "revision", "running for")
    for task in observed.workers:
        workers.add_row(
            task.task_id, task.status, task.health, task.revision.rsplit(":", 1)[-1], _age(task.started_at)
        )
    return Group(head, "", queues, "", workers if observed.workers else "No workers.")


def _age(started_at: str) -> str:
    if not started_at:
        return ""
    seconds = int((datetime.now(UTC) - datetime.fromisoformat(started_at)).total_seconds())
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
