"""Where a stack lives: work folder, backend, environment; and Pulumi's own objects for it.

The program is local (the repository root), so that the driver and plain `pulumi` act on the same stacks.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pulumi.automation import LocalWorkspace, OutputMap, OutputValue, Stack
from pulumi.automation.errors import StackNotFoundError

from automation.driver.exports import output_arguments
from automation.driver.failures import translated_failures
from automation.driver.pulumi_process import InterruptiblePulumi
from automation.driver.target import StackTarget

PASSPHRASE_VARIABLE = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 - the name of a variable, no secret
SECRET_SENTINEL = "[secret]"  # noqa: S105 - what the CLI prints in a secret's place


class MaskedWorkspace(LocalWorkspace):
    """Pulumi's workspace, but outputs are never fetched in plain text: the SDK's asks for both kinds after each update."""

    def stack_outputs(self, stack_name: str) -> OutputMap:
        """Read the outputs, secrets masked."""
        answer = self.pulumi_command.run(output_arguments(stack_name), self.work_dir, self.env_vars)
        return {
            name: OutputValue(value=value, secret=value == SECRET_SENTINEL)
            for name, value in json.loads(answer.stdout).items()
        }


def open_workspace(target: StackTarget, work_dir: Path | None = None) -> LocalWorkspace:
    """Return Pulumi's workspace over a folder, the repository root by default."""
    command = InterruptiblePulumi(target.pulumi, version=target.pulumi_version, notify=target.notify)
    return MaskedWorkspace(
        work_dir=str(work_dir or target.root), env_vars=dict(target.env), pulumi_command=command
    )


def select_stack(target: StackTarget) -> Stack:
    """Select an existing stack; raises StackMissing."""
    with translated_failures(target.environment):
        return Stack.select(target.environment, open_workspace(target))


def create_or_select_stack(target: StackTarget) -> Stack:
    """Select the stack, creating it where it is new; raises Diagnostic."""
    with translated_failures(target.environment):
        return Stack.create_or_select(target.environment, open_workspace(target))


def remove_stack(stack: Stack) -> None:
    """Remove an empty stack; its file is the user's and stays. One that somebody else has just removed is removed. Raises Diagnostic."""
    with translated_failures(stack.name), suppress(StackNotFoundError):
        stack.workspace.remove_stack(stack.name, preserve_config=True)


@contextmanager
def planning_stack(target: StackTarget, overrides: Mapping[str, str]) -> Iterator[tuple[Stack, Path]]:
    """Yield a stack for a preview, and a copy of its file with overrides: neither file nor backend is changed by it.

    A stack that is not there yet is planned in a backend of its own that is thrown away: not even an empty stack is left,
    and two first deployments at once can't take each other's away.
    """
    target.scratch.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="preview-", dir=target.scratch) as place,
        translated_failures(target.environment),
    ):
        folder = Path(place)
        shutil.copy(target.root / "Pulumi.yaml", folder / "Pulumi.yaml")
        copy = Path(shutil.copy(target.config_file, folder / target.config_file.name))
        planner = target
        try:
            Stack.select(target.environment, open_workspace(target, folder))
        except StackNotFoundError:
            planner = _with_backend_in(target, folder)
            Stack.create(target.environment, open_workspace(planner, folder))
        write_config(planner, overrides, folder=folder)
        yield Stack.select(target.environment, open_workspace(planner)), copy


def _with_backend_in(target: StackTarget, folder: Path) -> StackTarget:
    state = folder / "state"
    state.mkdir()
    passphrase = target.env.get(PASSPHRASE_VARIABLE) or os.environ.get(PASSPHRASE_VARIABLE) or "preview"
    return replace(
        target, env={**target.env, "PULUMI_BACKEND_URL": state.as_uri(), PASSPHRASE_VARIABLE: passphrase}
    )


def write_config(target: StackTarget, values: Mapping[str, str], *, folder: Path | None = None) -> None:
    """Write config values into the stack's file; Pulumi's own writer keeps the comments. A dot in a key leads into it."""
    with translated_failures(target.environment):
        for key, value in values.items():
            path = ["--path"] if "." in key else []
            open_workspace(target, folder).pulumi_command.run(
                ["config", "set", *path, key, "--stack", target.environment, "--plaintext", "--", value],
                str(folder or target.root),
                dict(target.env),
            )
