"""The Ollama engine against a scripted transport."""

import json

import httpx
import pytest

from worker.domain.errors import EngineUnavailable, PromptRejected
from worker.domain.exchange import Budget, EngineRequest, Subject
from worker.engines.ollama import OllamaEngine

SUBJECT = Subject(source="x = 1", module_name="x", path="x.py")


def request(prompt: str = "hello") -> EngineRequest:
    return EngineRequest(prompt=prompt, subject=SUBJECT, language="python", budget=Budget(seconds=5, seed=9))


def engine(answer) -> OllamaEngine:
    client = httpx.AsyncClient(base_url="http://ollama", transport=httpx.MockTransport(answer))
    return OllamaEngine(client=client, model="tiny")


async def test_a_completion_carries_text_usage_and_why_it_ended():
    asked = []

    def answer(http: httpx.Request) -> httpx.Response:
        asked.append(json.loads(http.content))
        return httpx.Response(
            200,
            json={
                "response": "def test(): ...",
                "done_reason": "length",
                "prompt_eval_count": 7,
                "eval_count": 9,
                "total_duration": 1_500_000_000,
            },
        )

    completion = await engine(answer).generate(request())
    assert completion.text == "def test(): ..."
    assert completion.done_reason == "length"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (7, 9)
    assert completion.usage.engine_seconds == 1.5
    assert asked[0]["options"]["num_ctx"] >= 8192
    assert (asked[0]["model"], asked[0]["stream"], asked[0]["options"]["seed"]) == ("tiny", False, 9)


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500, json={"error": "no memory"}),
        httpx.Response(404, json={"error": "model 'tiny' not found"}),
        httpx.Response(200, json={"error": "stopped"}),
        httpx.Response(502, text="<html>"),
        httpx.Response(200, json=[1]),
    ],
)
async def test_an_answer_that_is_none_means_the_engine_is_unavailable(response):
    with pytest.raises(EngineUnavailable):
        await engine(lambda _http: response).generate(request())


async def test_garbage_is_a_completion_like_any_other():
    completion = await engine(lambda _http: httpx.Response(200, json={"response": None})).generate(request())
    assert completion.text == ""


async def test_a_server_that_does_not_answer_is_unavailable():
    def answer(_http: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(EngineUnavailable, match="ConnectError"):
        await engine(answer).generate(request())


async def test_a_prompt_that_would_be_cut_silently_is_refused():
    with pytest.raises(PromptRejected, match="split the module"):
        await engine(lambda _http: httpx.Response(200, json={})).generate(request("x" * 200_000))


async def test_models_are_listed():
    tags = {"models": [{"name": "tiny:latest", "size": 5}, "odd"]}
    assert await engine(lambda _http: httpx.Response(200, json=tags)).models() == [
        {"name": "tiny:latest", "size": 5}
    ]
