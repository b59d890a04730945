"""Options that many commands share."""

from collections.abc import Callable
from typing import Any

import click

Decorated = Callable[..., Any]

ENVIRONMENT_NAME = r"[a-z][a-z0-9-]{0,13}"


def environment_option(command: Decorated) -> Decorated:
    """--env."""
    return click.option(
        "--env",
        "environment",
        default="local",
        show_default=True,
        metavar="NAME",
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
