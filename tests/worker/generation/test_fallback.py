"""Another engine does the work where the one that is wanted can't, and the result says so."""

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.sandbox import FakeSandbox
from tests.worker.generation.speaking import SpeakingLanguage
from tests.worker.generation.test_pipeline import AnyPrompt, job
from worker.domain.attempt import EndReason
from worker.domain.errors import EngineMissing, EngineUnavailable, PromptRejected
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import EngineIdentity
from worker.generation.pipeline import Support, TestPipeline

GOOD = "passes lines=1 branches=a kills=m1 f\n"


class Wanted(FakeEngine):
    """The engine that the worker is set to."""

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="ollama", kind="llm", model="coder:1b")


async def outcome_of(*answers: str | Exception, fallback: FakeEngine | None) -> PipelineOutcome:
    pipeline = TestPipeline(
        engine=Wanted(answers=list(answers)),
        languages=[SpeakingLanguage()],
        sandbox=FakeSandbox(),
        clock=FakeClock(),
        prompts=AnyPrompt(),
        support=Support(fallback=fallback),
    )
    return await pipeline.run(job(), budget_seconds=8)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (EngineMissing("404: no model coder:1b"), "no model coder:1b"),
        (PromptRejected("the prompt was cut off"), "cut off"),
        ("fails f\n", "kept"),
        ("", ""),
    ],
)
async def test_where_the_wanted_engine_does_not_serve_another_one_does_and_the_result_says_so(answer, why):
    outcome = await outcome_of(answer, fallback=FakeEngine(answers=[GOOD]))
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.engine == FakeEngine().identity
    assert outcome.fallback is not None
    assert (outcome.fallback.wanted, outcome.fallback.used) == ("ollama coder:1b", "fake fake:1")
    assert why in outcome.fallback.reason


async def test_what_both_engines_proposed_is_counted():
    outcome = await outcome_of("fails f\n", fallback=FakeEngine(answers=[GOOD]))
    assert outcome.proposed == 3
    assert outcome.rejected == {"failed": 1, "duplicate": 1}  # asked again, the model said the same


async def test_an_engine_that_serves_is_not_replaced():
    fallback = FakeEngine(answers=[GOOD])
    outcome = await outcome_of(GOOD, fallback=fallback)
    assert outcome.fallback is None
    assert fallback.requests == []


async def test_an_engine_that_is_down_for_now_is_tried_again_later_and_not_replaced():
    fallback = FakeEngine(answers=[GOOD])
    with pytest.raises(EngineUnavailable):
        await outcome_of(EngineUnavailable("restarting"), fallback=fallback)
    assert fallback.requests == []


async def test_without_a_fallback_a_missing_model_is_told():
    with pytest.raises(EngineMissing):
        await outcome_of(EngineMissing("no model"), fallback=None)


async def test_a_result_tells_its_budget_and_where_its_expectations_come_from():
    outcome = await outcome_of(GOOD, fallback=None)
    assert outcome.budget_seconds == 8
    assert sum(outcome.oracles.values()) == len(outcome.tests)
