"""What is left of a stack after its last resource."""

import pytest
from pulumi.automation import Stack
from pulumi.automation.errors import StackNotFoundError, create_command_error

from automation.driver.workspace import remove_stack
from automation.errors import Diagnostic


class Workspace:
    def __init__(self, fault: Exception | None) -> None:
        self.fault = fault
        self.removed: list[tuple[str, bool | None]] = []

    def remove_stack(self, name: str, preserve_config: bool | None = None) -> None:
        self.removed.append((name, preserve_config))
        if self.fault is not None:
            raise self.fault


def stack_on(workspace: Workspace) -> Stack:
    stack = object.__new__(Stack)
    stack.name = "dev"
    stack.workspace = workspace  # type: ignore[assignment]
    return stack


def not_found() -> StackNotFoundError:
    from pulumi.automation import CommandResult

    return create_command_error(
        CommandResult(stdout="", stderr="error: no stack named 'dev' found", code=255)
    )


def test_the_file_of_a_stack_outlives_it():
    workspace = Workspace(None)
    remove_stack(stack_on(workspace))
    assert workspace.removed == [("dev", True)]


def test_of_two_that_destroy_a_stack_the_slower_one_finds_it_removed_and_is_content():
    fault = not_found()
    assert isinstance(fault, StackNotFoundError)
    remove_stack(stack_on(Workspace(fault)))


def test_another_fault_is_told_as_a_diagnostic():
    from pulumi.automation import CommandResult

    fault = create_command_error(CommandResult(stdout="", stderr="error: disk full", code=255))
    with pytest.raises(Diagnostic):
        remove_stack(stack_on(Workspace(fault)))
