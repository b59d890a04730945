"""doctor: what this machine, these credentials and this stack can do; each fault with its fix."""

from dataclasses import asdict

import click
from rich.console import RenderableType

from automation.cli import doctor_account, doctor_machine
from automation.cli.console import Screen, literal, table
from automation.cli.doctor_finding import Check, Finding, looked
from automation.cli.doctor_stack import StackChecks
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import ExitCode


@click.command()
@environment_option
@json_option
def doctor(environment: str, *, is_json: bool) -> int:
    """Check this machine and its credentials, each fault with its fix."""
    screen = Screen(is_json=is_json)
    findings = [looked(name, check) for name, check in _of_machine(environment).items()]
    opened: list[Session] = []
    findings.append(looked("environment", lambda: _opened(environment, screen, opened)))
    if opened:
        findings += [looked(name, check) for name, check in _of_stack(opened[0]).items()]
    screen.result([asdict(one) for one in findings], lambda: _render(findings))
    return ExitCode.OK if all(one.is_ok or one.is_warning for one in findings) else ExitCode.FAILED


def _opened(environment: str, screen: Screen, opened: list[Session]) -> str:
    """Open the stack's file in this shell; without that nothing else can be looked at."""
    opened.append(Session(environment, screen))
    return f"stack {environment}, {'on the embedded AWS' if opened[0].is_embedded else 'on AWS'}"


def _of_machine(environment: str) -> dict[str, Check]:
    return {
        "system": lambda: doctor_machine.check_system(environment),
        "Python": doctor_machine.check_python,
        "Node": doctor_machine.check_node,
        "disk": doctor_machine.check_disk,
        "image builder": lambda: doctor_machine.check_builder(environment),
    }


def _of_stack(session: Session) -> dict[str, Check]:
    stack = StackChecks(session)
    return {
        "stack file": stack.check_file,
        "Pulumi": lambda: doctor_machine.check_versions(session),
        "AWS": lambda: doctor_account.check_credentials(session),
        "region": lambda: doctor_account.check_region(session),
        "backend": stack.check_backend,
        "passphrase": stack.check_passphrase,
        "account": stack.check_account,
        "permissions": lambda: doctor_account.check_permissions(session),
        "quotas": lambda: doctor_account.check_quotas(session),
        "stack lock": stack.check_lock,
        "interruptions": stack.check_pending,
    }


def _render(findings: list[Finding]) -> RenderableType:
    rows = table("", "check", "~found", "~fix")
    for one in findings:
        mark = "[green]✓[/]" if one.is_ok else "[yellow]![/]" if one.is_warning else "[red]✗[/]"
        rows.add_row(mark, one.name, literal(one.detail), literal(one.fix))
    return rows
