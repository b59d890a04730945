"""Takes a stack down: through the state, whatever state it is in; twice in a row is fine."""

from automation.cli.recover import recover_first
from automation.cli.session import Session
from automation.driver.operations import destroy, refresh
from automation.driver.progress import ProgressDisplay
from automation.driver.workspace import select_stack
from automation.errors import StackMissing


def tear_down(session: Session) -> int:
    """Delete the stack's resources and the stack; return how many resources were deleted, 0 where there was no stack."""
    session.start_cloud()
    try:
        stack = select_stack(session.target)
    except StackMissing:
        session.screen.note(f"There is no stack {session.environment!r}; looking for leftovers all the same.")
        return 0
    caller = session.access.account_id()
    cloud = session.cloud
    is_fresh = cloud is not None and session.embedded.is_fresh(cloud, session.environment)
    if is_fresh:
        session.screen.note("Bringing the state in line with what is there first.")
        refresh(session.target, stack, caller=caller, observe=lambda _view: None)
    recover_first(session, stack, caller)  # what an interrupted deploy made would be left for ever
    with ProgressDisplay(session.screen.words, "Destroy", is_silent=session.screen.is_json) as display:
        result = destroy(session.target, stack, caller=caller, observe=display.observe)
    stack.workspace.remove_stack(
        session.environment, preserve_config=True
    )  # the file is the user's, and outlives a stack
    if cloud is not None:
        session.embedded.forget(session.environment)
    return len(result.view.changed)
