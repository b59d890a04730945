"""Reads the locks of a file backend: who holds a stack, and whether that process still lives.

Pulumi's `cancel` deletes every lock blindly; we look at owner, host, pid and age first.
"""

import json
import platform
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psutil

from components.naming import PROJECT


@dataclass(frozen=True, kw_only=True)
class StackLock:
    """One lock file."""

    path: Path
    """The file."""
    owner: str
    """User name."""
    host: str
    """Machine."""
    pid: int
    """Process of the Pulumi CLI."""
    since: str
    """Time as Pulumi wrote it."""

    @property
    def is_stale(self) -> bool:
        """It was taken on this machine by a process that is gone; a lock of another machine is never called stale."""
        if self.host != platform.node():
            return False
        try:
            process = psutil.Process(self.pid)
            return "pulumi" not in process.name() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    def describe(self) -> str:
        """Say who holds it."""
        return f"held by {self.owner} on {self.host}, process {self.pid}, since {self.since}"


def locks_of(backend_url: str, environment: str) -> tuple[StackLock, ...]:
    """Return the locks of a stack on a file backend; none for other backends, which tell by themselves."""
    if not backend_url.startswith("file://"):
        return ()
    root = (
        Path(unquote(urlsplit(backend_url).path))
        / ".pulumi"
        / "locks"
        / "organization"
        / PROJECT
        / environment
    )
    found = (_read(path) for path in sorted(root.glob("*.json")))
    return tuple(lock for lock in found if lock is not None)


def mend_side_files(backend_url: str, environment: str) -> tuple[Path, ...]:
    """Remove the attributes beside a stack's state that a killed Pulumi left empty; return what was removed.

    Pulumi's file store replaces the state itself at once, but writes the file of its attributes (content type, digest) in place. Killed
    between the two it leaves an empty one, and every command after it ends with "failed to load checkpoint: EOF". Without
    that file the state is read as it is. Only for a stack that nobody holds.
    """
    if not backend_url.startswith("file://"):
        return ()
    folder = Path(unquote(urlsplit(backend_url).path)) / ".pulumi" / "stacks" / PROJECT
    empty = [path for path in sorted(folder.glob(f"{environment}.json*.attrs")) if not path.stat().st_size]
    for path in empty:
        path.unlink(missing_ok=True)
    return tuple(empty)


def _read(path: Path) -> StackLock | None:
    try:
        fields = json.loads(path.read_text())
        return StackLock(
            path=path,
            owner=str(fields.get("username", "?")),
            host=str(fields.get("hostname", "?")),
            pid=int(fields.get("pid", 0)),
            since=str(fields.get("timestamp", "?"))[:19],
        )
    except (OSError, ValueError):
        return None
