"""Runs a long command: its lines become phases, time passes visibly, and it never outlives us."""

import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
    process: subprocess.Popen[str] | None = None
    try:
        with _later_interrupted():
            process = _start(command)
            reader = threading.Thread(target=output.drain, args=(process,), daemon=True)
            reader.start()
        while _runs_on(process):
            latest = output.lines[-1] if output.lines else ""
            phase = command.describe(latest, output.count)
            progress(f"{phase} ({_clock(time.monotonic() - started)})")
    finally:
        if process is not None:
            _stop(process)
            reader.join(timeout=_STOP_SECONDS)
    if process.returncode != 0:
        tail = "\n".join(output.lines)
        raise WayFailed(f"{command.failure} with exit code {process.returncode}:\n{tail}")


@contextmanager
def _later_interrupted() -> Iterator[None]:
    """Have an interruption wait: within the start of a process it would leave one that nobody knows of."""
    held: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        held = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        held = {number: handler for number, handler in held.items() if callable(handler)}
    came: list[int] = []
    for number in held:
        signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
    for number in came[:1]:
        signal.raise_signal(number)


def _runs_on(process: subprocess.Popen[str]) -> bool:
    """Wait until it is time to report, or until the process has ended."""
    try:
        process.wait(timeout=_REPORT_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _start(command: Command) -> subprocess.Popen[str]:
    try:
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
    except OSError as fault:
        raise WayFailed(f"{command.failure}: {fault}") from fault


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
