"""One process under way: started through the launcher, read with a cap, ended by the wall deadline at the latest."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worker.domain.errors import SandboxUnavailable
from worker.domain.exchange import SandboxEnd
from worker.sandboxes.launcher import written

_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])
_LAUNCH = (
    f"import sys; sys.path.insert(0, {_PACKAGE_ROOT!r}); from worker.sandboxes.launcher import main; main()"
)
CONFINE = f"import sys; sys.path.insert(0, {_PACKAGE_ROOT!r}); from worker.sandboxes.launcher import confine; confine()"
_LAUNCHER_GRACE_SECONDS = 3.0
"""Time for the launcher to clear up after its command."""
_SIGNALLED = 128
"""Where bubblewrap stands between us and the command, it adds this to the signal that ended it, as shells do."""
_PIPE_GRACE_SECONDS = 1.0
"""Time to read what is left in the pipes after everything is dead."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What the process left."""

    end: SandboxEnd
    """How it ended."""
    exit_code: int
    """Exit code; minus the signal where killed."""
    stdout: bytes
    """Kept standard output."""
    stderr: bytes
    """Kept standard error."""
    seconds: float
    """Wall time."""
    cpu_seconds: float
    """Processor time of all its processes; 0 where nobody was left to count."""
    exceeded: str
    """What the run as a whole took too much of; empty where nothing."""


class RunningProcess:
    """A sandboxed process and its process group."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        report_fd: int,
        *,
        output_bytes: int,
        is_out_of_reach: bool,
        has_namespaces: bool,
    ) -> None:
        self._process = process
        self._has_namespaces = has_namespaces
        self._report_fd = report_fd
        self._is_out_of_reach = is_out_of_reach
        """The code can't signal the launcher: when that ends early, it is the host's doing."""
        self._started = time.monotonic()
        self._readers = [
            asyncio.create_task(_read_capped(stream, output_bytes))
            for stream in (process.stdout, process.stderr)
            if stream is not None
        ]

    @classmethod
    async def start(
        cls, plan: Mapping[str, Any], work: Path, *, stdin: str, output_bytes: int
    ) -> "RunningProcess":
        """Start the launcher with a plan; raises SandboxUnavailable where the host has no room for a process."""
        report_fd, launcher_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        command = (
            sys.executable,
            "-I",
            "-S",
            "-c",
            _LAUNCH,
            written(plan, launcher_fd),
        )
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                cwd=work,
                start_new_session=True,
                pass_fds=(launcher_fd,),
            )
        except OSError as error:
            os.close(report_fd)
            raise SandboxUnavailable(f"could not start a process: {error}") from error
        finally:
            os.close(launcher_fd)
        running = cls(
            process,
            report_fd,
            output_bytes=output_bytes,
            is_out_of_reach=plan["user_id"] is not None,
            has_namespaces=bool(plan["namespaces"]),
        )
        running._feed(stdin)
        return running

    async def wait(self, *, wall_seconds: float) -> Ended:
        """Wait for the end of the command, or kill it at the deadline."""
        is_timed_out = False
        try:
            await asyncio.wait_for(self._process.wait(), wall_seconds)
        except TimeoutError:
            is_timed_out = True
            await self._kill()
        seconds = time.monotonic() - self._started
        stages, report = self._report()
        stdout, stderr = await self._outputs()
        if self._has_namespaces and not stages and not is_timed_out:
            raise SandboxUnavailable(f"bubblewrap did not start the run: {_last_line(stderr)}")
        if not report and not is_timed_out and self._is_out_of_reach:
            raise SandboxUnavailable(f"the process that watches over a run ended early: {_last_line(stderr)}")
        exit_code = self._exit_code(report)
        killed = SandboxEnd.KILLED if exit_code < 0 else SandboxEnd.EXITED
        return Ended(
            end=SandboxEnd.TIMED_OUT if is_timed_out else killed,
            exit_code=exit_code,
            stdout=stdout,
            stderr=stderr,
            seconds=seconds,
            cpu_seconds=float(report.get("cpu_seconds", 0.0)),
            exceeded=str(report.get("exceeded", "")),
        )

    def _exit_code(self, report: Mapping[str, Any]) -> int:
        code = int(report.get("exit_code", -signal.SIGKILL))
        is_signal = self._has_namespaces and _SIGNALLED < code < _SIGNALLED + signal.NSIG
        return _SIGNALLED - code if is_signal else code

    async def close(self) -> None:
        """Kill, reap and close; safe to call at any point, also twice."""
        await self._kill()
        for reader in self._readers:
            reader.cancel()
        await asyncio.gather(*self._readers, return_exceptions=True)
        if self._report_fd >= 0:
            os.close(self._report_fd)
            self._report_fd = -1

    async def _kill(self) -> None:
        """Ask the launcher to kill the command and clear up, and the launcher itself where it doesn't."""
        for end, patience_seconds in ((signal.SIGTERM, _LAUNCHER_GRACE_SECONDS), (signal.SIGKILL, None)):
            if self._process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(end)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), patience_seconds)

    def _feed(self, text: str) -> None:
        stdin = self._process.stdin
        if stdin is not None:
            stdin.write(text.encode("utf-8", "surrogatepass"))
            stdin.close()  # after what is buffered; a process that never reads just gets killed in the end

    def _report(self) -> tuple[int, dict[str, Any]]:
        """Count the stages that were reached, and read the first line that says more."""
        try:
            lines = os.read(self._report_fd, 4096).splitlines()
        except BlockingIOError:
            lines = []
        said = [json.loads(line) for line in lines]
        reports = [each for each in said if "stage" not in each]
        report: dict[str, Any] = reports[0] if reports else {}
        if "failure" in report:
            raise SandboxUnavailable(f"the sandbox could not be set up: {report['failure']}")
        return len(said) - len(reports), report

    async def _outputs(self) -> Sequence[bytes]:
        done, _ = await asyncio.wait(self._readers, timeout=_PIPE_GRACE_SECONDS)
        return [reader.result() if reader in done else b"" for reader in self._readers]


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "nothing was said"


async def _read_capped(stream: asyncio.StreamReader, limit_bytes: int) -> bytes:
    kept = bytearray()
    while chunk := await stream.read(1 << 16):
        kept += chunk[: max(limit_bytes - len(kept), 0)]
    return bytes(kept)
