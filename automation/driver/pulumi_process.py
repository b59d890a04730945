"""Runs the Pulumi CLI in a process group of its own, so that Ctrl-C reaches it once and in order.

The SDK's own runner shares our group: a terminal's Ctrl-C would hit the engine, its plugins and us at the same time and
leave pending operations. Here the first Ctrl-C asks the engine to finish what is under way, the second kills the group.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from automation.errors import Cancelled

OnLine = Callable[[str], object]


class InterruptiblePulumi(PulumiCommand):
    """PulumiCommand that survives Ctrl-C in order."""

    def __init__(self, pulumi: Path, *, version: str, notify: Callable[[str], None]) -> None:
        """`notify` tells the user what an interrupt does.

        The parent's constructor would run `pulumi version` once more; the toolchain has checked it already.
        """
        self.command = str(pulumi)
        self.version = VersionInfo.parse(version.removeprefix("v"))
        self._notify = notify

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnLine | None = None,
        on_error: OnLine | None = None,
    ) -> CommandResult:
        """Run to the end; raises CommandError on failure, Cancelled where the user interrupted."""
        command = [self.command, "--non-interactive", *(arg for arg in args if arg != "--non-interactive")]
        env = {**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"}
        env["PATH"] = os.pathsep.join([str(Path(self.command).parent), env.get("PATH", "")])
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        readers = (_Reader(process.stdout, on_output), _Reader(process.stderr, on_error))
        interrupts = self._wait(process)
        stdout, stderr = (reader.text() for reader in readers)
        result = CommandResult(stdout=stdout, stderr=stderr, code=process.returncode)
        if interrupts:
            raise Cancelled(
                "interrupted",
                why="Ctrl-C stopped the operation; what had begun was finished and recorded"
                if interrupts == 1
                else "the operation was killed; what was under way may not be recorded",
                next_step="run the same command again: it goes on from here",
                reference="cancelled",
            )
        if process.returncode:
            raise create_command_error(result)
        return result

    def _wait(self, process: subprocess.Popen[str]) -> int:
        """Wait for the end; return how often the user interrupted."""
        interrupts = 0
        while True:
            try:
                process.wait()
                return interrupts
            except KeyboardInterrupt:
                interrupts += 1
                if interrupts == 1:
                    self._notify("Stopping: what has begun is finished first. Ctrl-C again kills it.")
                    _signal(process, signal.SIGINT)
                else:
                    self._notify("Killed.")
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


class _Reader:
    """Drains one stream on a thread."""

    def __init__(self, stream: IO[str] | None, tell: OnLine | None) -> None:
        self._lines: list[str] = []
        self._stream = stream
        self._tell = tell
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        if self._stream is None:
            return
        with self._stream:
            for line in self._stream:
                text = line.rstrip("\n")
                self._lines.append(text)
                if self._tell is not None:
                    self._tell(text)

    def text(self) -> str:
        """Return everything, once the stream has ended; a grandchild that keeps the pipe is not waited for."""
        self._thread.join(timeout=5)
        return "\n".join(self._lines)
