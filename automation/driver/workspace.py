"""Where a stack lives: work folder, backend, environment; and Pulumi's own objects for it.

The program is local (the repository root), so that the driver and plain `pulumi` act on the same stacks.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pulumi.automation import LocalWorkspace, Stack
from pulumi.automation.errors import StackAlreadyExistsError, StackNotFoundError

from automation.driver.pulumi_process import InterruptiblePulumi
from automation.errors import StackMissing
from components.naming import PROJECT

ENVIRONMENTS = ("local", "dev", "staging", "prod")
"""Stacks that the repository configures."""


@dataclass(frozen=True, kw_only=True)
class StackTarget:
    """One stack and the way to it."""

    environment: str
    """Stack name."""
    root: Path
    """Repository root: Pulumi.yaml and the program."""
    scratch: Path
    """Folder for copies of stack files; never the user's own."""
    pulumi: Path
    """The CLI."""
    pulumi_version: str
    """Its version."""
    env: Mapping[str, str]
    """Additions to the environment: backend, passphrase, endpoint, provider."""
    is_embedded: bool
    """It lives on the embedded AWS."""
    notify: Callable[[str], None]
    """Tells the user something while an operation runs."""

    @property
    def config_file(self) -> Path:
        """The stack's own file."""
        return self.root / f"Pulumi.{self.environment}.yaml"

    @property
    def qualified_name(self) -> str:
        """Stack name as a project-mode DIY backend spells it."""
        return f"organization/{PROJECT}/{self.environment}"


def open_workspace(target: StackTarget, work_dir: Path | None = None) -> LocalWorkspace:
    """Return Pulumi's workspace over a folder, the repository root by default."""
    command = InterruptiblePulumi(target.pulumi, version=target.pulumi_version, notify=target.notify)
    return LocalWorkspace(
        work_dir=str(work_dir or target.root), env_vars=dict(target.env), pulumi_command=command
    )


def select_stack(target: StackTarget) -> Stack:
    """Select an existing stack; raises StackMissing."""
    try:
        return Stack.select(target.environment, open_workspace(target))
    except StackNotFoundError as missing:
        raise StackMissing(
            f"there is no stack {target.environment!r}",
            why="nothing was deployed under this name with this backend",
            next_step=f"python -m automation deploy --env {target.environment}",
            reference="stack-missing",
        ) from missing


def create_or_select_stack(target: StackTarget) -> Stack:
    """Select the stack, creating it where it is new."""
    return Stack.create_or_select(target.environment, open_workspace(target))


def throwaway_stack(target: StackTarget, overrides: Mapping[str, str]) -> tuple[Stack, Path]:
    """Return a stack for a preview that must not touch the stack's file, and the copy of that file with overrides.

    Pulumi writes a salt into the file when it creates a stack: that too goes to the copy.
    """
    folder = target.scratch / "preview"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(target.root / "Pulumi.yaml", folder / "Pulumi.yaml")
    copy = folder / target.config_file.name
    shutil.copy(target.config_file, copy)
    workspace = open_workspace(target, folder)
    try:
        Stack.create(target.environment, workspace)
    except StackAlreadyExistsError:
        Stack.select(target.environment, workspace)
    write_config(target, overrides, folder=folder)
    return Stack.select(target.environment, open_workspace(target)), copy


def write_config(target: StackTarget, values: Mapping[str, str], *, folder: Path | None = None) -> None:
    """Write config values into the stack's file; Pulumi's own writer keeps the comments."""
    for key, value in values.items():
        open_workspace(target, folder).pulumi_command.run(
            ["config", "set", key, "--stack", target.environment, "--plaintext", "--", value],
            str(folder or target.root),
            dict(target.env),
        )
