"""The built-in engine: no language model. It calls the code on generated inputs and writes down what it saw, as tests."""

import time
from collections.abc import Mapping, Sequence

from worker.domain.errors import PromptRejected, SourceRejected
from worker.domain.exchange import Completion, EngineRequest
from worker.domain.result import EngineIdentity
from worker.domain.usage import Usage
from worker.ports import Language, Sandbox

MODEL = "builtin-chargen:2"
"""Raised when the same code and seed give other tests."""


class BuiltinEngine:
    """A `worker.ports.Engine` that needs no model, no GPU and no network."""

    def __init__(self, *, languages: Sequence[Language], sandbox: Sandbox) -> None:
        self._languages = {
            name: language for language in languages for name in (language.name, *language.aliases)
        }
        self._sandbox = sandbox

    @property
    def identity(self) -> EngineIdentity:
        """Name, kind and model."""
        return EngineIdentity(name="builtin", kind="deterministic", model=MODEL)

    async def models(self) -> Sequence[Mapping[str, object]]:
        """List the one model, in Ollama's form, as what it is."""
        details = {
            "format": "none",
            "family": "rule-engine",
            "parameter_size": "0",
            "quantization_level": "none",
        }
        return [{"name": MODEL, "model": MODEL, "size": 0, "digest": "", "details": details}]

    async def generate(self, request: EngineRequest) -> Completion:
        """Explore the code of the request; raises PromptRejected where there is none that it can read."""
        language = self._languages.get(request.language)
        if language is None:
            raise PromptRejected(f"{_WHAT_I_AM}; {request.language!r} is none of them")
        try:
            survey = language.survey(request.subject)
        except SourceRejected as error:
            raise PromptRejected(
                f"{_WHAT_I_AM}; the prompt does not parse as {language.name}: {error}"
            ) from error
        if not survey.targets:
            raise PromptRejected(f"{_WHAT_I_AM}; the prompt holds no function and no class")
        started = time.monotonic()
        text = await language.explore(request.subject, self._sandbox, request.budget)
        seconds = time.monotonic() - started
        return Completion(
            text=text, usage=Usage(engine_seconds=seconds, sandbox_seconds=seconds, sandbox_runs=1)
        )


_WHAT_I_AM = (
    "this is the built-in engine, not a language model: it reads no instructions, it takes code alone"
    " (a fenced block of Python or JavaScript) and answers with tests of what that code does"
)
