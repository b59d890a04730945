"""unlock: shows who holds a stack, and takes the lock away only from an owner that is gone, or by force."""

from typing import Any

import click
from rich.console import RenderableType

from automation.cli.confirmation import confirm
from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.session import Session
from automation.driver.backend import backend_of
from automation.driver.locks import Liveness, StackLock, keeps_locks_as_files, locks_of, mend_side_files
from automation.errors import ExitCode, LockedFault, UsageFault

_MEANING = {
    Liveness.ALIVE: "it is at work",
    Liveness.GONE: "its process is gone",
    Liveness.UNKNOWN: "of another machine: only its owner knows",
}


@click.command()
@environment_option
@click.option(
    "--force", is_flag=True, help="Take it even from a process that may still be at work; it is not ended."
)
@yes_option
@json_option
def unlock(environment: str, *, force: bool, is_confirmed: bool, is_json: bool) -> int:
    """Show who holds a stack, and free it where its owner is gone."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    session.start_cloud()
    backend = backend_of(session.target)
    if not keeps_locks_as_files(backend):
        raise UsageFault(
            "this backend tells nobody who holds a stack",
            why=f"the state is kept at {backend or 'no backend'}",
            next_step=f"pulumi cancel --stack {environment} (it asks nobody whether the owner still works)",
            reference="locks-invisible",
        )
    locks = locks_of(backend, environment)
    screen.show(_render(locks, environment))
    _refuse_the_living(locks, environment, is_forced=force)
    if force and any(not lock.is_stale for lock in locks):
        confirm(screen, lambda: _is_meant(environment), is_confirmed=is_confirmed)
    for lock in locks:
        lock.remove()
    mended = mend_side_files(backend, environment)
    document = {
        "environment": environment,
        "removed": [to_dict(one) for one in locks],
        "mended": [str(path) for path in mended],
    }
    screen.result(document, lambda: _outcome(locks, environment))
    return ExitCode.OK


def _refuse_the_living(locks: tuple[StackLock, ...], environment: str, *, is_forced: bool) -> None:
    held = [lock for lock in locks if not lock.is_stale]
    if held and not is_forced:
        raise LockedFault(
            f"stack {environment!r} is not freed",
            why="; ".join(f"{lock.describe()}: {_MEANING[lock.liveness]}" for lock in held),
            next_step=f"wait, or ask {held[0].owner}; sure that it is over: unlock --env {environment} --force",
            reference="stack-locked",
        )


def to_dict(lock: StackLock) -> dict[str, Any]:
    """Return the form that --json prints."""
    age = lock.age_seconds()
    return {
        "owner": lock.owner,
        "host": lock.host,
        "pid": lock.pid,
        "since": lock.since,
        "age_seconds": None if age is None else round(age),
        "process": lock.liveness.value,
        "place": lock.place,
    }


def age_words(seconds: float | None) -> str:
    """Say an age as people do."""
    if seconds is None:
        return "?"
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{int(seconds)} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _render(locks: tuple[StackLock, ...], environment: str) -> RenderableType:
    if not locks:
        return f"Nobody holds stack {environment!r}."
    rows = table("owner", "host", ">process", ">age", "~what is known of it")
    for lock in locks:
        rows.add_row(
            literal(lock.owner),
            literal(lock.host),
            str(lock.pid),
            age_words(lock.age_seconds()),
            _MEANING[lock.liveness],
        )
    return rows


def _outcome(locks: tuple[StackLock, ...], environment: str) -> str:
    if not locks:
        return "There was nothing to do."
    plural = "lock" if len(locks) == 1 else "locks"
    return (
        f"Removed {len(locks)} {plural}. What the operation left half done: "
        f"python -m automation recover --env {environment}"
    )


def _is_meant(environment: str) -> bool:
    asked = "Two operations at once can ruin the state. Type the stack's name to take the lock all the same"
    return str(click.prompt(asked)).strip() == environment
