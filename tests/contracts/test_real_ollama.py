"""A real Ollama server with a deliberately random model: noise must end in honest rejections, never in a crash or a result."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.ollama.server import OllamaServer, ollama_server
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason, MessageFate, settle
from worker.domain.errors import EngineMissing, EngineUnavailable, PromptRejected
from worker.domain.exchange import Budget, Completion, EngineRequest, Subject
from worker.domain.job import Job, JobKind
from worker.engines.builtin import BuiltinEngine
from worker.engines.ollama import CONTEXT_TOKENS, LONGEST_ANSWER_TOKENS, OllamaEngine
from worker.generation.pipeline import Support, TestPipeline
from worker.languages.python import PythonLanguage
from worker.ports import Engine
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.sandboxes.process import ProcessSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2700)]
LINE = "x = 1 # what is it\n"
MODEL = "deepseek-coder:1.3b"
SUBJECT = Subject(source="def add(a, b):\n    return a + b\n", module_name="add", path="add.py")
JOB = Job(job_id="noise", kind=JobKind.TEST, language="python", code=SUBJECT.source)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OllamaServer]:
    with ollama_server(Path(tmp_path_factory.mktemp("ollama")), model=MODEL) as running:
        yield running


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[OllamaServer]:
    """A server that a test may end."""
    with ollama_server(tmp_path, model=MODEL) as running:
        yield running


class Wire(httpx.AsyncBaseTransport):
    """A real connection that keeps the parts of an answer as they came, and may do something after the first few."""

    def __init__(self, *, after: int = 3, do: Callable[[], object] = lambda: None) -> None:
        self.parts: list[bytes] = []
        self._after = after
        self._do = do
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.url.path != "/api/generate":
            return response
        return httpx.Response(
            response.status_code, headers=response.headers, stream=Watched(response, self.seen)
        )

    def seen(self, part: bytes) -> None:
        self.parts.append(part)
        if len(self.parts) == self._after:
            self._do()

    async def aclose(self) -> None:
        await self._inner.aclose()


class Watched(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response, seen: Callable[[bytes], None]) -> None:
        self._response = response
        self._seen = seen

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_raw():
            self._seen(part)
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()


def client_of(server: OllamaServer, wire: Wire | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, trust_env=False, transport=wire)


def request(prompt: str = "Write a test.", *, seconds: float = 60) -> EngineRequest:
    return EngineRequest(prompt=prompt, subject=SUBJECT, language="python", budget=Budget(seconds=seconds))


async def completion_of(
    server: OllamaServer, asked: EngineRequest, *, wire: Wire | None = None, model: str = MODEL
) -> Completion:
    async with client_of(server, wire) as client:
        return await OllamaEngine(client=client, model=model).generate(asked)


def pipeline_of(engine: Engine, sandbox: ProcessSandbox, fallback: Engine | None = None) -> TestPipeline:
    return TestPipeline(
        engine=engine,
        languages=[PythonLanguage()],
        sandbox=sandbox,
        clock=SystemClock(),
        support=Support(fallback=fallback),
    )


@pytest.fixture
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


async def test_the_server_lists_the_model_under_its_name(server: OllamaServer) -> None:
    async with client_of(server) as client:
        engine = OllamaEngine(client=client, model=MODEL)
        assert [model["name"] for model in await engine.models()] == [MODEL]


async def test_an_answer_comes_in_parts_and_its_last_one_counts_the_tokens(server: OllamaServer) -> None:
    wire = Wire()
    answer = await completion_of(server, request(), wire=wire)
    assert len(wire.parts) > 10
    assert b'"done":false' in wire.parts[0]
    assert answer.text
    assert answer.done_reason == "length"  # the tiny model goes on until it is stopped
    assert 0 < answer.usage.prompt_tokens < 100
    assert 0 < answer.usage.completion_tokens <= LONGEST_ANSWER_TOKENS
    assert f'"eval_count":{answer.usage.completion_tokens}'.encode() in wire.parts[-1]


async def test_when_the_time_is_over_what_came_until_then_is_the_answer(server: OllamaServer) -> None:
    wire = Wire(after=5, do=server.freeze)
    try:
        answer = await completion_of(server, request(seconds=0.5), wire=wire)
    finally:
        server.thaw()
    assert answer.done_reason == "length"
    assert 1 <= answer.usage.completion_tokens < LONGEST_ANSWER_TOKENS
    assert (await completion_of(server, request())).text, "a reader that left must not stop the server"


async def test_the_context_that_is_asked_for_is_what_the_server_gives(server: OllamaServer) -> None:
    """Its own would be 2,048 tokens, of which no prompt would tell."""
    answer = await completion_of(server, request(LINE * 100))
    assert answer.usage.prompt_tokens > 3_000


async def test_a_prompt_that_the_server_cut_off_is_told_by_its_count_of_tokens(server: OllamaServer) -> None:
    """The tiny model reads a token a sign or more: far more than code takes, and than the engine reckons with."""
    with pytest.raises(PromptRejected, match="cut off silently"):
        await completion_of(server, request(LINE * (CONTEXT_TOKENS // 28)))


async def test_a_missing_model_is_told_from_a_server_that_is_down(server: OllamaServer) -> None:
    with pytest.raises(EngineMissing, match="nobody:7b"):
        await completion_of(server, request(), model="nobody:7b")


async def test_a_missing_model_is_replaced_and_the_result_says_so(
    server: OllamaServer, sandbox: ProcessSandbox
) -> None:
    builtin = BuiltinEngine(languages=[PythonLanguage()], sandbox=sandbox)
    async with client_of(server) as client:
        pipeline = pipeline_of(OllamaEngine(client=client, model="nobody:7b"), sandbox, fallback=builtin)
        outcome = await pipeline.run(JOB, budget_seconds=6)
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.engine == builtin.identity
    assert outcome.fallback is not None
    assert outcome.fallback.wanted == "ollama nobody:7b"
    assert "nobody:7b" in outcome.fallback.reason


async def test_a_server_that_is_killed_while_it_answers_is_unavailable(doomed: OllamaServer) -> None:
    wire = Wire(do=doomed.kill)
    with pytest.raises(EngineUnavailable):
        await completion_of(doomed, request(), wire=wire)
    assert len(wire.parts) >= 3
    with pytest.raises(EngineUnavailable, match="did not answer"):
        await completion_of(doomed, request())


async def test_a_model_that_is_killed_while_it_answers_is_unavailable_and_then_loaded_again(
    doomed: OllamaServer,
) -> None:
    with pytest.raises(EngineUnavailable):
        await completion_of(doomed, request(), wire=Wire(do=doomed.kill_runner))
    assert (await completion_of(doomed, request())).text


async def test_a_job_whose_server_is_killed_goes_back_and_its_half_answer_is_no_result(
    doomed: OllamaServer, sandbox: ProcessSandbox
) -> None:
    async with client_of(doomed, Wire(do=doomed.kill)) as client:
        pipeline = pipeline_of(OllamaEngine(client=client, model=MODEL), sandbox)
        policy = DispatchPolicy(timeout_seconds=300, budget_seconds=20)
        outcome = await Dispatcher(pipelines={JobKind.TEST: pipeline}, policy=policy).run(JOB)
    assert outcome.end_reason is EndReason.ENGINE_DOWN
    assert outcome.tests == ()
    assert settle(outcome.end_reason, attempt=1, maximum_attempts=3).fate is MessageFate.RETRY


async def test_a_job_on_noise_ends_in_an_explained_failure(
    server: OllamaServer, sandbox: ProcessSandbox
) -> None:
    async with client_of(server) as client:
        pipeline = pipeline_of(OllamaEngine(client=client, model=MODEL), sandbox)
        outcome = await pipeline.run(JOB, budget_seconds=10)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.tests == ()
    assert outcome.test_file is None
    assert outcome.explanation
    assert outcome.engine is not None
    assert outcome.engine.model == MODEL
