"""The only console: what a person sees, or the one JSON document that a machine reads."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from rich.console import Console, JustifyMethod, RenderableType
from rich.markup import escape
from rich.table import Table

from automation.errors import Diagnostic

PIPED_COLUMNS = 150
"""Width where there is no window."""


class Screen:
    """Human or JSON output. In JSON mode stdout carries exactly one document; words go to stderr."""

    def __init__(self, *, is_json: bool) -> None:
        """`is_json` chooses the mode."""
        self.is_json = is_json
        self._out = _console(sys.stdout)
        self._err = _console(sys.stderr)

    @property
    def words(self) -> Console:
        """Where words for a person go."""
        return self._err if self.is_json else self._out

    def note(self, text: str) -> None:
        """Say something while working."""
        self.words.print(printable(text), style="dim", highlight=False, markup=False, soft_wrap=True)

    def show(self, renderable: RenderableType) -> None:
        """Show something to a person; dropped in JSON mode."""
        if not self.is_json:
            self._out.print(renderable, highlight=False)

    def lines(self, lines: Iterable[str]) -> None:
        """Show lines that no window breaks: paths and commands to copy; dropped in JSON mode."""
        if not self.is_json:
            for line in lines:
                self._out.print(printable(line), highlight=False, markup=False, soft_wrap=True)

    def result(self, data: Any, render: Callable[[], RenderableType]) -> None:
        """End a command: the document, or its rendering."""
        if self.is_json:
            sys.stdout.write(json.dumps(data, indent=2, default=str, ensure_ascii=False) + "\n")
        else:
            self._out.print(render())

    def fail(self, diagnostic: Diagnostic) -> None:
        """Show a diagnostic: what, why, next step."""
        if self.is_json:
            sys.stdout.write(json.dumps(diagnostic.to_dict(), indent=2, ensure_ascii=False) + "\n")
            return
        what = printable(diagnostic.what)
        self._err.print(f"Error: {what}", style="bold red", highlight=False, markup=False, soft_wrap=True)
        if diagnostic.why:
            self._err.print(printable(diagnostic.why), highlight=False, markup=False, soft_wrap=True)
        if diagnostic.next_step:
            self._err.print(
                f"Next: {diagnostic.next_step}", style="cyan", highlight=False, markup=False, soft_wrap=True
            )


def _console(stream: TextIO) -> Console:
    """A pipe has no width: what is written there is for grep and logs, so it is wide."""
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_COLUMNS
    return Console(file=stream, width=width)


def printable(text: str) -> str:
    """Return text with control characters spelled out: names of files, and results, must not steer a terminal."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else ascii(sign).strip("'") for sign in text)


def literal(text: object, *, characters: int = 2000) -> str:
    """Return foreign text for a place where rich reads markup."""
    return escape(printable(str(text)[:characters]))


BAR_CELLS = 20


def bar(share: float) -> str:
    """Return a bar of a share, 0 to 1, as markup; the rest has a sign of its own, for there is no colour in a pipe."""
    cells = min(max(int(BAR_CELLS * share), 0), BAR_CELLS)
    return f"[green]{'━' * cells}[/][dim]{'┈' * (BAR_CELLS - cells)}[/]"


def table(*headings: str) -> Table:
    """Return an empty table in the house style; '>' before a heading aligns right, '~' lets its text wrap."""
    result = Table(header_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        justify: JustifyMethod = "right" if heading.startswith(">") else "left"
        wraps = heading.startswith("~")
        result.add_column(
            heading.lstrip(">~"), justify=justify, no_wrap=not wraps, overflow="fold" if wraps else "ellipsis"
        )
    return result
