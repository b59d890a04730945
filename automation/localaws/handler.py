"""What the provider must know about a resource type, and how handlers find theirs.

A handler says how one type is made, read, changed and removed; everything else (wire format, check against the SDK, tags,
diff, errors) is the provider's. `create` returns the id; `read` returns what the cloud holds under wire names, with `id` where an
import may use another form of it, or raises Gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from automation.localaws.provider_cloud import Cloud
from automation.localaws.provider_wire import Props, Unknown

Faults = Iterable[tuple[str, str]]
"""(property, reason) pairs."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What an update is to do."""

    id: str
    """Id of the resource."""
    old: Props
    """Outputs so far."""
    new: Props
    """Checked inputs."""
    changed: frozenset[str]
    """Top-level inputs that differ."""

    def touches(self, *names: str) -> bool:
        """Whether one of these differs."""
        return not self.changed.isdisjoint(names)


def _accept(_props: Props) -> Faults:
    return ()


def _finish(_cloud: Cloud, _id: str, _props: Props) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One type of the table."""

    urn_type: str
    """Pulumi's type token."""
    create: Callable[[Cloud, Props], str]
    """Make it; return the id."""
    read: Callable[[Cloud, str, Props], Props]
    """Read it by id; the properties known so far are a hint, empty on import."""
    delete: Callable[[Cloud, str, Props], None]
    """Remove it; gone already is fine."""
    update: Callable[[Cloud, Change], None] | None = None
    """Change it in place; None where every change replaces."""
    finish: Callable[[Cloud, str, Props], None] = _finish
    """Settings that follow creation; a fault here leaves a resource that the next update completes."""
    retag: Callable[[Cloud, str, Props, Mapping[str, str], Sequence[str]], None] | None = None
    """Set and remove tags; None where the type has none or `update` does it."""
    check: Callable[[Props], Faults] = _accept
    """What AWS refuses and moto accepts."""
    replace: frozenset[str] = frozenset()
    """Inputs whose change needs a new resource."""
    name: str = ""
    """Input that is made up from the resource's name when absent."""
    name_length: int = 255
    """Longest name."""
    identity: frozenset[str] = frozenset()
    """Inputs that two resources can't share: replaced with these unchanged, the old one goes first."""
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Values that an absent input stands for."""
    computed: frozenset[str] = frozenset()
    """Inputs that AWS fills in: absent, they stand for whatever AWS holds."""
    secrets: frozenset[str] = frozenset()
    """Outputs that are always secret."""

    @property
    def label(self) -> str:
        """`ecs.Service`, for messages."""
        _package, path, name = self.urn_type.split(":")
        return f"{path.partition('/')[0]}.{name}"


def known(props: Props, name: str) -> Any:
    """Return a property's value; None where absent or unknown yet."""
    value = props.get(name)
    return None if isinstance(value, Unknown) else value


def within(props: Props, name: str, low: float, high: float) -> Faults:
    """Check a number's range."""
    value = known(props, name)
    if value is not None and not low <= value <= high:
        yield name, f"'{name}' must be between {low} and {high}, not {value}"


def one_of(props: Props, name: str, allowed: Iterable[Any]) -> Faults:
    """Check a choice."""
    value, choices = known(props, name), list(allowed)
    if value is not None and value not in choices:
        yield name, f"'{name}' must be one of {', '.join(map(str, choices))}, not {value}"
