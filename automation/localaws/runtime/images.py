"""Which local command stands for a container image: the one place that knows."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from automation.localaws.runtime.observed import Container

WORKER = "worker"
WORKER_REPOSITORY = re.compile(r"deployer-ddf-mod-llm-models-[a-z0-9-]+-worker")

DEFAULT_COMMANDS: Mapping[str, Sequence[str]] = MappingProxyType({WORKER: (sys.executable, "-m", "worker")})
"""Repository name or container name to command; the fleet's worker repositories are all WORKER."""


class NoLocalCommand(Exception):
    """Nothing here can run the image."""


@dataclass(frozen=True, kw_only=True)
class LocalImages:
    """The images that can run here."""

    commands: Mapping[str, Sequence[str]] = field(default_factory=lambda: DEFAULT_COMMANDS)
    """Repository name or container name to command."""

    def command(self, container: Container) -> list[str]:
        """Return the command for a container, its own arguments included; raises NoLocalCommand."""
        try:
            return [*self.command_of(container.image), *container.command]
        except NoLocalCommand:
            if container.name not in self.commands or _is_worker(container.image):
                raise
        return [*self.commands[container.name], *container.command]

    def command_of(self, image: str) -> list[str]:
        """Return the command for an image alone; raises NoLocalCommand."""
        for key in (repository_of(image), *((WORKER,) if _is_worker(image) else ())):
            if key in self.commands:
                return list(self.commands[key])
        raise NoLocalCommand(f"CannotPullContainerError: image {image} has no local command")


def _is_worker(image: str) -> bool:
    return WORKER_REPOSITORY.fullmatch(repository_of(image)) is not None


def repository_of(image: str) -> str:
    """Return the repository's name: no registry, no tag, no digest."""
    path = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return path.split(":", 1)[0]
