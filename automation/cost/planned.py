"""The resources of a plan, as what is charged for sees them: after the deployment, and as they are now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from automation.driver.events import DeploymentView


@dataclass(frozen=True, kw_only=True)
class PlannedResource:
    """One resource of AWS."""

    type: str
    """Pulumi's type token."""
    name: str
    """Logical name."""
    component: str
    """Component that it belongs to."""
    inputs: Mapping[str, Any]
    """What it is asked to be."""


def planned_resources(view: DeploymentView) -> tuple[PlannedResource, ...]:
    """Return what will be there after the deployment."""
    return tuple(_resources(view, is_after=True))


def deployed_resources(view: DeploymentView) -> tuple[PlannedResource, ...]:
    """Return what is there now, by the state."""
    return tuple(_resources(view, is_after=False))


def _resources(view: DeploymentView, *, is_after: bool) -> Iterable[PlannedResource]:
    for row in view.rows.values():
        inputs = row.step.after if is_after else row.step.before
        absent = "delete" if is_after else "create"
        if row.is_component or row.step.op in {absent, "read"} or not row.step.type.startswith("aws:"):
            continue
        if inputs:
            yield PlannedResource(
                type=row.step.type, name=row.name, component=view.component_of(row), inputs=inputs
            )
