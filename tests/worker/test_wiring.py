"""What a worker is put together of, by its settings."""

import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from opentelemetry.trace import NoOpTracerProvider

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.children import FakeChildren
from tests.fakes.engine import FakeEngine
from tests.fakes.knowledge import FakeKnowledge
from tests.fakes.ledger import FakeLedger
from tests.fakes.roster import FakeRoster
from tests.fakes.slots import FakeSlots
from tests.worker.domain.test_settings_and_settlement import SETTINGS
from tests.worker.runtime.stage import make_backoff
from worker.adapters.system_clock import SystemClock
from worker.domain.attempt import EndReason
from worker.domain.errors import EngineUnavailable
from worker.domain.job import Job, JobKind
from worker.domain.settings import WorkerSettings
from worker.generation.prompting import Prompts
from worker.ports import Pipeline
from worker.runtime.attempts import Stores
from worker.runtime.telemetry import Telemetry
from worker.wiring.rig import USER_AGENT, Rig, Shared, client_config
from worker.wiring.work import Fingerprint, Work, build_work

pytestmark = pytest.mark.slow
NOBODY = "http://127.0.0.1:9"
JOB = Job(
    job_id="a",
    kind=JobKind.TEST,
    language="python",
    code="def clamp(value, low, high):\n    return max(low, min(value, high))\n",
    path="clamp.py",
)


@dataclass
class Built:
    work: Work
    knowledge: FakeKnowledge
    telemetry: Telemetry
    log: io.StringIO

    @property
    def pipeline(self) -> Pipeline:
        return self.work.pipelines[JobKind.TEST]


@asynccontextmanager
async def built(**changes: object) -> AsyncIterator[Built]:
    settings: WorkerSettings = replace(SETTINGS, ollama_url=NOBODY, **changes)
    clock, log, knowledge = SystemClock(), io.StringIO(), FakeKnowledge()
    telemetry = Telemetry(stream=log, clock=clock)
    ledger = FakeLedger()
    rig = Rig(
        settings=settings,
        worker_id="w",
        clock=clock,
        backoff=make_backoff(),
        telemetry=telemetry,
        tracer=NoOpTracerProvider().get_tracer("test"),
        shared=Shared(
            stores=Stores(ledger=ledger, batches=ledger, artifacts=FakeArtifacts()),
            slots=FakeSlots(),
            roster=FakeRoster(),
            knowledge=knowledge,
            children=FakeChildren(ledger=ledger),
        ),
    )
    async with AsyncExitStack() as stack:
        yield Built(await build_work(rig, stack), knowledge, telemetry, log)


async def test_a_worker_remembers_what_it_proved_and_counts_it_for_its_engine():
    async with built(engine="builtin") as made:
        first = await made.pipeline.run(JOB, budget_seconds=2)
        second = await made.pipeline.run(replace(JOB, job_id="b"), budget_seconds=2)
    assert first.end_reason is EndReason.PROVED
    assert (first.is_remembered, second.is_remembered) == (False, True)
    assert second.test_file == first.test_file
    arms = {
        arm.partition("/")[0]: (tally.tried, tally.kept) for (_, arm), tally in made.knowledge.arms.items()
    }
    assert arms == {"builtin": (1, 1), "cache": (2, 1)}
    assert made.telemetry.counters.total("cache", answer="hit") == 1


async def test_a_worker_whose_memory_is_off_works_everything_out():
    async with built(engine="builtin", memory="off") as made:
        for name in ("a", "b"):
            outcome = await made.pipeline.run(replace(JOB, job_id=name), budget_seconds=2)
            assert not outcome.is_remembered


async def test_where_no_model_answers_a_worker_set_to_auto_serves_all_the_same_and_says_what_it_tried():
    async with built(engine="auto", model="cheap:1b,strong:7b") as made:
        outcome = await made.pipeline.run(JOB, budget_seconds=2)
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.turns[-1].engine == "builtin"
    assert {turn.end for turn in outcome.turns[:-1]} <= {"unavailable"}


async def test_a_worker_set_to_a_server_that_is_down_has_its_jobs_come_again_and_tells_that_no_model_could_be_loaded():
    async with built(engine="ollama") as made:
        with pytest.raises(EngineUnavailable):
            await made.pipeline.run(JOB, budget_seconds=2)
    events = [json.loads(line)["event"] for line in made.log.getvalue().splitlines()]
    assert "the model could not be loaded ahead" in events


class Digests(FakeEngine):
    """Lists a model under a digest."""

    digest: Callable[[], str] = staticmethod(lambda: "d1")

    async def models(self):
        return [{"name": "other", "digest": "x"}, {"name": "fake:1", "digest": self.digest()}]


async def test_a_fingerprint_changes_with_a_model_s_digest():
    engine = Digests()
    before = await Fingerprint([engine], prompts=Prompts(), clock=SystemClock())()
    engine.digest = lambda: "d2"
    after = await Fingerprint([engine], prompts=Prompts(), clock=SystemClock())()
    assert before == f"fake/fake:1@d1|{Prompts().version}"
    assert after == f"fake/fake:1@d2|{Prompts().version}"


def test_aws_is_told_the_workers_own_name() -> None:
    assert client_config(read_seconds=1).user_agent == USER_AGENT
