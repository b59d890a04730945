"""FleetComponent: what all components share — token, parenting, tags, registered outputs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.config import StackConfig
from components.naming import Names


@dataclass(frozen=True, kw_only=True)
class StackContext:
    """What every component is told."""

    names: Names
    """Names and tags of the stack."""
    config: StackConfig
    """Settings of the stack."""
    region: str
    """AWS region."""
    account_id: pulumi.Output[str]
    """AWS account."""


class FleetComponent(pulumi.ComponentResource):
    """Parent of all components; its token is `ddf:fleet:{class name}` and never changes once shipped."""

    def __init__(
        self,
        name: str,
        context: StackContext,
        *,
        holds_data: bool = False,
        parent: pulumi.Resource | None = None,
    ) -> None:
        """Register the component; what `holds_data` is protected where the stack asks for it."""
        is_protected = True if holds_data and context.config.protect else None  # None: as the parent has it
        options = pulumi.ResourceOptions(parent=parent, protect=is_protected)
        super().__init__(f"ddf:fleet:{type(self).__name__}", name, None, options)
        self._part_name = name
        self._context = context

    def tags(self, part: str) -> dict[str, str]:
        """Tags of a child: the stack's, its component and its own name."""
        names = self._context.names
        return {**names.tags(), "Component": self._part_name, "Name": names.part(part)}

    def child_name(self, part: str) -> str:
        """Logical name of a child."""
        return f"{self._part_name}-{part}"

    def physical_name(self, part: str) -> str:
        """Name on AWS of a child."""
        return self._context.names.part(part)

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Return fresh options for a child: options given to a component must not leak into its children."""
        return pulumi.ResourceOptions(parent=self, **options)

    def finish(self, outputs: Mapping[str, pulumi.Output[Any]]) -> None:
        """Register the outputs: once, and last."""
        self.register_outputs(dict(outputs))
