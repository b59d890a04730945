"""Asks before something that can't be taken back, where somebody is there to answer."""

import sys
from collections.abc import Callable

from automation.cli.console import Screen
from automation.errors import Cancelled, UsageFault


def confirm(screen: Screen, ask: Callable[[], bool], *, is_confirmed: bool) -> None:
    """Return where it is confirmed; raises UsageFault where nobody can be asked, Cancelled where the answer is no."""
    if is_confirmed:
        return
    if screen.is_json or not sys.stdin.isatty():
        raise UsageFault(
            "nobody is there to confirm",
            why="the output is JSON, or the input is no terminal",
            next_step="add --yes",
            reference="confirm",
        )
    if not ask():
        raise Cancelled("not confirmed: nothing was changed", reference="not-confirmed")
