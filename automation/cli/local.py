"""local: the embedded AWS by hand."""

import os
import shlex
from dataclasses import asdict

import click

from automation.cli.console import Screen
from automation.cli.options import json_option
from automation.cli.session import ROOT
from automation.driver.embedded import EmbeddedAws, overriding, state_dir_of
from automation.errors import Diagnostic
from automation.toolchain.locate import locate


@click.group()
def local() -> None:
    """Run the embedded AWS: up, down, status, logs, env."""


@local.command()
@json_option
def up(*, is_json: bool) -> None:
    """Start it; one that runs is left alone."""
    screen = Screen(is_json=is_json)
    status = _embedded().start(screen.note)
    screen.result(asdict(status), lambda: f"Running: process {status.pid}, {status.endpoint}")


@local.command()
@json_option
def down(*, is_json: bool) -> None:
    """Stop it; what it held is gone, and the next deploy makes it anew."""
    screen = Screen(is_json=is_json)
    was_running = _embedded().stop()
    screen.result({"was_running": was_running}, lambda: "Stopped." if was_running else "It was not running.")


@local.command()
@json_option
def status(*, is_json: bool) -> int:
    """Tell whether it runs; exit code 1 where it does not."""
    screen = Screen(is_json=is_json)
    running = _embedded().status()
    screen.result(
        asdict(running) if running else {"running": False},
        lambda: (
            f"Running: process {running.pid}, {running.endpoint}, since {running.started_at}"
            if running
            else "Not running."
        ),
    )
    return 0 if running else 1


@local.command()
@click.option(
    "--lines", "-n", type=click.IntRange(min=1), default=50, show_default=True, help="Lines from the end."
)
@json_option
def logs(lines: int, *, is_json: bool) -> None:
    """Show its own log (the workers' logs: `python -m automation logs`)."""
    path = _embedded().log_path
    if not path.exists():
        raise Diagnostic(
            f"there is no log at {path}", next_step="python -m automation local up", reference="no-log"
        )
    tail = path.read_text(errors="replace").splitlines()[-lines:]
    screen = Screen(is_json=is_json)
    screen.lines(tail)
    if is_json:
        screen.result({"lines": tail}, str)


@local.command()
@json_option
def env(*, is_json: bool) -> None:
    """Print the variables that point boto3, the aws CLI and pulumi at it: eval "$(python -m automation local env)"."""
    embedded = _embedded()
    running = embedded.status()
    if running is None:
        raise Diagnostic(
            "the embedded AWS is not running",
            next_step="python -m automation local up",
            reference="embedded-aws-down",
        )
    toolchain = locate(progress=lambda line: click.echo(line, err=True))
    variables = {**embedded.environment(running), "PULUMI_PYTHON_CMD": str(toolchain.python)}
    if is_json:
        path = os.pathsep.join([str(toolchain.bin_dir), os.environ.get("PATH", "")])
        Screen(is_json=True).result({**variables, "PATH": path}, str)
        return
    for name in overriding(os.environ):
        click.echo(f"unset {name}")
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f"export PATH={shlex.quote(str(toolchain.bin_dir))}:$PATH")


def _embedded() -> EmbeddedAws:
    return EmbeddedAws(state_dir_of(ROOT), root=ROOT)
