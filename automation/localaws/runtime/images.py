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
        repository = repository_of(container.image)
        is_worker = WORKER_REPOSITORY.fullmatch(repository) is not None
        for key in (repository, WORKER if is_worker else container.name):
            if key in self.commands:
                return [*self.commands[key], *container.command]
        raise NoLocalCommand(f"CannotPullContainerError: image {container.image} has no local command")


def repository_of(image: str) -> str:
    """Return the repository's name: no registry, no tag, no digest."""
    path = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return path.split(":", 1)[0]
