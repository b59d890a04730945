"""drift: what somebody changed outside of Pulumi, property by property; nothing is written."""

import json
from typing import Any

import click
from rich.console import Group, RenderableType

from automation.cli.console import Screen, literal, table
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.driver.drift import DriftedResource, DriftKind, DriftReport, drift_of
from automation.driver.operations import look_for_drift
from automation.driver.progress import ProgressDisplay, short_type
from automation.errors import ExitCode

_VALUE_CHARACTERS = 70


@click.command()
@environment_option
@json_option
def drift(environment: str, *, is_json: bool) -> int:
    """Show what was changed outside of Pulumi; exit code 7 where anything was. Neither state nor cloud is touched."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    stack = session.select()
    with ProgressDisplay(screen.words, "Read", is_silent=True) as display:
        looked = look_for_drift(
            session.target, stack, caller=session.access.account_id(), observe=display.observe
        )
    report = drift_of(looked.view)
    screen.result({"environment": environment, **report.to_dict()}, lambda: _render(report, environment))
    return ExitCode.CHANGES if report.drifted else ExitCode.OK


def _render(report: DriftReport, environment: str) -> RenderableType:
    parts: list[RenderableType] = []
    if report.drifted:
        parts += [drift_table(report.drifted), ""]
    parts += [f"{one.name}: {_scaled_words(one)} (its scaling did that: no drift)" for one in report.scaled]
    count = len(report.drifted)
    verb = "differs" if count == 1 else "differ"
    parts.append(f"{count} of {report.looked_at} resources {verb} from what was deployed.")
    if report.drifted:
        parts.append(
            f"Next: python -m automation deploy --env {environment} puts back what was deployed; to keep a change, "
            "write it into the program or the stack file first."
        )
    return Group(*parts)


def drift_table(drifted: tuple[DriftedResource, ...]) -> RenderableType:
    """Return a row a property."""
    rows = table("resource", "type", "property", "~deployed", "~found")
    for one in drifted:
        head = (literal(one.name), literal(short_type(one.type)))
        if one.kind is DriftKind.GONE:
            rows.add_row(*head, "", "", "[red]gone[/]")
        for change in one.changes:
            rows.add_row(*head, literal(change.path), _value(change.before), _value(change.after))
            head = ("", "")
    return rows


def _scaled_words(one: DriftedResource) -> str:
    return ", ".join(f"{change.path} {change.before} → {change.after}" for change in one.changes)


def _value(value: Any) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, default=str)
    return literal(text if len(text) <= _VALUE_CHARACTERS else text[: _VALUE_CHARACTERS - 1] + "…")
