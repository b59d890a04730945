"""A real Ollama server with a deliberately random model: noise must end in honest rejections, never in a crash."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.ollama.server import ollama_server
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.exchange import Budget, EngineRequest, Subject
from worker.domain.job import Job, JobKind
from worker.engines.ollama import OllamaEngine
from worker.generation.pipeline import TestPipeline
from worker.languages.python import PythonLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
MODEL = "deepseek-coder:1.3b"
SUBJECT = Subject(source="def add(a, b):\n    return a + b\n", module_name="add", path="add.py")


@pytest.fixture(scope="module")
def ollama_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with ollama_server(Path(tmp_path_factory.mktemp("ollama")), port=port, model=MODEL) as url:
        yield url


async def test_the_server_lists_the_model_under_its_name(ollama_url: str) -> None:
    async with httpx.AsyncClient(base_url=ollama_url, trust_env=False) as client:
        engine = OllamaEngine(client=client, model=MODEL)
        assert [model["name"] for model in await engine.models()] == [MODEL]


async def test_noise_is_a_completion_with_its_usage(ollama_url: str) -> None:
    async with httpx.AsyncClient(base_url=ollama_url, trust_env=False) as client:
        answer = await OllamaEngine(client=client, model=MODEL).generate(
            EngineRequest(
                prompt="Write a test.", subject=SUBJECT, language="python", budget=Budget(seconds=30)
            )
        )
    assert answer.usage.prompt_tokens > 0
    assert answer.usage.completion_tokens > 0


async def test_a_job_on_noise_ends_in_an_explained_failure(ollama_url: str) -> None:
    job = Job(job_id="noise", kind=JobKind.TEST, language="python", code=SUBJECT.source)
    async with httpx.AsyncClient(base_url=ollama_url, trust_env=False) as client:
        pipeline = TestPipeline(
            engine=OllamaEngine(client=client, model=MODEL),
            languages=[PythonLanguage()],
            sandbox=ProcessSandbox(),
            clock=SystemClock(),
        )
        outcome = await pipeline.run(job, budget_seconds=10)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.tests == ()
    assert outcome.explanation
    assert outcome.engine is not None
    assert outcome.engine.model == MODEL
