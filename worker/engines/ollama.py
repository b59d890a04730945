"""An LLM behind Ollama's HTTP API."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from worker.domain.errors import EngineMissing, EngineUnavailable, PromptRejected
from worker.domain.exchange import Completion, EngineRequest
from worker.domain.result import EngineIdentity
from worker.domain.usage import Usage

CONTEXT_TOKENS = 8192
"""Ollama's own default cuts long prompts without a word."""
LARGEST_CONTEXT_TOKENS = 16_384
"""What small code models are trained for; more costs memory for nothing."""
CHARACTERS_PER_TOKEN = 3
"""Of code, roughly."""
MOST_CHARACTERS_PER_TOKEN = 12
"""No tokenizer takes more of code together on the average; it tells a prompt that was cut from one that was not."""
LONGEST_ANSWER_TOKENS = 2048
KEEP_ALIVE = "10m"
CONNECT_SECONDS = 5.0
LOADING_SECONDS = 60.0
"""Until the first token: the first request loads the model. Then the request's own time counts."""


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
        answer = await self._get("/api/tags")
        models = answer.get("models")
        if not isinstance(models, list):
            raise EngineUnavailable("Ollama's /api/tags answered without a list of models")
        return [model for model in models if isinstance(model, dict)]

    async def warm_up(self) -> None:
        """Have the model loaded, and kept, before the first request has to wait for it; raises EngineUnavailable.

        Ollama loads a model that is asked for nothing. Source: https://github.com/ollama/ollama/blob/main/docs/api.md#load-a-model
        """
        body = {"model": self._model, "stream": False, "keep_alive": KEEP_ALIVE}
        with _told_as_unavailable("/api/generate"):
            timeout = httpx.Timeout(LOADING_SECONDS, connect=CONNECT_SECONDS)
            response = await self._client.post("/api/generate", json=body, timeout=timeout)
            _require_ok("/api/generate", response.status_code, response.json())

    async def generate(self, request: EngineRequest) -> Completion:
        """Ask for one completion, as a stream: when the time is over, what came until then is the answer.

        A prompt that would not fit is refused here: Ollama would cut its head off silently.
        """
        body = _body(request, model=request.model or self._model)
        loop = asyncio.get_running_loop()
        began = loop.time()
        parts: list[str] = []
        end: Mapping[str, Any] = {"done_reason": "length"}
        try:
            async with asyncio.timeout(LOADING_SECONDS) as bound:
                async for chunk in self._chunks(body):
                    if not parts:
                        bound.reschedule(loop.time() + request.budget.seconds)
                    parts.append(_text(chunk))
                    end = chunk if chunk.get("done") else end
        except TimeoutError as error:
            if not parts:
                raise EngineUnavailable(
                    f"Ollama did not begin to answer within {LOADING_SECONDS:g} s"
                ) from error
        _require_whole(request, end, context=body["options"]["num_ctx"])
        return _completion(request, parts, end, seconds=loop.time() - began)

    async def _chunks(self, body: Mapping[str, object]) -> AsyncIterator[Mapping[str, Any]]:
        path = "/api/generate"
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        with _told_as_unavailable(path):
            async with self._client.stream("POST", path, json=body, timeout=timeout) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    _require_ok(path, response.status_code, response.json())
                async for line in response.aiter_lines():
                    yield _require_ok(path, response.status_code, json.loads(line))

    async def _get(self, path: str) -> Mapping[str, Any]:
        with _told_as_unavailable(path):
            response = await self._client.get(path, timeout=CONNECT_SECONDS)
            return _require_ok(path, response.status_code, response.json())


@contextmanager
def _told_as_unavailable(path: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        raise EngineUnavailable(f"Ollama did not answer {path}: {type(error).__name__}: {error}") from error
    except ValueError as error:
        raise EngineUnavailable(f"Ollama answered {path} with what is not JSON") from error


def _require_ok(path: str, status: int, answer: object) -> Mapping[str, Any]:
    if not isinstance(answer, dict):
        raise EngineUnavailable(f"Ollama answered {path} with what is no JSON object")
    if status == httpx.codes.NOT_FOUND:
        raise EngineMissing(f"Ollama answered {path} with 404: {str(answer.get('error', ''))[:300]}")
    if status != httpx.codes.OK or "error" in answer:
        raise EngineUnavailable(f"Ollama answered {path} with {status}: {str(answer.get('error', ''))[:300]}")
    return answer


def _body(request: EngineRequest, *, model: str) -> Mapping[str, Any]:
    needed = len(request.prompt) // CHARACTERS_PER_TOKEN + LONGEST_ANSWER_TOKENS
    if needed > LARGEST_CONTEXT_TOKENS:
        raise PromptRejected(
            f"the prompt takes about {needed} tokens with its answer, more than the {LARGEST_CONTEXT_TOKENS}"
            " that the model is given; split the module"
        )
    options = {
        "num_ctx": max(CONTEXT_TOKENS, needed),
        "num_predict": LONGEST_ANSWER_TOKENS,
        "seed": request.budget.seed,
        "temperature": 0.2,
    }
    return {
        "model": model,
        "prompt": request.prompt,
        "stream": True,
        "keep_alive": KEEP_ALIVE,
        "options": options,
    }


def _require_whole(request: EngineRequest, end: Mapping[str, Any], *, context: int) -> None:
    """Raise PromptRejected where the server read only a part of the prompt: its answer is then about something else.

    It says so by its count of tokens alone: a prompt that takes more than the context is cut to fill it to the brim, and a server may be
    set to a smaller context than it is asked for.
    """
    read = _count(end.get("prompt_eval_count"))
    least = len(request.prompt) // MOST_CHARACTERS_PER_TOKEN
    if read and (read < least or read >= context):
        known = f"at least {least}" if read < least else f"more than the {context} of its context"
        raise PromptRejected(
            f"the model read {read} tokens of a prompt that has {known}: its context is too small, and the"
            " prompt was cut off silently; give the server a larger context, or split the module"
        )


def _text(chunk: Mapping[str, Any]) -> str:
    text = chunk.get("response")
    return text if isinstance(text, str) else ""


def _completion(
    request: EngineRequest, parts: Sequence[str], end: Mapping[str, Any], *, seconds: float
) -> Completion:
    """Put the answer together; what Ollama does not count (a cut answer, a cached prompt) is estimated."""
    return Completion(
        text="".join(parts),
        done_reason=str(end.get("done_reason") or "stop"),
        usage=Usage(
            prompt_tokens=_count(end.get("prompt_eval_count")) or len(request.prompt) // CHARACTERS_PER_TOKEN,
            completion_tokens=_count(end.get("eval_count")) or len(parts),  # a chunk is a token
            engine_seconds=seconds,
        ),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
