"""An engine that answers from a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worker.domain.exchange import Completion, EngineRequest
from worker.domain.result import EngineIdentity
from worker.domain.usage import Usage


@dataclass
class FakeEngine:
    answers: list[str | Exception] = field(default_factory=lambda: ["def test_nothing(): assert True"])
    requests: list[EngineRequest] = field(default_factory=list)

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="fake", kind="deterministic", model="fake:1")

    async def models(self) -> Sequence[Mapping[str, object]]:
        return [{"name": "fake:1", "size": 0}]

    async def generate(self, request: EngineRequest) -> Completion:
        self.requests.append(request)
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return Completion(text=answer, usage=Usage(prompt_tokens=3, completion_tokens=5))
