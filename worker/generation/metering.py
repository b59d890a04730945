"""Counting what runs in the sandbox."""

from collections.abc import Sequence

from worker.domain.exchange import SandboxOutcome, SandboxRequest
from worker.domain.usage import Usage
from worker.ports import Sandbox


class MeteredSandbox:
    """A sandbox that adds up its runs, one for each job."""

    def __init__(self, inner: Sandbox) -> None:
        self._inner = inner
        self.usage = Usage()
        self.cpu_seconds = 0.0
        """Processor time of all runs."""

    @property
    def layers(self) -> Sequence[str]:
        """The active layers."""
        return self._inner.layers

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        """Run and count."""
        outcome = await self._inner.run(request)
        self.cpu_seconds += outcome.cpu_seconds
        self.usage += Usage(sandbox_seconds=outcome.seconds, sandbox_runs=1)
        return outcome
