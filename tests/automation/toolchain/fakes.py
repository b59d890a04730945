"""Stands in for what brings a CLI, and for what asks it for its version."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from automation.toolchain.ports import Progress, WayFailed


def write_cli(path: Path, version: str) -> Path:
    """Write an executable that answers as `pulumi version` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho v{version}\n")
    path.chmod(0o755)
    return path


@dataclass
class FakeProbe:
    """Reads the version from the file that write_cli wrote, and counts."""

    asked: list[Path] = field(default_factory=list)

    def __call__(self, executable: Path) -> str:
        self.asked.append(executable)
        words = executable.read_text().split()
        if not words[-1].startswith("v"):
            raise WayFailed("it answers nothing")
        return words[-1].removeprefix("v")


@dataclass
class FakeWay:
    """Brings a CLI of a given version, or fails, or does something else first."""

    name: str = "build"
    brings: str = "3.258.0"
    fails: str = ""
    first: Callable[[Path], None] = lambda _into: None
    fetches: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, *, into: Path, version: str, progress: Progress) -> None:
        with self.lock:
            self.fetches += 1
        progress(f"{self.name} begins")
        self.first(into)
        if self.fails:
            raise WayFailed(self.fails)
        write_cli(into / "bin" / "pulumi", self.brings)
