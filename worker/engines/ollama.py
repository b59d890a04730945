"""An LLM behind Ollama's HTTP API."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from worker.domain.errors import EngineUnavailable, PromptRejected
from worker.domain.exchange import Completion, EngineRequest
from worker.domain.result import EngineIdentity
from worker.domain.usage import Usage

CONTEXT_TOKENS = 8192
"""Ollama's own default cuts long prompts without a word."""
LARGEST_CONTEXT_TOKENS = 16_384
"""What small code models are trained for; more costs memory for nothing."""
CHARACTERS_PER_TOKEN = 3
"""Of code, roughly."""
LONGEST_ANSWER_TOKENS = 2048
KEEP_ALIVE = "10m"
CONNECT_SECONDS = 5.0
LOADING_SECONDS = 60.0
"""On top of a request's own time: the first request loads the model."""


class OllamaEngine:
    """One Ollama server and one model."""

    def __init__(self, *, client: httpx.AsyncClient, model: str) -> None:
        """Use a client whose base URL is the server."""
        self._client = client
        self._model = model

    @property
    def identity(self) -> EngineIdentity:
        """Name, kind and model."""
        return EngineIdentity(name="ollama", kind="llm", model=self._model)

    async def models(self) -> Sequence[Mapping[str, object]]:
        """List what the server has."""
        answer = await self._ask("GET", "/api/tags", None, seconds=CONNECT_SECONDS)
        models = answer.get("models")
        if not isinstance(models, list):
            raise EngineUnavailable("Ollama's /api/tags answered without a list of models")
        return [model for model in models if isinstance(model, dict)]

    async def generate(self, request: EngineRequest) -> Completion:
        """Ask for one completion. A prompt that would not fit is refused here: Ollama would cut its head off silently."""
        needed = len(request.prompt) // CHARACTERS_PER_TOKEN + LONGEST_ANSWER_TOKENS
        if needed > LARGEST_CONTEXT_TOKENS:
            raise PromptRejected(
                f"the prompt takes about {needed} tokens with its answer, more than the {LARGEST_CONTEXT_TOKENS}"
                " that the model is given; split the module"
            )
        body = {
            "model": request.model or self._model,
            "prompt": request.prompt,
            "stream": False,
            "keep_alive": KEEP_ALIVE,
            "options": {
                "num_ctx": max(CONTEXT_TOKENS, needed),
                "num_predict": LONGEST_ANSWER_TOKENS,
                "seed": request.budget.seed,
                "temperature": 0.2,
            },
        }
        seconds = request.budget.seconds + LOADING_SECONDS
        answer = await self._ask("POST", "/api/generate", body, seconds=seconds)
        return _completion(answer)

    async def _ask(
        self, method: str, path: str, body: Mapping[str, object] | None, *, seconds: float
    ) -> Mapping[str, Any]:
        timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
        try:
            response = await self._client.request(method, path, json=body, timeout=timeout)
            answer = response.json()
        except httpx.HTTPError as error:
            raise EngineUnavailable(
                f"Ollama did not answer {path}: {type(error).__name__}: {error}"
            ) from error
        except ValueError as error:
            raise EngineUnavailable(f"Ollama answered {path} with what is not JSON") from error
        if not isinstance(answer, dict):
            raise EngineUnavailable(f"Ollama answered {path} with what is no JSON object")
        if response.status_code != httpx.codes.OK or "error" in answer:
            raise EngineUnavailable(
                f"Ollama answered {path} with {response.status_code}: {str(answer.get('error', ''))[:300]}"
            )
        return answer


def _completion(answer: Mapping[str, Any]) -> Completion:
    text = answer.get("response")
    return Completion(
        text=text if isinstance(text, str) else "",
        done_reason=str(answer.get("done_reason") or "stop"),
        usage=Usage(
            prompt_tokens=_count(answer.get("prompt_eval_count")),
            completion_tokens=_count(answer.get("eval_count")),
            engine_seconds=_count(answer.get("total_duration")) / 1e9,
        ),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
