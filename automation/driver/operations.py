"""Every operation on a stack goes through `run_operation`: one choke point.

| operation | takes the lock | writes state | asks first      | account guard |
|-----------|----------------|--------------|-----------------|---------------|
| preview   | no             | no           | no              | no            |
| up        | yes            | yes          | the caller does | yes           |
| drift     | no             | no           | no              | yes           |
| refresh   | yes            | yes          | no              | yes           |
| destroy   | yes            | yes          | the caller does | yes           |

lock probe → account guard → Pulumi in its own process group → events → error translation. The caller maps the diagnostic
to an exit code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi.automation import Stack, UpResult
from pulumi.automation.errors import CommandError

from automation.driver.backend import backend_of
from automation.driver.event_stream import EventRecorder
from automation.driver.events import DeploymentView
from automation.driver.failures import locked, translate_failure, translated_failures
from automation.driver.guard import refuse_foreign_account
from automation.driver.locks import locks_of, mend_side_files
from automation.driver.target import StackTarget
from automation.driver.workspace import select_stack

Observer = Callable[[DeploymentView], None]


@dataclass(frozen=True, kw_only=True)
class OperationResult:
    """What an operation did."""

    view: DeploymentView
    """The folded events."""
    exports: Mapping[str, Any]
    """Outputs after an up; empty for the others. Secrets are masked."""
    state_version: int = 0
    """Version of the state after an up; 0 where the backend counts none."""


def preview(
    target: StackTarget, stack: Stack, *, observe: Observer, config_file: Path | None = None
) -> OperationResult:
    """Plan without touching anything; `config_file` stands in for the stack's own."""
    return run_operation(
        target,
        lambda events: stack.preview(
            on_event=events.on_event, diff=True, config_file=str(config_file) if config_file else None
        ),
        observe=observe,
    )


def up(
    target: StackTarget, stack: Stack, *, caller: str, observe: Observer, config_file: Path | None = None
) -> OperationResult:
    """Create and update; `caller` is the AWS account that the credentials belong to, `config_file` as for a preview."""
    _before_writing(target, stack, caller)
    done: list[UpResult] = []
    result = run_operation(
        target,
        lambda events: done.append(
            stack.up(
                on_event=events.on_event,
                show_secrets=False,
                config_file=str(config_file) if config_file else None,
            )
        ),
        observe=observe,
    )
    exports = {name: output.value for name, output in done[0].outputs.items()}  # masked: see MaskedWorkspace
    return OperationResult(view=result.view, exports=exports, state_version=done[0].summary.version or 0)


def refresh(
    target: StackTarget, stack: Stack, *, caller: str, observe: Observer, forgets_pending: bool = True
) -> OperationResult:
    """Bring the state in line with what is there; what is gone is dropped, half-made creations may be forgotten."""
    _before_writing(target, stack, caller)
    return run_operation(
        target,
        lambda events: stack.refresh(
            on_event=events.on_event, show_secrets=False, clear_pending_creates=forgets_pending
        ),
        observe=observe,
    )


def look_for_drift(target: StackTarget, stack: Stack, *, caller: str, observe: Observer) -> OperationResult:
    """Compare the state with what is there, and write neither; with foreign credentials everything would seem gone."""
    deployment = deployment_of(stack)
    refuse_foreign_account(deployment, caller=caller, environment=target.environment)
    if deployment.get("pending_operations"):
        target.notify("The last operation was interrupted: `recover` settles what it left half done.")
    return run_operation(
        target,
        lambda events: stack.preview_refresh(on_event=events.on_event, show_secrets=False),
        observe=observe,
    )


def destroy(target: StackTarget, stack: Stack, *, caller: str, observe: Observer) -> OperationResult:
    """Delete everything that the stack made, then the stack itself."""
    _before_writing(target, stack, caller)
    return run_operation(
        target,
        lambda events: stack.destroy(on_event=events.on_event, show_secrets=False),
        observe=observe,
    )


def run_operation(
    target: StackTarget, work: Callable[[EventRecorder], object], *, observe: Observer
) -> OperationResult:
    """Run one operation with events and error translation; raises Diagnostic."""
    recorder = EventRecorder(observe)
    try:
        work(recorder)
    except CommandError as failure:
        raise translate_failure(failure, recorder.view, environment=target.environment) from failure
    return OperationResult(view=recorder.close(), exports={})


def probe_lock(target: StackTarget) -> None:
    """Raise LockedFault where another operation holds the stack; a lock whose owner is gone is removed, with a word."""
    backend_url = backend_of(target)
    for lock in locks_of(backend_url, target.environment):
        if not lock.is_stale:
            raise locked(target.environment, why=lock.describe())
        lock.remove()
        target.notify(f"Removed a lock whose process is gone ({lock.describe()}).")
    if mend_side_files(backend_url, target.environment):
        target.notify(
            "Removed the empty attributes of the state that a killed operation left; the state itself is whole."
        )


def exports_of(target: StackTarget) -> dict[str, Any]:
    """Read the outputs, secrets masked; raises Diagnostic with the reason where that is refused."""
    with translated_failures(target.environment):
        outputs = select_stack(target).outputs()
    return {name: output.value for name, output in outputs.items()}


def deployment_of(stack: Stack) -> Mapping[str, Any]:
    """Return the exported state (secrets stay ciphertext)."""
    deployment = stack.export_stack().deployment
    return deployment if isinstance(deployment, Mapping) else {}


def _before_writing(target: StackTarget, stack: Stack, caller: str) -> None:
    probe_lock(target)
    deployment = deployment_of(stack)
    refuse_foreign_account(deployment, caller=caller, environment=target.environment)
    if deployment.get("pending_operations"):
        target.notify("The last operation was interrupted; what it left half done is looked at first.")
