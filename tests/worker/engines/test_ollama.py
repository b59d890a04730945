"""The Ollama engine against a scripted transport."""

import asyncio
import json

import httpx
import pytest

from worker.domain.errors import EngineMissing, EngineUnavailable, PromptRejected
from worker.domain.exchange import Budget, EngineRequest, Subject
from worker.engines.ollama import OllamaEngine

SUBJECT = Subject(source="x = 1", module_name="x", path="x.py")


def request(prompt: str = "hello", *, seconds: float = 5) -> EngineRequest:
    budget = Budget(seconds=seconds, seed=9)
    return EngineRequest(prompt=prompt, subject=SUBJECT, language="python", budget=budget)


def engine(answer) -> OllamaEngine:
    client = httpx.AsyncClient(base_url="http://ollama", transport=httpx.MockTransport(answer))
    return OllamaEngine(client=client, model="tiny")


def stream(*chunks: object) -> httpx.Response:
    return httpx.Response(200, text="".join(json.dumps(chunk) + "\n" for chunk in chunks))


async def test_a_completion_carries_text_usage_and_why_it_ended():
    asked = []
    end = {"response": "", "done": True, "done_reason": "stop", "prompt_eval_count": 7, "eval_count": 9}

    def answer(http: httpx.Request) -> httpx.Response:
        asked.append(json.loads(http.content))
        return stream({"response": "def test"}, {"response": "(): ..."}, end)

    completion = await engine(answer).generate(request())
    assert completion.text == "def test(): ..."
    assert completion.done_reason == "stop"
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (7, 9)
    assert asked[0]["options"]["num_ctx"] >= 8192
    assert (asked[0]["model"], asked[0]["stream"], asked[0]["options"]["seed"]) == ("tiny", True, 9)


class Slow(httpx.AsyncByteStream):
    """Answers two tokens, then thinks for a minute."""

    async def __aiter__(self):
        for word in ("def ", "test"):
            yield (json.dumps({"response": word, "done": False}) + "\n").encode()
        await asyncio.sleep(60)


async def test_when_the_time_is_over_what_came_until_then_is_the_answer():
    completion = await engine(lambda _http: httpx.Response(200, stream=Slow())).generate(
        request(seconds=0.05)
    )
    assert (completion.text, completion.done_reason, completion.usage.completion_tokens) == (
        "def test",
        "length",
        2,
    )


async def test_an_error_in_mid_stream_means_the_engine_is_unavailable():
    with pytest.raises(EngineUnavailable, match="out of memory"):
        await engine(lambda _http: stream({"response": "x"}, {"error": "out of memory"})).generate(request())


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


async def test_a_prompt_of_which_the_server_read_a_part_only_is_an_error_and_no_answer():
    def answer(_: httpx.Request) -> httpx.Response:
        return stream({"response": "def test(): ...", "done": True, "prompt_eval_count": 128})

    with pytest.raises(PromptRejected, match="cut off"):
        await engine(answer).generate(request("x = 1\n" * 2000))


async def test_a_prompt_that_fills_the_whole_context_was_cut_to_fit_into_it():
    def answer(http: httpx.Request) -> httpx.Response:
        context = json.loads(http.content)["options"]["num_ctx"]
        return stream({"response": "def test(): ...", "done": True, "prompt_eval_count": context})

    with pytest.raises(PromptRejected, match="cut off"):
        await engine(answer).generate(request("x = 1\n" * 2000))


async def test_a_prompt_that_was_read_whole_is_no_error_however_few_tokens_it_takes():
    def answer(_: httpx.Request) -> httpx.Response:
        return stream({"response": "def test(): ...", "done": True, "prompt_eval_count": 2400})

    assert (await engine(answer).generate(request("x = 1\n" * 2000))).text == "def test(): ..."


async def test_a_model_that_the_server_does_not_have_is_told_from_a_server_that_is_down():
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(404, json={"error": "model 'tiny' not found"})

    with pytest.raises(EngineMissing, match="not found"):
        await engine(answer).generate(request())
