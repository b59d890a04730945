"""recover: after an interrupted operation, finds what was half made, imports or clears each, and leaves a clean stack."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType

from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.driver.operations import deployment_of, probe_lock
from automation.driver.pending import PendingOperation, Settled, Settlement
from automation.driver.progress import short_type
from automation.driver.recovery import decide, settle
from automation.errors import Diagnostic, ExitCode, UsageFault

if TYPE_CHECKING:
    from pulumi.automation import Stack

_WORDS = {
    Settlement.IMPORT: "[green]import[/]",
    Settlement.CLEAR: "clear",
    Settlement.READ: "read again",
    Settlement.UNDECIDED: "[red]for you to decide[/]",
}


@click.command()
@environment_option
@click.option(
    "--import", "imports", multiple=True, metavar="NAME=ID", help="Take it that NAME was made, with this id."
)
@click.option("--clear", "clears", multiple=True, metavar="NAME", help="Take it that NAME was never made.")
@click.option("--dry-run", is_flag=True, help="Show what is pending and what would be done.")
@json_option
def recover(
    environment: str, *, imports: tuple[str, ...], clears: tuple[str, ...], dry_run: bool, is_json: bool
) -> int:
    """Settle what an interrupted operation left half done; nothing in the cloud is changed."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    session.start_cloud()
    probe_lock(session.target)
    stack = session.select()
    caller = session.access.account_id()
    settled = decide(
        deployment_of(stack), session.access.client, imports=_pairs(imports), clears=frozenset(clears)
    )
    screen.show(render(settled))
    if dry_run:
        left = [one.operation for one in settled]
    else:
        left = list(settle(session.target, stack, settled, caller=caller, observe=lambda _view: None))
    document = {
        "environment": environment,
        "dry_run": dry_run,
        "settled": [one.to_dict() for one in settled],
        "pending": [one.urn for one in left],
    }
    screen.result(document, lambda: _outcome(settled, left, environment, is_dry=dry_run))
    return ExitCode.FAILED if left and not dry_run else ExitCode.OK


def recover_first(session: Session, stack: "Stack", caller: str) -> None:
    """Settle what is pending before another operation; raises Diagnostic where a person must decide."""
    settled = decide(deployment_of(stack), session.access.client)
    if not settled:
        return
    session.screen.note("The last operation was interrupted; what it left half done is settled first:")
    for one in settled:
        session.screen.note(
            f"  {one.operation.name} ({one.operation.kind}): {one.settlement.value}, {one.reason}"
        )
    left = settle(session.target, stack, settled, caller=caller, observe=lambda _view: None)
    if left:
        raise Diagnostic(
            f"{len(left)} interrupted operations need your decision",
            why="\n".join(
                f"{one.operation.name}: {one.reason}"
                for one in settled
                if one.settlement is Settlement.UNDECIDED
            ),
            next_step=f"python -m automation recover --env {session.environment} --import NAME=ID, or --clear NAME",
            reference="recover-undecided",
        )


def render(settled: Sequence[Settled]) -> RenderableType:
    """Return a row an operation."""
    if not settled:
        return "Nothing is pending: the last operation was not interrupted, or is settled already."
    rows = table("resource", "type", "was", "what is done", "id", "~why")
    for one in settled:
        rows.add_row(
            literal(one.operation.name),
            literal(short_type(one.operation.type)),
            literal(one.operation.kind),
            _WORDS[one.settlement],
            literal(one.found.resource_id if one.found else ""),
            literal(one.reason),
        )
    return rows


def _outcome(
    settled: Sequence[Settled], left: Sequence[PendingOperation], environment: str, *, is_dry: bool
) -> str:
    if is_dry:
        return f"{len(settled)} pending; nothing was changed."
    if left:
        names = ", ".join(one.name for one in left)
        return (
            f"Still pending: {names}. Look for each in the AWS console, then: python -m automation recover "
            f"--env {environment} --import NAME=ID, or --clear NAME"
        )
    return f"The stack is clean. Next: python -m automation deploy --env {environment}"


def _pairs(imports: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for one in imports:
        name, separator, identity = one.rpartition("=")
        if not separator or not name or not identity:
            raise UsageFault(
                f"{one!r} is no NAME=ID",
                next_step="for example: --import network-vpc=vpc-0a1b",
                reference="usage",
            )
        pairs[name] = identity
    return pairs
