"""Takes a stack down: through the state, whatever state it is in; a second time where the first did not get through."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from automation.cli.recover import recover_first
from automation.cli.session import Session
from automation.driver.guard import refuse_foreign_account
from automation.driver.operations import deployment_of, destroy, refresh
from automation.driver.progress import ProgressDisplay
from automation.driver.protections import drop_protections, make_room, protected_in
from automation.driver.workspace import remove_stack, select_stack
from automation.errors import AuthFault, Cancelled, Diagnostic, LockedFault, StackMissing

if TYPE_CHECKING:
    from pulumi.automation import Stack


def tear_down(session: Session, may_drop: Callable[[tuple[str, ...]], None]) -> int:
    """Delete the stack's resources and the stack; return how many resources were deleted, 0 where there was no stack.

    `may_drop` is told what is protected, and raises where nobody has said by name that it may go.
    """
    session.start_cloud()
    try:
        stack = select_stack(session.target)
    except StackMissing:
        session.screen.note(f"There is no stack {session.environment!r}; looking for leftovers all the same.")
        return 0
    caller = session.access.account_id()
    cloud = session.cloud
    if cloud is not None and session.embedded.is_fresh(cloud, session.environment):
        session.screen.note("Bringing the state in line with what is there first.")
        refresh(session.target, stack, caller=caller, observe=lambda _view: None)
    recover_first(session, stack, caller)  # what an interrupted deploy made would be left for ever
    _clear_the_way(session, stack, caller, may_drop)
    deleted = _destroyed(session, stack, caller)
    remove_stack(stack)
    if cloud is not None:
        session.embedded.forget(session.environment)
    return deleted


def _clear_the_way(
    session: Session, stack: "Stack", caller: str, may_drop: Callable[[tuple[str, ...]], None]
) -> None:
    deployment = deployment_of(stack)
    refuse_foreign_account(deployment, caller=caller, environment=session.environment)
    protected = protected_in(deployment)
    if protected:
        may_drop(protected)
        session.screen.note(f"Dropping the protection of {', '.join(protected)}.")
        drop_protections(session.target, stack, deployment, session.access.client)
    make_room(deployment, session.access.client)


def _destroyed(session: Session, stack: "Stack", caller: str) -> int:
    """Destroy; where that fails, look at what is there and try once more: workers still write, AWS is late."""
    try:
        return _destroy_once(session, stack, caller)
    except (Cancelled, LockedFault, AuthFault):
        raise
    except Diagnostic as first:
        session.screen.note(f"The first pass did not get through: {first.why or first.what}")
    session.screen.note("Bringing the state in line with what is there, then a second pass.")
    refresh(session.target, stack, caller=caller, observe=lambda _view: None)
    make_room(deployment_of(stack), session.access.client)
    return _destroy_once(session, stack, caller)


def _destroy_once(session: Session, stack: "Stack", caller: str) -> int:
    with ProgressDisplay(session.screen.words, "Destroy", is_silent=session.screen.is_json) as display:
        result = destroy(session.target, stack, caller=caller, observe=display.observe)
    return len(result.view.changed)
