"""Turns Pulumi's engine events into ours, and keeps the view while an operation runs.

The callback comes on a gRPC thread and whatever it raises is swallowed there: failures are recorded and raised by `close`.
"""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from pulumi.automation import EngineEvent

from automation.driver.events import (
    DeploymentEvent,
    DeploymentView,
    Diagnosed,
    Ended,
    Failed,
    Started,
    Step,
    Summarised,
    fold,
)

_COLOUR_TAG = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*m")


class EventRecorder:
    """Folds events as they come and tells an observer of each new view."""

    def __init__(self, observe: Callable[[DeploymentView], None] | None = None) -> None:
        """`observe` is called under a lock on a foreign thread: it must be quick."""
        self._observe = observe
        self._lock = threading.Lock()
        self._view = DeploymentView()
        self._failure: Exception | None = None

    @property
    def view(self) -> DeploymentView:
        """The view so far."""
        with self._lock:
            return self._view

    def on_event(self, event: EngineEvent) -> None:
        """Take one event from Pulumi; never raises."""
        try:
            translated = translate(event)
            if translated is None:
                return
            with self._lock:
                self._view = fold(self._view, translated)
                if self._observe is not None:
                    self._observe(self._view)
        except Exception as failure:  # noqa: BLE001 - recorded here, raised by close(); this thread would swallow it
            self._failure = self._failure or failure

    def close(self) -> DeploymentView:
        """Return the final view; raises what went wrong within the observer."""
        if self._failure is not None:
            raise self._failure
        return self.view


def translate(event: EngineEvent) -> DeploymentEvent | None:
    """Return our event, or None for one that says nothing to a person."""
    at = float(event.timestamp)
    if event.resource_pre_event:
        return Started(
            step=_step(event.resource_pre_event.metadata, event.resource_pre_event.planning), at=at
        )
    if event.res_outputs_event:
        return Ended(step=_step(event.res_outputs_event.metadata, event.res_outputs_event.planning), at=at)
    if event.res_op_failed_event:
        return Failed(step=_step(event.res_op_failed_event.metadata, None), at=at)
    if event.diagnostic_event:
        said = event.diagnostic_event
        return Diagnosed(severity=said.severity, message=_plain(said.message), urn=said.urn or "")
    if event.summary_event:
        summary = event.summary_event
        changes = {str(getattr(op, "value", op)): count for op, count in summary.resource_changes.items()}
        return Summarised(changes=changes, seconds=summary.duration_seconds)
    return None


def _plain(text: str) -> str:
    return _COLOUR_TAG.sub("", text).strip()


def _step(metadata: Any, planning: bool | None) -> Step:  # noqa: FBT001 - as the event has it: true, false or absent
    new, old = metadata.new, metadata.old
    state = new or old
    return Step(
        urn=metadata.urn,
        type=metadata.type,
        op=str(metadata.op.value),
        parent=(state.parent or "") if state else "",
        before=_inputs(old),
        after=_inputs(new),
        diff={path: change.diff_kind.value for path, change in (metadata.detailed_diff or {}).items()},
        is_planning=bool(planning),
    )


def _inputs(state: Any) -> Mapping[str, Any]:
    return dict(state.inputs or {}) if state else {}
