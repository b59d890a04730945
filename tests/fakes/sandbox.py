"""A sandbox that runs nothing and answers from a script."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.domain.exchange import SandboxEnd, SandboxOutcome, SandboxRequest

QUIET = SandboxOutcome(end=SandboxEnd.EXITED, exit_code=0, stdout="", stderr="", seconds=0.01)


@dataclass
class FakeSandbox:
    outcomes: list[SandboxOutcome | Exception] = field(default_factory=lambda: [QUIET])
    requests: list[SandboxRequest] = field(default_factory=list)

    @property
    def layers(self) -> Sequence[str]:
        return ("fake",)

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        self.requests.append(request)
        outcome = self.outcomes[min(len(self.requests), len(self.outcomes)) - 1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
