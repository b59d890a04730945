"""From a task record to what must be run for it: commands, environments, log streams, a port."""

import dataclasses
import socket
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from automation.localaws.runtime.environment import (
    Cloud,
    SecretStores,
    SecretUnavailable,
    container_environment,
    container_override,
)
from automation.localaws.runtime.identities import TASKS, Identities, RoleUnusable
from automation.localaws.runtime.images import LocalImages, NoLocalCommand
from automation.localaws.runtime.logs import LogPump, LogsUnavailable
from automation.localaws.runtime.observed import Container, Task, TaskDefinition
from automation.localaws.runtime.processes import Launch


class TaskCannotStart(Exception):
    """The task's stopped reason, in the words of ECS."""


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """Prepares tasks."""

    images: LocalImages
    """What can run here."""
    secrets: SecretStores
    """Where secrets are read."""
    logs: LogPump
    """Where logs go."""
    identities: Identities
    """Who tasks are."""
    cloud: Cloud
    """What containers talk to."""
    directory: Path
    """Where processes run: the repository root."""
    logs_directory: Path
    """Local log files."""

    def prepare(self, task: Task, definition: TaskDefinition, *, port: int) -> list[Launch]:
        """Return one launch for each container, all or none; raises TaskCannotStart."""
        containers = [_with_override(task, container) for container in definition.containers]
        cloud = self._cloud_of(definition)
        try:
            commands = [self.images.command(container) for container in containers]
            secrets = [self.secrets.resolve(container) for container in containers]
        except NoLocalCommand as fault:
            raise TaskCannotStart(str(fault)) from fault
        except SecretUnavailable as fault:
            text = f"ResourceInitializationError: unable to pull secrets or registry auth: {fault}"
            raise TaskCannotStart(text) from fault
        return [
            Launch(
                container=container.name,
                command=command,
                environment=container_environment(
                    task=task, container=container, cloud=cloud, secrets=values, port=port
                ),
                directory=self.directory,
                log=self._open_log(task, definition, container),
            )
            for container, command, values in zip(containers, commands, secrets, strict=True)
        ]

    def _cloud_of(self, definition: TaskDefinition) -> Cloud:
        try:
            return self.identities.cloud_of(self.cloud, definition.task_role, service=TASKS)
        except RoleUnusable as fault:
            raise TaskCannotStart(f"ECS was unable to assume the role: {fault}") from fault

    def _open_log(self, task: Task, definition: TaskDefinition, container: Container) -> Path:
        path = self.logs_directory / f"{definition.family}-{task.id[:8]}-{container.name}.log"
        if container.logs is not None:
            stream = "/".join(
                part for part in (container.logs.stream_prefix, container.name, task.id) if part
            )
            try:
                self.logs.open(path, container.logs, stream)
            except LogsUnavailable as fault:
                raise TaskCannotStart(str(fault)) from fault
        return path


def _with_override(task: Task, container: Container) -> Container:
    command = container_override(task, container).get("command")
    return dataclasses.replace(container, command=tuple(command)) if command else container


def free_port(*, taken: AbstractSet[int]) -> int:
    """Return a port of the loopback that nobody listens on now and no task was given."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port
