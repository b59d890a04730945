"""Keeps fetched CLIs so that a half-finished one is never mistaken for a whole one.

A CLI is fetched into a staging folder, asked for its version, described by a manifest, and only then renamed to the
name under which it is looked for. One process fetches at a time; another waits and uses what the first one made.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from automation.toolchain.ports import Progress, VersionProbe, Way, WayFailed

_POLL_SECONDS = 1.0
_STAGING_PREFIX = ".staging-"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Describes one whole CLI in the cache."""

    version: str
    """What the executable answered."""
    source: str
    """The way that fetched it."""
    size_bytes: int
    """Its size, checked at each use."""
    sha256: str
    """Its digest, for a person who wants to compare."""


@dataclass(frozen=True, kw_only=True)
class CliCache:
    """The folder of fetched CLIs."""

    root: Path
    """Holds one folder per version."""
    probe: VersionProbe
    """Asks a fetched executable for its version before it is trusted."""

    def find(self, version: str) -> Path | None:
        """Return the executable if it is there and whole; costs two stat calls and one small read."""
        manifest = self._manifest(version)
        executable = self._executable(version)
        try:
            size_bytes = executable.stat().st_size
        except OSError:
            return None
        if manifest is None or size_bytes != manifest.size_bytes or not os.access(executable, os.X_OK):
            return None
        return executable

    def contains(self, executable: Path) -> bool:
        """Tell whether a path leads into this cache."""
        return executable.resolve().is_relative_to(self.root.resolve())

    def lock(self, progress: Progress) -> FileLock:
        """Return the held lock of the cache, waiting with a word to the user while another process has it."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / ".lock")
        started = time.monotonic()
        while True:
            try:
                lock.acquire(timeout=_POLL_SECONDS)
            except Timeout:
                waited_seconds = time.monotonic() - started
                progress(
                    f"another process is fetching the Pulumi CLI; waiting for it ({waited_seconds:.0f} s)"
                )
            else:
                return lock

    def fetch(self, way: Way, *, version: str, progress: Progress) -> Path:
        """Fetch a CLI by one way and return it, whole; raise WayFailed otherwise. Call with the lock held."""
        self._sweep()
        staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=self.root))
        try:
            way.fetch(into=staging, version=version, progress=progress)
            self._describe(staging, source=way.name, version=version)
            self._publish(staging, version)
        finally:
            shutil.rmtree(staging, ignore_errors=True)  # also on Ctrl-C: nothing half-made stays behind
        return self._executable(version)

    def _describe(self, staging: Path, *, source: str, version: str) -> None:
        executable = staging / "bin" / "pulumi"
        if not executable.is_file():
            raise WayFailed("it left no executable bin/pulumi")
        found = self.probe(executable)
        if found != version:
            raise WayFailed(f"it brought version {found}, not {version}")
        with executable.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = executable.stat().st_size
        manifest = Manifest(version=found, source=source, size_bytes=size_bytes, sha256=digest)
        (staging / "manifest.json").write_text(
            json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8"
        )

    def _publish(self, staging: Path, version: str) -> None:
        target = self._executable(version).parents[1]
        if target.exists():  # we hold the lock and find() refused it: it is broken
            target.rename(staging / "broken")
            shutil.rmtree(staging / "broken", ignore_errors=True)
        staging.rename(target)

    def _sweep(self) -> None:
        for leftover in self.root.glob(
            f"{_STAGING_PREFIX}*"
        ):  # of processes that were killed: we hold the lock
            shutil.rmtree(leftover, ignore_errors=True)

    def _executable(self, version: str) -> Path:
        return self.root / f"v{version}" / "bin" / "pulumi"

    def _manifest(self, version: str) -> Manifest | None:
        path = self._executable(version).parents[1] / "manifest.json"
        try:
            return Manifest(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
