"""health: each check a line with its time; a failing one with its next step."""

from dataclasses import asdict
from typing import Any

import click
from rich.markup import escape

from automation.cli.console import Screen
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import ExitCode
from automation.fleet.health import check_fleet


@click.command()
@environment_option
@json_option
def health(environment: str, *, is_json: bool) -> int:
    """Check every endpoint, then send a test job through the queue."""
    screen = Screen(is_json=is_json)
    checks = run_health(Session(environment, screen), screen)
    is_healthy = all(check["is_ok"] or check["is_warning"] for check in checks)
    if is_json:
        screen.result({"is_healthy": is_healthy, "checks": checks}, str)
    return ExitCode.OK if is_healthy else ExitCode.FAILED


def run_health(session: Session, screen: Screen) -> list[dict[str, Any]]:
    """Run the checks, showing each as it ends; return them as plain fields."""
    checks: list[dict[str, Any]] = []
    screen.show("[bold]Health[/]")
    endpoint = ""
    for check in check_fleet(session.access, session.outputs):
        checks.append(asdict(check))
        if check.endpoint != endpoint:
            endpoint = check.endpoint
            if endpoint:
                screen.show(f"  [dim]{escape(endpoint)}[/]")
        mark = "[green]✓[/]" if check.is_ok else "[yellow]![/]" if check.is_warning else "[red]✗[/]"
        screen.show(f"  {mark} {escape(check.name)}  [dim]{check.seconds:.1f} s[/]  {escape(check.detail)}")
        if not check.is_ok:
            screen.show(f"      [cyan]Next: {escape(check.next_step)}[/]")
    return checks
