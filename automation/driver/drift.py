"""Pure: what a read-only refresh saw, as drift: property by property, what scaling does by itself left apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from automation.driver.differences import PropertyChange, property_changes
from automation.driver.events import DeploymentView, ResourceRow

SCALED_PROPERTIES: Mapping[str, frozenset[str]] = {
    "aws:ecs/service:Service": frozenset({"desiredCount"}),
    "aws:autoscaling/group:Group": frozenset({"desiredCapacity"}),
    "aws:lambda/eventSourceMapping:EventSourceMapping": frozenset(
        {"enabled", "scalingConfig.maximumConcurrency"}
    ),
}
"""What the fleet's own scaling sets, a person or the budget: it is no drift."""
RESCUE, SWITCH = "rescue", frozenset({"actionsEnabled"})
"""The controller lets the alarms of this component act, or not. An alarm of another one that is switched off is drift."""


class DriftKind(StrEnum):
    """How a resource differs from what was deployed."""

    CHANGED = "changed"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True)
class DriftedResource:
    """One resource that is not as it was deployed."""

    urn: str
    """Pulumi's name of it."""
    type: str
    """Type token."""
    name: str
    """Logical name."""
    component: str
    """The component that it belongs to; empty where it hangs on the stack."""
    kind: DriftKind
    """Changed, or gone."""
    changes: tuple[PropertyChange, ...] = ()
    """What differs: `before` is what was deployed, `after` what is there now."""


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """What was looked at and what was found."""

    drifted: tuple[DriftedResource, ...]
    """Resources that differ."""
    scaled: tuple[DriftedResource, ...] = field(default=())
    """Resources that differ in nothing but what the fleet sets by itself."""
    looked_at: int
    """Resources that were read."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return {
            "looked_at": self.looked_at,
            "drifted": [_to_dict(one) for one in self.drifted],
            "scaled": [_to_dict(one) for one in self.scaled],
        }


def drift_of(view: DeploymentView) -> DriftReport:
    """Read the view of a refresh that was only planned."""
    drifted: list[DriftedResource] = []
    scaled: list[DriftedResource] = []
    rows = [row for row in view.rows.values() if not row.is_component]
    for row in rows:
        found = _drifted(view, row)
        if found is not None:
            (scaled if _is_size_alone(found) else drifted).append(found)
    return DriftReport(drifted=tuple(drifted), scaled=tuple(scaled), looked_at=len(rows))


def _drifted(view: DeploymentView, row: ResourceRow) -> DriftedResource | None:
    if row.step.op not in {"update", "delete"}:
        return None
    kind = DriftKind.GONE if row.step.op == "delete" else DriftKind.CHANGED
    changes = property_changes(row.step) if kind is DriftKind.CHANGED else ()
    if kind is DriftKind.CHANGED and not changes:
        return None  # only what AWS reports moved, such as a date: nothing that was asked for
    return DriftedResource(
        urn=row.step.urn,
        type=row.step.type,
        name=row.name,
        component=view.component_of(row),
        kind=kind,
        changes=changes,
    )


def _is_size_alone(found: DriftedResource) -> bool:
    own = SWITCH if found.component == RESCUE else SCALED_PROPERTIES.get(found.type, frozenset())
    return found.kind is DriftKind.CHANGED and all(change.path in own for change in found.changes)


def _to_dict(found: DriftedResource) -> dict[str, Any]:
    return {
        "urn": found.urn,
        "type": found.type,
        "name": found.name,
        "component": found.component,
        "kind": found.kind.value,
        "properties": [
            {
                "path": change.path,
                "kind": change.kind,
                "deployed": change.before,
                "found": change.after,
            }
            for change in found.changes
        ],
    }
