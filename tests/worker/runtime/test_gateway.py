"""The gateway, over HTTP on the loopback."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from tests.fakes.engine import FakeEngine
from tests.worker.runtime.stage import Stage, running_stage
from worker.domain.errors import EngineUnavailable, PromptRejected, SourceRejected
from worker.runtime.gateway import Gateway, GatewayPolicy


@dataclass
class Site:
    url: str
    engine: FakeEngine
    stage: Stage
    session: aiohttp.ClientSession

    async def get(self, path: str):
        async with self.session.get(self.url + path) as response:
            return response.status, await response.text()

    async def generate(self, body: object):
        data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        async with self.session.post(self.url + "/api/generate", data=data) as response:
            return response.status, response.headers["Content-Type"], await response.text()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_stage() as stage, aiohttp.ClientSession() as session:
        engine = FakeEngine()
        gateway = Gateway(
            engine=engine,
            consumer=stage.consumer,
            policy=GatewayPolicy(host="127.0.0.1", port=0, worker_id="w1"),
            clock=stage.clock,
            telemetry=stage.telemetry,
        )
        port = await gateway.start()
        yield Site(url=f"http://127.0.0.1:{port}", engine=engine, stage=stage, session=session)
        await gateway.stop()


async def test_health_says_who_and_how_busy(site):
    status, text = await site.get("/health")
    assert status == 200
    assert json.loads(text) == {
        "status": "ok",
        "worker_id": "w1",
        "engine": "fake",
        "model": "fake:1",
        "running": 0,
        "draining": False,
    }


async def test_health_of_a_draining_worker_is_503(site):
    site.stage.consumer.stop()
    status, text = await site.get("/health")
    assert (status, json.loads(text)["status"]) == (503, "draining")


async def test_tags_lists_the_models(site):
    _, text = await site.get("/api/tags")
    assert json.loads(text) == {"models": [{"name": "fake:1", "size": 0}]}


async def test_generate_answers_as_ollama_does(site):
    body = {"model": "fake:1", "prompt": "```python\nx = 1\n```", "stream": False}
    status, kind, text = await site.generate(body)
    answer = json.loads(text)
    assert (status, kind.split(";")[0]) == (200, "application/json")
    assert answer["response"] == "def test_nothing(): assert True"
    assert (answer["done"], answer["model"], answer["prompt_eval_count"], answer["eval_count"]) == (
        True,
        "fake:1",
        3,
        5,
    )
    assert site.engine.requests[0].subject.source == "x = 1\n"


async def test_generate_streams_unless_told_not_to(site):
    _, kind, text = await site.generate({"prompt": "hello"})
    lines = [json.loads(line) for line in text.splitlines()]
    assert kind == "application/x-ndjson"
    assert [line["done"] for line in lines] == [False, True]
    assert "".join(line["response"] for line in lines) == "def test_nothing(): assert True"


@pytest.mark.parametrize(
    ("prompt", "language", "code"),
    [
        ("Write tests:\n```js\nlet a = 1\n```", "javascript", "let a = 1\n"),
        ("```\ndef f(): pass\n```", "python", "def f(): pass\n"),
        ("function add(a,b){return a+b;}", "javascript", "function add(a,b){return a+b;}"),
        ("def f(x):\n    return x", "python", "def f(x):\n    return x"),
    ],
)
async def test_the_code_in_a_prompt_is_found(site, prompt, language, code):
    await site.generate({"prompt": prompt, "stream": False})
    (request,) = site.engine.requests
    assert (request.language, request.subject.source) == (language, code)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", {"prompt": 1}, {"model": 1}, {"options": 1}, {"options": {"seed": "x"}}],
)
async def test_a_bad_request_is_a_400_that_says_why(site, body):
    status, _, text = await site.generate(body)
    assert status == 400
    assert json.loads(text)["error"]


async def test_an_unknown_model_is_a_404(site):
    status, _, text = await site.generate({"model": "gpt-99", "prompt": "x"})
    assert (status, json.loads(text)["error"]) == (
        404,
        "model 'gpt-99' not found; /api/tags lists what there is",
    )


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (EngineUnavailable("it is down"), 503),
        (SourceRejected("line 1"), 422),
        (PromptRejected("too long"), 400),
        (ValueError("bug"), 500),
    ],
)
async def test_an_engine_that_fails_is_told_as_json(site, error, expected):
    site.engine.answers = [error]
    status, _, text = await site.generate({"prompt": "x", "stream": False})
    assert (status, json.loads(text)["error"]) == (expected, str(error))


async def test_an_unknown_path_is_a_404_in_json(site):
    status, text = await site.get("/api/nothing")
    assert (status, json.loads(text)) == (404, {"error": "Not Found"})


async def test_a_body_beyond_the_limit_is_refused(site):
    status, _, _ = await site.generate(b"x" * (5 << 20))
    assert status == 413


async def test_metrics_are_in_the_form_that_prometheus_reads(site):
    await site.get("/health")
    _, text = await site.get("/metrics")
    assert 'ddf_http_requests_total{path="/health",status="200"} 1' in text
    assert "# TYPE ddf_running gauge\nddf_running 0" in text
