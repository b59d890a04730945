"""dlq: list, show, redrive, purge."""

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Group, RenderableType

from automation.cli.confirmation import confirm
from automation.cli.console import Screen, literal, table
from automation.cli.job_commands import wake_up
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.session import Session
from automation.errors import Diagnostic, UsageFault
from automation.fleet import dead_letters as letters
from automation.fleet.dead_letters import DeadLetter

_MESSAGES = click.argument("message_ids", nargs=-1, metavar="[MESSAGE]...")


@click.group()
def dlq() -> None:
    """List, show, redrive or purge dead letters."""


@dlq.command("list")
@environment_option
@json_option
def list_letters(environment: str, *, is_json: bool) -> None:
    """List what lies there, with the reasons; nothing is taken away."""
    session = Session(environment, Screen(is_json=is_json))
    found = letters.dead_letters(session.access, session.outputs)
    session.screen.result({"messages": [_document(letter) for letter in found]}, lambda: _listing(found))


@dlq.command("show")
@environment_option
@click.argument("message_id", metavar="MESSAGE")
@json_option
def show(environment: str, message_id: str, *, is_json: bool) -> None:
    """Show one message whole."""
    session = Session(environment, Screen(is_json=is_json))
    (letter,) = _named(letters.dead_letters(session.access, session.outputs), (message_id,))
    session.screen.result({**_document(letter), "body": letter.body}, lambda: _shown(letter))


@dlq.command("redrive")
@environment_option
@_MESSAGES
@json_option
def redrive(environment: str, message_ids: tuple[str, ...], *, is_json: bool) -> None:
    """Redrive messages to their lanes: those named, or all."""
    session = Session(environment, Screen(is_json=is_json))
    if message_ids:
        _named(letters.dead_letters(session.access, session.outputs), message_ids)
    sent = letters.redrive(session.access, session.outputs, message_ids)
    if sent:
        wake_up(session)
    session.screen.result({"redriven": list(sent)}, lambda: f"{len(sent)} sent back to their lanes.")


@dlq.command("purge")
@environment_option
@_MESSAGES
@click.option(
    "--export", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write them to this file first."
)
@yes_option
@json_option
def purge(
    environment: str, message_ids: tuple[str, ...], *, path: Path | None, is_confirmed: bool, is_json: bool
) -> None:
    """Purge messages for good: those named, or all that are there now."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    found = letters.dead_letters(session.access, session.outputs)
    doomed = _named(found, message_ids) if message_ids else found
    if doomed:
        if path is not None:
            _export(path, doomed)
        screen.show(_listing(doomed))
        confirm(
            screen,
            lambda: click.confirm(f"Delete these {len(doomed)} for good?", default=False),
            is_confirmed=is_confirmed,
        )
    deleted = letters.purge(session.access, session.outputs, [letter.message_id for letter in doomed])
    screen.result({"deleted": list(deleted)}, lambda: f"{len(deleted)} deleted.")


def _named(found: tuple[DeadLetter, ...], message_ids: tuple[str, ...]) -> tuple[DeadLetter, ...]:
    by_id = {letter.message_id: letter for letter in found}
    unknown = [name for name in message_ids if name not in by_id]
    if unknown:
        raise UsageFault(
            f"no message {', '.join(name[:80] for name in unknown)} lies there",
            why="it was never there, was sent back, or somebody else looks at it just now",
            next_step="python -m automation dlq list",
            reference="message-missing",
        )
    return tuple(by_id[name] for name in message_ids)


def _export(path: Path, found: tuple[DeadLetter, ...]) -> None:
    lines = [json.dumps({**_document(letter), "body": letter.body}, ensure_ascii=False) for letter in found]
    try:
        path.write_text("\n".join([*lines, ""]), encoding="utf-8", errors="backslashreplace")
    except OSError as fault:
        raise Diagnostic(
            f"the messages can't be written to {path}",
            why=str(fault),
            next_step="name another file; nothing was deleted",
            reference="write-failed",
        ) from fault


def _document(letter: DeadLetter) -> dict[str, str]:
    return {name: text for name, text in asdict(letter).items() if name not in {"receipt", "body"}}


def _listing(found: tuple[DeadLetter, ...]) -> RenderableType:
    if not found:
        return "Nothing lies there."
    result = table("~message", "lane", "sent", "~reason")
    for letter in found:
        when = letter.sent_at[:16].replace("T", " ")
        result.add_row(letter.message_id, literal(letter.lane), when, literal(letter.reason))
    return result


def _shown(letter: DeadLetter) -> RenderableType:
    return Group(_listing((letter,)), "", literal(letter.body, characters=20_000))
