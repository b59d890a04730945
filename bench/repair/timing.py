"""What a task takes: wall time, processor time of this process and of all that it started, and which program took it.

On a shared machine the wall clock measures the neighbours, too; processor seconds hardly do.
"""

import resource
import time
from collections import Counter
from collections.abc import Sequence

from worker.domain.exchange import SandboxOutcome, SandboxRequest
from worker.ports import Sandbox

_RUNNERS = ("pytest", "ruff")


class TimedSandbox:
    """A `worker.ports.Sandbox` that notes what each program took, launcher included."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.programs: Counter[str] = Counter()
        """Processor seconds by program."""

    @property
    def layers(self) -> Sequence[str]:
        return self._inner.layers

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        outcome = await self._inner.run(request)
        self.programs[program_in(request.argv)] += outcome.cpu_seconds
        return outcome


class Stopwatch:
    """From its making on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.monotonic(), _cpu_seconds()

    def seconds(self) -> tuple[float, float]:
        """Wall and processor seconds."""
        return time.monotonic() - self._wall, _cpu_seconds() - self._cpu


def program_in(argv: Sequence[str]) -> str:
    """Name what a command runs: a plain tool, or the script of ours that stands last."""
    words = [word.rpartition("/")[2] for word in argv]
    return next((tool for tool in _RUNNERS if tool in words), words[-1].rpartition("harness.")[2])


def _cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
