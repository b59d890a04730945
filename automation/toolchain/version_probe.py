"""Asks executables for their version, and remembers the answer for as long as the file stays the same."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from automation.toolchain.pins import parse_version
from automation.toolchain.ports import VersionProbe, WayFailed

_TIMEOUT_SECONDS = 60.0


def ask_version(executable: Path) -> str:
    """Run `pulumi version` and return what it says, without the leading v."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        done = subprocess.run(
            [str(executable), "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise WayFailed(f"`{executable} version` could not be run: {fault}") from fault
    if done.returncode != 0:
        raise WayFailed(
            f"`{executable} version` failed with exit code {done.returncode}: {done.stderr.strip()}"
        )
    return _clean(done.stdout, executable)


@dataclass(frozen=True, kw_only=True)
class RememberingProbe:
    """Answers from a small file while path, size and time of change of the executable are the same."""

    memory: Path
    """JSON file that keeps the answers; losing it costs one run of the CLI."""
    probe: VersionProbe
    """Asked when the memory does not know."""

    def __call__(self, executable: Path) -> str:
        """Return the version of `executable`."""
        resolved = executable.resolve()
        stat = resolved.stat()
        key = f"{resolved}|{stat.st_size}|{stat.st_mtime_ns}"
        known = self._known()
        if key not in known:
            known = {**known, key: self.probe(executable)}
            self._remember(known)
        return known[key]

    def _known(self) -> dict[str, str]:
        try:
            known = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _remember(self, known: dict[str, str]) -> None:
        try:
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            draft = self.memory.with_suffix(f".{os.getpid()}")
            draft.write_text(json.dumps(known, indent=2), encoding="utf-8")
            draft.replace(self.memory)
        except OSError:
            return  # a read-only home only costs the time to ask again


def _clean(answer: str, executable: Path) -> str:
    version = answer.strip().removeprefix("v")
    try:
        parse_version(version)
    except ValueError as fault:
        raise WayFailed(f"`{executable} version` answered {answer.strip()!r}, which is no version") from fault
    return version
