"""What the search for a CLI needs from outside: a way to fetch one, and a way to ask one for its version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Progress = Callable[[str], None]
"""Told, line by line, what is being done."""


class WayFailed(Exception):
    """One way to a CLI came to nothing; the text says why, for a person."""


class Way(Protocol):
    """Brings a CLI from somewhere else to this machine."""

    @property
    def name(self) -> str:
        """One word for the way: download, build."""
        ...

    def fetch(self, *, into: Path, version: str, progress: Progress) -> None:
        """Leave an executable `bin/pulumi` in the empty folder `into`, or raise WayFailed."""
        ...


class VersionProbe(Protocol):
    """Asks an executable which version it is."""

    def __call__(self, executable: Path) -> str:
        """Return the version without a leading v, or raise WayFailed."""
        ...


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """A Pulumi CLI that can be used at once, and the folder to run it from."""

    pulumi: Path
    """The CLI to run: it lies in bin_dir, so that it finds its language host beside itself."""
    version: str
    """Its version, without a leading v."""
    source: str
    """Where it came from: override, path, cache, download or build."""
    bin_dir: Path
    """Folder with `pulumi` and, where the official one is absent, our `pulumi-language-python`."""
    python: Path
    """The interpreter that runs the Pulumi program."""

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return `base` with this CLI first on PATH and this interpreter chosen for programs."""
        path = base.get("PATH", "")
        return {
            **base,
            "PATH": f"{self.bin_dir}:{path}" if path else str(self.bin_dir),
            "PULUMI_PYTHON_CMD": str(self.python),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
