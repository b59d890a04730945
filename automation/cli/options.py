"""Options that many commands share."""

import re
from collections.abc import Callable
from typing import Any

import click

Decorated = Callable[..., Any]

ENVIRONMENT_NAME = re.compile(r"[a-z][a-z0-9-]{0,13}")


def _checked(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    if ENVIRONMENT_NAME.fullmatch(name):
        return name
    raise click.BadParameter(
        f"{name[:40]!r} is no name of a stack: lower case letters, digits and '-', 14 at most"
    )


def environment_option(command: Decorated) -> Decorated:
    """--env."""
    return click.option(
        "--env",
        "environment",
        default="local",
        show_default=True,
        metavar="NAME",
        callback=_checked,
        help="Stack: local (embedded AWS), dev, staging, prod, or any that has a Pulumi.NAME.yaml.",
    )(command)


def json_option(command: Decorated) -> Decorated:
    """--json."""
    return click.option("--json", "is_json", is_flag=True, help="Print one JSON document; never ask.")(
        command
    )


def yes_option(command: Decorated) -> Decorated:
    """--yes."""
    return click.option("--yes", "-y", "is_confirmed", is_flag=True, help="Don't ask for confirmation.")(
        command
    )
