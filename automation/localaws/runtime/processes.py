"""Child processes: one per container, each in a session of its own, ended as ECS ends containers."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

SIGNAL_BASE = 128
"""A process that a signal ended has this plus the signal's number as exit code, as containers have."""
LEASH = str(Path(__file__).with_name("leash.py"))
SAME_MOMENT_SECONDS = 0.05
"""Creation times closer than this are of the same process."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What to run for a container."""

    container: str
    """Name within the task."""
    command: Sequence[str]
    """Program and arguments."""
    environment: Mapping[str, str]
    """The whole environment."""
    directory: Path
    """Where it runs."""
    log: Path
    """Takes both output streams."""


class Child:
    """A container's process."""

    def __init__(self, launch: Launch, *, on_exit: Callable[[], None]) -> None:
        self.container = launch.container
        self.log = launch.log
        launch.log.parent.mkdir(parents=True, exist_ok=True)
        with launch.log.open("ab") as output:  # appending, so that the file may be cut while it is written
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", LEASH, str(os.getpid()), *launch.command],
                env=dict(launch.environment),
                cwd=launch.directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.created = _created(self._process.pid)
        self._on_exit = on_exit
        self._exit_code: int | None = None
        self._waiter = threading.Thread(target=self._wait, name=f"wait-{self.pid}", daemon=True)
        self._waiter.start()

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its group and session."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._exit_code

    def terminate(self) -> None:
        """Send SIGTERM to the process itself, as ECS does to a container's first process."""
        if self._exit_code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the process and to everything below it."""
        if self._exit_code is None:
            kill_tree(self.pid)

    def join(self, timeout_seconds: float) -> bool:
        """Wait for the end; tell whether it came."""
        self._waiter.join(max(0.0, timeout_seconds))
        return self._exit_code is not None

    def _wait(self) -> None:
        code = self._process.wait()
        _kill_group(self.pid)  # a container does not outlive its first process
        self._exit_code = SIGNAL_BASE - code if code < 0 else code
        self._on_exit()


def kill_tree(pid: int) -> None:
    """SIGKILL a process, its group, and descendants that moved to groups of their own."""
    descendants: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        descendants = psutil.Process(pid).children(recursive=True)
    _kill_group(pid)
    for process in descendants:
        with contextlib.suppress(psutil.Error):
            process.kill()


def is_same_process(pid: int, created: float) -> bool:
    """Tell whether the process with this id is still the one created then."""
    return abs(_created(pid) - created) < SAME_MOMENT_SECONDS


def _created(pid: int) -> float:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
