"""Runs a long command: its lines become phases, time passes visibly, and it never outlives us."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from automation.toolchain.ports import Progress, WayFailed

_REPORT_SECONDS = 1.0
_STOP_SECONDS = 5.0
_KEPT_LINES = 12


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command and how to speak of it."""

    arguments: Sequence[str]
    """The program and its arguments."""
    environment: Mapping[str, str]
    """Its whole environment."""
    directory: Path
    """Where it runs."""
    describe: Callable[[str, int], str]
    """Turns the latest line of output and the number of lines so far into words for the user."""
    failure: str
    """Begins the sentence when it fails: "the build failed"."""


@dataclass
class _Output:
    """The last lines of a command, written by a reader thread."""

    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    count: int = 0

    def drain(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        with process.stdout:
            for line in process.stdout:
                if line.strip():
                    self.lines.append(line.rstrip())
                    self.count += 1


def run_supervised(command: Command, progress: Progress) -> None:
    """Run to the end, reporting each second; WayFailed with the last lines if it fails; stopped on Ctrl-C."""
    started = time.monotonic()
    output = _Output()
    try:
        process = _start(command)
    except OSError as fault:
        raise WayFailed(f"{command.failure}: {fault}") from fault
    reader = threading.Thread(target=output.drain, args=(process,), daemon=True)
    reader.start()
    try:
        while True:
            try:
                process.wait(timeout=_REPORT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                latest = output.lines[-1] if output.lines else ""
                phase = command.describe(latest, output.count)
                progress(f"{phase} ({_clock(time.monotonic() - started)})")
    finally:
        _stop(process)
        reader.join(timeout=_STOP_SECONDS)
    if process.returncode != 0:
        tail = "\n".join(output.lines)
        raise WayFailed(f"{command.failure} with exit code {process.returncode}:\n{tail}")


def _start(command: Command) -> subprocess.Popen[str]:
    return subprocess.Popen(
        list(command.arguments),
        env=dict(command.environment),
        cwd=command.directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # so that all its children can be stopped together
    )


def _stop(process: subprocess.Popen[str]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=_STOP_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
