"""Which stack, and the way to it. Loads nothing of Pulumi: commands that only read a stack's outputs start sooner without."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.naming import PROJECT


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
