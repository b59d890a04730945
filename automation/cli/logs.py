"""logs: what the workers say."""

import click

from automation.cli.console import Screen
from automation.cli.log_lines import print_lines
from automation.cli.options import environment_option, json_option
from automation.cli.session import Session
from automation.errors import UsageFault
from automation.fleet.logs import log_lines

_LONGEST_MINUTES = 527_040
"""A year."""


@click.command()
@environment_option
@click.option(
    "--since",
    "since_minutes",
    type=float,
    default=10,
    show_default=True,
    help="Minutes back.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C.")
@json_option
def logs(environment: str, *, since_minutes: float, follow: bool, is_json: bool) -> None:
    """Show the workers' logs; with --json, one object a line."""
    if not 0 <= since_minutes <= _LONGEST_MINUTES:  # "nan" is a float, too
        raise UsageFault(
            f"{since_minutes} is no number of minutes back",
            why=f"a number from 0 to {_LONGEST_MINUTES} is",
            next_step="python -m automation logs --since 60",
            reference="since-invalid",
        )
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    lines = log_lines(session.access, session.outputs, since_seconds=since_minutes * 60, follow=follow)
    print_lines(lines, is_json=is_json)
