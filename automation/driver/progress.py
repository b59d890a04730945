"""Draws a DeploymentView: the plan as a tree by component, the progress as a table. It has no state of a deployment."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from automation.driver.differences import PropertyChange, property_changes
from automation.driver.events import DeploymentView, Phase, ResourceRow

_SIGNS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "replace": ("±", "magenta"),
    "delete": ("-", "red"),
    "delete-replaced": ("-", "red"),
    "import": ("=", "cyan"),
}
_VALUE_CHARACTERS = 60
_CHANGES_SHOWN = 8


def plan(view: DeploymentView) -> RenderableType:
    """Return the plan: changed resources under their component, each with what changes, then the counts."""
    by_component: dict[str, list[ResourceRow]] = {}
    for row in view.changed:
        by_component.setdefault(view.component_of(row) or "stack", []).append(row)
    tree = Tree("[bold]Plan[/]", guide_style="dim")
    for component, rows in by_component.items():
        branch = tree.add(f"[bold]{escape(component)}[/]  [dim]{len(rows)}[/]")
        for row in rows:
            leaf = branch.add(_headline(row))
            for line in _change_lines(row):
                leaf.add(line)
    return Group(*([tree] if by_component else []), summary(view))


def summary(view: DeploymentView) -> Text:
    """Return the counts in one line, and the warning about data where something would be lost."""
    counts = view.counts()
    parts = [
        f"{sign} {counts[op]} to {op}"
        for op, (sign, _) in _SIGNS.items()
        if counts.get(op) and op != "delete-replaced"
    ]
    text = Text(", ".join(parts) if parts else "Nothing to change", style="bold")
    if counts.get("same"):
        text.append(f"  ({counts['same']} unchanged)", style="dim")
    losing = [row.name for row in view.changed if row.loses_data]
    if losing:
        text.append(f"\nData would be lost in: {', '.join(losing)}", style="bold red")
    return text


def _headline(row: ResourceRow) -> Text:
    sign, colour = _SIGNS.get(row.step.op, ("?", "white"))
    text = Text(f"{sign} ", style=colour)
    text.append(row.name)
    text.append(f"  {short_type(row.step.type)}", style="dim")
    if row.step.op == "replace":
        forcing = sorted(path for path, kind in row.step.diff.items() if kind.endswith("replace"))
        text.append(
            f"  replaced because of {', '.join(forcing)}" if forcing else "  replaced", style="magenta"
        )
    return text


def short_type(token: str) -> str:
    """Shorten a type token: aws:sqs/queue:Queue -> sqs Queue."""
    parts = token.split(":")
    return f"{parts[1].split('/')[0]} {parts[-1]}" if len(parts) == 3 else token


def _change_lines(row: ResourceRow) -> Iterable[Text]:
    if row.step.op not in {"update", "replace"}:
        return
    changes = property_changes(row.step)
    for change in changes[:_CHANGES_SHOWN]:
        yield _change_line(change)
    if len(changes) > _CHANGES_SHOWN:
        yield Text(f"… {len(changes) - _CHANGES_SHOWN} more", style="dim")


def _change_line(change: PropertyChange) -> Text:
    text = Text(f"{change.path}: ", style="dim")
    if change.kind != "add":
        text.append(_short(change.before), style="red")
    if change.kind == "update":
        text.append(" → ", style="dim")
    if change.kind != "delete":
        text.append(_short(change.after), style="green")
    if change.forces_replacement:
        text.append("  forces replacement", style="magenta")
    return text


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= _VALUE_CHARACTERS else text[: _VALUE_CHARACTERS - 1] + "…"


def to_dict(view: DeploymentView) -> dict[str, Any]:
    """Return the form that --json prints: counts and changed resources with their property changes."""
    return {
        "counts": view.counts(),
        "seconds": view.seconds,
        "changes": [_row_dict(view, row) for row in view.changed],
        "warnings": [one.message for one in view.diagnostics if one.severity == "warning"],
    }


def _row_dict(view: DeploymentView, row: ResourceRow) -> Mapping[str, Any]:
    return {
        "urn": row.step.urn,
        "type": row.step.type,
        "name": row.name,
        "component": view.component_of(row),
        "op": row.step.op,
        "phase": row.phase.value,
        "loses_data": row.loses_data,
        "properties": [
            {"path": change.path, "kind": change.kind, "forces_replacement": change.forces_replacement}
            for change in property_changes(row.step)
            if row.step.op in {"update", "replace"}
        ],
    }


class ProgressDisplay:
    """Shows an operation while it runs: a live table on a terminal, a line a resource elsewhere, nothing where silent."""

    def __init__(self, console: Console, title: str, *, is_silent: bool = False) -> None:
        """`console` is where it is shown."""
        self._console = console
        self._title = title
        self._is_silent = is_silent
        self._view = DeploymentView()
        self._told: set[str] = set()
        self._began = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._console.is_terminal and not self._is_silent:
            self._live = Live(
                get_renderable=self._table, console=self._console, refresh_per_second=8, transient=True
            )
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop drawing; what stays is the last line."""
        if self._live is not None:
            self._live.stop()
        if not self._is_silent:
            seconds = time.monotonic() - self._began
            failed = sum(row.phase is Phase.FAILED for row in self._view.changed)
            done = sum(row.phase is Phase.DONE for row in self._view.changed)
            counts = (
                f"{done} done{f', {failed} failed' if failed else ''}, "
                if self._view.changed and done + failed
                else ""
            )
            self._console.print(f"{self._title}: {counts}{seconds:.1f} s", highlight=False)

    def observe(self, view: DeploymentView) -> None:
        """Take a new view; called on the event thread, so a terminal is left to the drawing thread."""
        self._view = view
        if self._live is None and not self._is_silent:
            self._tell_lines(view)

    def _tell_lines(self, view: DeploymentView) -> None:
        for row in view.changed:
            key = f"{row.step.urn}:{row.phase}"
            if row.phase in {Phase.DONE, Phase.FAILED} and key not in self._told:
                self._told.add(key)
                mark = "✓" if row.phase is Phase.DONE else "✗"
                self._console.print(
                    f"  {mark} {row.step.op:8} {short_type(row.step.type):34} {row.name}", highlight=False
                )

    def _table(self) -> Table:
        view = self._view
        table = Table.grid(padding=(0, 2))
        table.add_row(f"[bold]{self._title}[/]", f"[dim]{time.monotonic() - self._began:.0f} s[/]", "")
        groups: dict[str, list[ResourceRow]] = {}
        for row in view.changed:
            groups.setdefault(view.component_of(row) or "stack", []).append(row)
        for component, rows in groups.items():
            done = sum(row.phase in {Phase.DONE, Phase.FAILED} for row in rows)
            running = ", ".join(row.name for row in rows if row.phase is Phase.RUNNING)
            mark = "[green]✓[/]" if done == len(rows) else "[yellow]…[/]"
            table.add_row(
                f"{mark} {escape(component)}", f"{done}/{len(rows)}", f"[dim]{escape(running)[:70]}[/]"
            )
        return table
