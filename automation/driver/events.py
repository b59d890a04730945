"""Pure: the events of a deployment folded into a view. Rendering is elsewhere; nothing here touches Pulumi."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Where a resource stands within the operation."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNCHANGED_OPS = frozenset({"same", "read", "refresh", "read-discard"})
"""Operations that change nothing."""

REPLACING_OPS = frozenset(
    {"replace", "create-replacement", "delete-replaced", "discard-replaced", "import-replacement"}
)
"""The parts of a replacement."""

DATA_LOSS_TYPES = frozenset(
    {
        "aws:s3/bucket:Bucket",
        "aws:dynamodb/table:Table",
        "aws:sqs/queue:Queue",
        "aws:ecr/repository:Repository",
    }
)
"""Replacing or deleting one of these loses what it holds."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One resource's step as the engine tells it."""

    urn: str
    """Pulumi's name of the resource."""
    type: str
    """Type token."""
    op: str
    """create, update, delete, replace, same, …"""
    parent: str = ""
    """URN of the parent."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """Old inputs; secrets are masked by the engine."""
    after: Mapping[str, Any] = field(default_factory=dict)
    """New inputs."""
    diff: Mapping[str, str] = field(default_factory=dict)
    """Property path -> kind (add, update, delete, …-replace)."""
    is_planning: bool = False
    """Part of a preview."""


@dataclass(frozen=True, kw_only=True)
class Started:
    """A step began, or is planned."""

    step: Step
    at: float
    """Epoch seconds."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A step ended well."""

    step: Step
    at: float
    """Epoch seconds."""


@dataclass(frozen=True, kw_only=True)
class Failed:
    """A step failed; the diagnostic tells why."""

    step: Step
    at: float
    """Epoch seconds."""


@dataclass(frozen=True, kw_only=True)
class Diagnosed:
    """A message of the engine, a provider or the program."""

    severity: str
    """error, warning, info or debug."""
    message: str
    """Text without colour."""
    urn: str = ""
    """The resource concerned, where there is one."""


@dataclass(frozen=True, kw_only=True)
class Summarised:
    """The end of the operation."""

    changes: Mapping[str, int]
    """op -> resources."""
    seconds: float
    """Duration as the engine measured it, in whole seconds."""


DeploymentEvent = Started | Ended | Failed | Diagnosed | Summarised


@dataclass(frozen=True, kw_only=True)
class ResourceRow:
    """What is known of one resource."""

    step: Step
    """The latest step that says most about it."""
    phase: Phase
    """Where it stands."""
    started_at: float
    """Epoch seconds of its first event."""
    seconds: float = 0.0
    """Duration, once it ended."""

    @property
    def name(self) -> str:
        """Logical name."""
        return self.step.urn.rsplit("::", 1)[-1]

    @property
    def is_change(self) -> bool:
        """Something is created, changed or removed."""
        return self.step.op not in UNCHANGED_OPS

    @property
    def is_component(self) -> bool:
        """A component, the stack or a provider: no AWS resource."""
        return self.step.type.startswith(("ddf:", "pulumi:"))

    @property
    def loses_data(self) -> bool:
        """The step would lose what the resource holds."""
        loses = self.step.op in {"delete", "replace", "delete-replaced"}
        return loses and self.step.type in DATA_LOSS_TYPES


@dataclass(frozen=True, kw_only=True)
class DeploymentView:
    """Everything that a screen or a machine may want to know of an operation."""

    rows: Mapping[str, ResourceRow] = field(default_factory=dict)
    """URN -> row, in order of appearance."""
    diagnostics: tuple[Diagnosed, ...] = ()
    """Errors and warnings; the program's own output is info."""
    changes: Mapping[str, int] | None = None
    """op -> resources, once the engine summed up."""
    seconds: float = 0.0
    """Duration by the engine."""

    @property
    def changed(self) -> tuple[ResourceRow, ...]:
        """Rows that change, components left out."""
        return tuple(row for row in self.rows.values() if row.is_change and not row.is_component)

    @property
    def errors(self) -> tuple[Diagnosed, ...]:
        """What went wrong."""
        return tuple(one for one in self.diagnostics if one.severity == "error")

    def counts(self) -> dict[str, int]:
        """Count operations over real resources: create, update, replace, delete, same."""
        counts: dict[str, int] = {}
        for row in self.rows.values():
            if not row.is_component:
                op = "replace" if row.step.op in REPLACING_OPS else row.step.op
                counts[op] = counts.get(op, 0) + 1
        return counts

    def component_of(self, row: ResourceRow) -> str:
        """Name of the nearest component above a row; empty where it hangs on the stack."""
        parent = self.rows.get(row.step.parent)
        while parent is not None and not parent.step.type.startswith("ddf:"):
            parent = self.rows.get(parent.step.parent)
        return parent.name if parent is not None else ""


def fold(view: DeploymentView, event: DeploymentEvent) -> DeploymentView:
    """Return the view after one more event."""
    if isinstance(event, Diagnosed):
        if event.severity == "debug" or not event.message.strip():
            return view
        return replace(view, diagnostics=(*view.diagnostics, event))
    if isinstance(event, Summarised):
        return replace(view, changes=dict(event.changes), seconds=event.seconds)
    return replace(view, rows={**view.rows, event.step.urn: _row(view.rows.get(event.step.urn), event)})


def _row(known: ResourceRow | None, event: Started | Ended | Failed) -> ResourceRow:
    started_at = known.started_at if known else event.at
    if isinstance(event, Started):
        phase = Phase.PLANNED if event.step.is_planning else Phase.RUNNING
        return ResourceRow(step=_telling_more(known, event.step), phase=phase, started_at=started_at)
    planned = isinstance(event, Ended) and event.step.is_planning
    phase = Phase.FAILED if isinstance(event, Failed) else Phase.PLANNED if planned else Phase.DONE
    return ResourceRow(
        step=_telling_more(known, event.step),
        phase=phase,
        started_at=started_at,
        seconds=max(event.at - started_at, 0.0),
    )


def _telling_more(known: ResourceRow | None, step: Step) -> Step:
    """Join what two events say: the later may lack the diff, and the parts of a replacement are one replacement."""
    if known is None:
        return step
    op = "replace" if {known.step.op, step.op} & REPLACING_OPS else step.op
    return replace(
        step,
        op=op,
        parent=step.parent or known.step.parent,
        diff=step.diff or known.step.diff,
        before=step.before or known.step.before,
        after=step.after or known.step.after,
    )
