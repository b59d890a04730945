"""What feeds the fleet's function: its event source mappings."""

from collections.abc import Mapping
from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.errors import StoreUnavailable
from worker.domain.function_width import ON_STATES, UNBOUNDED_WIDTH


class LambdaIntake:
    """A `worker.scaling_ports.Intake`."""

    def __init__(self, *, client: Any, function_arn: str) -> None:
        """Use a botocore Lambda client."""
        self._client = client
        self._function_arn = function_arn

    def widths(self) -> Mapping[str, int]:
        """Ask for all mappings of the function, by their ids."""
        with reported("look at what feeds the function"):
            pages = self._client.get_paginator("list_event_source_mappings").paginate(
                FunctionName=self._function_arn
            )
            found = {each["UUID"]: _width(each) for page in pages for each in page["EventSourceMappings"]}
        if not found:
            raise StoreUnavailable(f"look at what feeds the function: nothing feeds {self._function_arn}")
        return found

    def set_width(self, mapping: str, width: int) -> None:
        """Switch it off, or on with a bound; batches under way end either way."""
        change: dict[str, Any] = {"Enabled": False}
        if width:
            change = {"Enabled": True, "ScalingConfig": {"MaximumConcurrency": width}}
        with reported(f"let a lane run {width} batches at once"):
            self._client.update_event_source_mapping(UUID=mapping, **change)


def _width(held: Mapping[str, Any]) -> int:
    if held["State"] not in ON_STATES:
        return 0
    return int((held.get("ScalingConfig") or {}).get("MaximumConcurrency") or UNBOUNDED_WIDTH)
