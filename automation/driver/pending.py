"""Pure: what an interrupted operation left half done, what to do about each, and the state after that.

| the operation was | what is known                         | what is done                                              |
|-------------------|---------------------------------------|-----------------------------------------------------------|
| creating          | its id was noted, or it is found      | it is written into the state under its id                 |
| creating          | it is not there                       | the entry is cleared: the next deploy makes it             |
| creating          | making it twice is the same as once   | the entry is cleared: the next deploy makes it again       |
| creating          | nobody can tell                       | the entry stays until a person decides                     |
| any other         | the state knows its id                | the entry is cleared: the refresh reads what is there      |

Pulumi's own `refresh --import-pending-creates` (3.258) marks an entry as being imported, and the refresh after it drops it
without importing anything: what was made would be lost from the state. So the state is written here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Settlement(StrEnum):
    """What is done about an operation."""

    IMPORT = "import"
    CLEAR = "clear"
    READ = "read"
    UNDECIDED = "undecided"


@dataclass(frozen=True, kw_only=True)
class PendingOperation:
    """One operation that began and of whose end nothing is recorded."""

    urn: str
    """Pulumi's name of the resource."""
    type: str
    """Type token."""
    kind: str
    """creating, updating, deleting, reading, importing."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """What was asked for."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """The resource as the state has it."""

    @property
    def name(self) -> str:
        """Logical name."""
        return self.urn.rsplit("::", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource that an interrupted creation left."""

    resource_id: str
    """Its id, as Pulumi's provider spells it."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What the provider needs beside the inputs to read it."""
    is_import_id: bool = False
    """The id is the one of `pulumi import`, from which the provider finds out all the rest."""


@dataclass(frozen=True, kw_only=True)
class Settled:
    """One operation and what is done about it."""

    operation: PendingOperation
    """The operation."""
    settlement: Settlement
    """What is done."""
    reason: str
    """Why."""
    found: Found | None = None
    """What was found, for an import."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return {
            "urn": self.operation.urn,
            "type": self.operation.type,
            "name": self.operation.name,
            "was": self.operation.kind,
            "settlement": self.settlement.value,
            "id": self.found.resource_id if self.found else None,
            "reason": self.reason,
        }


def pending_of(deployment: Mapping[str, Any]) -> tuple[PendingOperation, ...]:
    """Read the operations that an exported state calls pending."""
    return tuple(
        PendingOperation(
            urn=str(one["resource"]["urn"]),
            type=str(one["resource"].get("type", "")),
            kind=str(one.get("type", "")),
            inputs=one["resource"].get("inputs") or {},
            record=one["resource"],
        )
        for one in deployment.get("pending_operations") or ()
    )


def settled_state(deployment: Mapping[str, Any], settled: Sequence[Settled]) -> dict[str, Any]:
    """Return the state in which what was found is a resource, and nothing is pending but what is undecided."""
    decided = {one.operation.urn for one in settled if one.settlement is not Settlement.UNDECIDED}
    made = {
        one.operation.urn: _as_resource(one.operation, one.found)
        for one in settled
        if one.settlement is Settlement.IMPORT and one.found is not None
    }
    resources: list[Mapping[str, Any]] = []
    for resource in deployment.get("resources") or ():
        successor = None if resource.get("delete") else made.pop(str(resource.get("urn")), None)
        if successor is None:
            resources.append(resource)
        else:  # a replacement: the new one takes the place of the old, which is deleted by the next deploy
            gone = resource.get("pendingReplacement", False)
            resources += [successor] if gone else [successor, {**resource, "delete": True}]
    left = [
        one for one in deployment.get("pending_operations") or () if one["resource"]["urn"] not in decided
    ]
    return {**deployment, "resources": [*resources, *made.values()], "pending_operations": left}


def ids_in(deployment: Mapping[str, Any], type_token: str) -> frozenset[str]:
    """Return every id and ARN that the state knows of a type: what another entry owns was not left by an interruption.

    Of that type alone: a repository and a family of task definitions may well have the same name.
    """
    resources = [one for one in deployment.get("resources") or () if one.get("type") == type_token]
    arns = {str((one.get("outputs") or {}).get("arn", "")) for one in resources}
    return frozenset({str(one.get("id", "")) for one in resources} | arns) - {""}


def _as_resource(operation: PendingOperation, found: Found) -> dict[str, Any]:
    inputs = {key: value for key, value in operation.inputs.items() if key != "__defaults"}
    noted = operation.record.get("outputs") or {}
    outputs = {} if found.is_import_id else {**inputs, **noted, "id": found.resource_id, **found.outputs}
    return {**operation.record, "custom": True, "id": found.resource_id, "outputs": outputs}
