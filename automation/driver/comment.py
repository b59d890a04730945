"""Pure: the comment on a pull request: counts, replacements, data at risk and cost above the fold, the diff in details.

One comment a stack: a hidden marker at its end finds it again. It says as much where the preview failed.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from automation.driver.differences import PropertyChange, property_changes
from automation.driver.events import DeploymentView, ResourceRow
from components.naming import PROJECT

LONGEST_CHARACTERS = 60_000
"""GitHub refuses more than 65,536."""
_VALUE_CHARACTERS = 120
_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "delete-replaced": "-", "import": "="}
_ENDED_OPS = ("create", "update", "replace", "delete", "import")
_CUT = "\n… cut: the whole is in the log of the run.\n"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a preview failed."""

    what: str
    """What happened."""
    why: str = ""
    """The cause."""
    next_step: str = ""
    """What to do."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a comment tells."""

    environment: str
    """Stack."""
    view: DeploymentView | None = None
    """The plan; None where there is none."""
    failure: Failure | None = None
    """Why there is no plan."""
    cost_lines: Sequence[str] = field(default=())
    """Cost of the plan, in words; empty where it is not known."""
    commit: str = ""
    """Commit that was looked at."""
    run_url: str = ""
    """The run that looked."""


def marker(environment: str) -> str:
    """Return the hidden words that find the comment of a stack again."""
    return f"<!-- {PROJECT}/{environment}: preview -->"


def render_comment(report: Report) -> str:
    """Return the comment as Markdown."""
    head = [f"### Preview of `{report.environment}`: {headline(report)}", ""]
    body = _failed(report.failure) if report.failure else _planned(report)
    return _fitted([*head, *body], _foot(report))


def headline(report: Report) -> str:
    """Return the outcome in a few words."""
    if report.failure or report.view is None:
        return "failed"
    counts = report.view.counts()
    parts = [f"{counts[op]} to {op}" for op in _ENDED_OPS if counts.get(op)]
    return ", ".join(parts) if parts else "nothing changes"


def _failed(failure: Failure) -> list[str]:
    lines = [f"**{_inline(failure.what)}**", ""]
    if failure.why:
        lines += _fenced(failure.why, "")
    if failure.next_step:
        lines += [f"Next: {_inline(failure.next_step)}", ""]
    return lines


def _planned(report: Report) -> list[str]:
    view = report.view or DeploymentView()
    lines = _warnings(view)
    lines += [f"Cost: {_inline(line)}  " for line in report.cost_lines]
    if report.cost_lines:
        lines.append("")
    if view.changed:
        lines += [*_table(view), "<details><summary>What changes, property by property</summary>", ""]
        lines += [*_fenced("\n".join(_diff(view)), "diff"), "</details>", ""]
    return lines


def _warnings(view: DeploymentView) -> list[str]:
    losing = [row.name for row in view.changed if row.loses_data]
    replaced = [row for row in view.changed if row.step.op == "replace"]
    lines = []
    if losing:
        names = ", ".join(f"`{name}`" for name in losing)
        lines += ["> [!CAUTION]", f"> Data would be lost in {names}.", ""]
    if replaced:
        lines.append("Replaced:")
        lines += [f"- `{row.name}`{_because(row)}" for row in replaced]
        lines.append("")
    return lines


def _because(row: ResourceRow) -> str:
    forcing = sorted(path for path, kind in row.step.diff.items() if kind.endswith("replace"))
    return f", because of {', '.join(f'`{path}`' for path in forcing)}" if forcing else ""


def _table(view: DeploymentView) -> list[str]:
    rows: dict[str, dict[str, int]] = {}
    for row in view.changed:
        counts = rows.setdefault(view.component_of(row) or "stack", {})
        op = "delete" if row.step.op == "delete-replaced" else row.step.op
        counts[op] = counts.get(op, 0) + 1
    lines = ["| component | create | update | replace | delete |", "|---|--:|--:|--:|--:|"]
    for name, counts in rows.items():
        cells = " | ".join(str(counts.get(op) or "") for op in ("create", "update", "replace", "delete"))
        lines.append(f"| {name} | {cells} |")
    return [*lines, ""]


def _diff(view: DeploymentView) -> Iterable[str]:
    for row in view.changed:
        sign = _SIGNS.get(row.step.op, "?")
        lead = sign if sign in "+-" else "!"
        yield f"{lead} {sign} {row.name}  ({row.step.type})"
        if row.step.op in {"update", "replace"}:
            yield from (f"    {_change(change)}" for change in property_changes(row.step))


def _change(change: PropertyChange) -> str:
    forces = "  (forces replacement)" if change.forces_replacement else ""
    if change.kind == "add":
        return f"{change.path}: + {_value(change.after)}{forces}"
    if change.kind == "delete":
        return f"{change.path}: - {_value(change.before)}{forces}"
    return f"{change.path}: {_value(change.before)} → {_value(change.after)}{forces}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _VALUE_CHARACTERS else text[: _VALUE_CHARACTERS - 1] + "…"


def _foot(report: Report) -> str:
    parts = [f"commit {report.commit[:10]}"] if report.commit else []
    parts += [f"[run]({report.run_url})"] if report.run_url else []
    told = f"<sub>{', '.join(parts)}</sub>\n" if parts else ""
    return f"{told}{marker(report.environment)}\n"


def _fenced(text: str, language: str) -> list[str]:
    """Fence foreign text with more backticks than it holds: it must not end the block, nor forge a marker."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", text.replace("<!--", "<! --"), fence, ""]


def _inline(text: str) -> str:
    """Foreign words in a line of ours: no markup, no mention of a person, no marker."""
    plain = " ".join(text.split())
    return re.sub(r"([\\`*_{}\[\]<>|#@])", r"\\\1", plain)


def _fitted(lines: Sequence[str], foot: str) -> str:
    text = "\n".join(lines)
    room = LONGEST_CHARACTERS - len(foot)
    if len(text) <= room:
        return f"{text}\n{foot}"
    kept = text[: room - 200]
    fences = re.findall(r"^`{3,}", kept, re.MULTILINE)
    closing = f"\n{fences[-1]}" if len(fences) % 2 else ""
    details = "\n</details>\n" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}{closing}\n{details}{_CUT}\n{foot}"
