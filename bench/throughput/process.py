"""One worker as a process: started, looked at, stopped; and the noise of whatever else the machine does."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.throughput.job import Task
from bench.throughput.peers import ROOT, Peer

POLL_SECONDS = 0.005
PATIENCE_SECONDS = 300


class Worker:
    """A running peer."""

    def __init__(
        self,
        peer: Peer,
        *,
        endpoint: str,
        concurrency: int = 100,
        pool: int = 2,
        visibility_seconds: int = 60,
    ) -> None:
        self.peer = peer
        self.folder = Path(tempfile.mkdtemp(prefix="ddf-bench-"))
        task = Task(
            endpoint=endpoint,
            queue=peer.name,
            folder=self.folder,
            concurrency=concurrency,
            visibility_seconds=visibility_seconds,
        )
        arguments = [each.format(pool=pool) for each in peer.arguments]
        self._command = [str(peer.python), "-m", *arguments]
        self._env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **task.to_env(), **peer.env}
        for name in ("started", "finished"):
            (self.folder / name).touch()

    def __enter__(self) -> Self:
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                self._command, env=self._env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):  # its group is its own: children that outlived it go, too
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def started(self) -> int:
        return (self.folder / "started").stat().st_size

    @property
    def finished(self) -> int:
        return (self.folder / "finished").stat().st_size

    def wait_until(self, is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text()[-3000:]
                raise SystemExit(f"{self.peer.name}: {self.started} started, {self.finished} done\n{log}")
            time.sleep(POLL_SECONDS)

    def stop(self, *, seconds: float) -> float:
        """Send SIGTERM; return how long it took to go, or `seconds` where it had to be killed."""
        began = time.monotonic()
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=seconds)
        return time.monotonic() - began

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds(process) for process in self._tree())

    def resident_mib(self) -> float:
        total = 0.0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss / (1 << 20)
        return total

    def _tree(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        return []


def cpu_seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What had been used up at a moment."""

    at: float
    worker_seconds: float
    server_seconds: float
    own_seconds: float
    machine_seconds: float

    @classmethod
    def take(cls, worker: Worker, *, server_pid: int) -> "Reading":
        times = psutil.cpu_times()
        idle = times.idle + getattr(times, "iowait", 0.0) + getattr(times, "guest", 0.0)
        return cls(
            at=time.monotonic(),
            worker_seconds=worker.cpu_seconds(),
            server_seconds=cpu_seconds(psutil.Process(server_pid)),
            own_seconds=cpu_seconds(psutil.Process()),
            machine_seconds=sum(times) - idle,
        )


@dataclass(frozen=True, kw_only=True)
class Run:
    """One drain of a queue."""

    messages: int
    """Jobs done."""
    seconds: float
    """From the first start to the last delete."""
    worker_seconds: float
    """CPU of the worker's processes meanwhile."""
    server_seconds: float
    """CPU of the server."""
    noise_cores: float
    """Cores that others used: all that was busy but worker, server and this process."""
    resident_mib: float
    """Memory of the worker's processes at the end."""

    @classmethod
    def between(cls, before: Reading, after: Reading, *, messages: int, resident_mib: float) -> "Run":
        seconds = after.at - before.at
        worker = after.worker_seconds - before.worker_seconds
        server = after.server_seconds - before.server_seconds
        known = worker + server + after.own_seconds - before.own_seconds
        return cls(
            messages=messages,
            seconds=seconds,
            worker_seconds=worker,
            server_seconds=server,
            noise_cores=max(0.0, (after.machine_seconds - before.machine_seconds - known) / seconds),
            resident_mib=resident_mib,
        )
