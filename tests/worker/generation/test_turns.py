"""Engines take turns; a model is shown what failed and what no test runs."""

from dataclasses import replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.knowledge import FakeKnowledge
from tests.fakes.sandbox import FakeSandbox
from tests.worker.generation.speaking import SpeakingLanguage
from tests.worker.generation.test_pipeline import AnyPrompt, job
from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.errors import EngineBusy, EngineMissing, EngineUnavailable, PromptRejected
from worker.domain.exchange import Completion, EngineRequest
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import EngineIdentity
from worker.generation.pipeline import Support, TestPipeline
from worker.generation.turns import ASKED, TURNS
from worker.ports import Engine

GOOD = "passes lines=1,2 branches=a kills=m1 f\n"
HALF = "passes lines=1 f\n"


class Model(FakeEngine):
    def __init__(self, name: str, *answers: str | Exception, clock: FakeClock | None = None, seconds=0.0):
        super().__init__(answers=list(answers))
        self.name, self.clock, self.seconds = name, clock, seconds

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="ollama", kind="llm", model=self.name)

    async def generate(self, request: EngineRequest) -> Completion:
        if self.clock is not None:
            self.clock._seconds += self.seconds
        return await super().generate(request)


class InOrder:
    """A router that keeps the order and notes what it learns."""

    def __init__(self, *engines: Engine) -> None:
        self.engines = list(engines)
        self.classes: list[str] = []
        self.learned: list[tuple[str, str, bool]] = []

    async def route(self, job_class: str) -> list[Engine]:
        self.classes.append(job_class)
        return self.engines

    async def learn(self, job_class: str, engine: Engine, *, is_kept: bool, seconds: float) -> None:
        self.learned.append((job_class, engine.identity.model, is_kept))


async def outcome_of(
    *engines: Engine,
    fallback: Engine | None = None,
    router: InOrder | None = None,
    knowledge: FakeKnowledge | None = None,
    clock: FakeClock | None = None,
    language: SpeakingLanguage | None = None,
) -> PipelineOutcome:
    pipeline = TestPipeline(
        engine=engines[0],
        languages=[language or SpeakingLanguage()],
        sandbox=FakeSandbox(),
        clock=clock or FakeClock(),
        prompts=AnyPrompt(),
        support=Support(router=router or InOrder(*engines), fallback=fallback, knowledge=knowledge),
    )
    return await pipeline.run(job("f\ng"), budget_seconds=8)


def told(outcome: PipelineOutcome) -> list[tuple[str, str, int]]:
    return [(turn.model, turn.end, turn.kept) for turn in outcome.turns]


async def test_the_strong_model_is_asked_where_nothing_of_the_cheap_one_is_proved():
    router = InOrder(Model("cheap", "fails f"), Model("strong", GOOD))
    outcome = await outcome_of(*router.engines, router=router)
    assert outcome.end_reason is EndReason.PROVED
    assert told(outcome) == [("cheap", "nothing_kept", 0), ("strong", "proved", 1)]
    assert outcome.engine is not None
    assert outcome.engine.model == "strong"
    assert outcome.fallback is None
    assert router.learned == [
        ("speaking/small", "cheap", False),
        ("speaking/small", "strong", True),
    ]


async def test_the_strong_model_is_left_alone_where_the_cheap_one_serves():
    strong = Model("strong", GOOD)
    outcome = await outcome_of(Model("cheap", GOOD), strong)
    assert told(outcome) == [("cheap", "proved", 1)]
    assert strong.requests == []


class Partly(SpeakingLanguage):
    """Its proofs run the lines that the tests say, of ten."""

    async def prove(self, subject, candidates, sandbox, budget):
        proof = await super().prove(subject, candidates, sandbox, budget)
        lines = sum(candidate.code.count(",") + 1 for candidate in candidates)
        return replace(proof, coverage=Coverage(lines_covered=lines, lines_total=10))


async def test_of_engines_that_are_none_good_enough_the_best_one_s_tests_are_kept():
    router = InOrder(
        FakeEngine(answers=["passes lines=1,2,3 kills=m1 f"]), Model("second", "passes lines=1 f")
    )
    outcome = await outcome_of(
        *router.engines, router=router, language=Partly(), fallback=Model("third", GOOD)
    )
    assert told(outcome) == [("fake:1", "proved", 1), ("second", "proved", 1)]
    assert outcome.engine is not None
    assert outcome.engine.model == "fake:1"
    assert outcome.coverage is not None
    assert outcome.coverage.line_ratio == 0.3
    assert [is_kept for _, _, is_kept in router.learned] == [False, False]


async def test_no_more_engines_are_asked_than_a_job_has_time_for():
    engines = [Model(f"m{number}", "fails f") for number in range(6)]
    outcome = await outcome_of(*engines)
    assert len(outcome.turns) == TURNS
    assert engines[TURNS].requests == []


@pytest.mark.parametrize(
    ("trouble", "end"),
    [
        (EngineMissing("404"), "missing"),
        (PromptRejected("too long"), "refused"),
        (EngineUnavailable("down"), "unavailable"),
        (EngineBusy("full"), "unavailable"),
    ],
)
async def test_an_engine_that_can_not_serve_is_passed_over(trouble, end):
    router = InOrder(Model("ill", trouble), Model("well", GOOD))
    outcome = await outcome_of(*router.engines, router=router)
    assert told(outcome) == [("ill", end, 0), ("well", "proved", 1)]
    assert router.learned == [("speaking/small", "well", True)]  # being down says nothing about its tests


async def test_where_one_is_missing_and_the_other_down_the_job_is_tried_again_later():
    fallback = FakeEngine(answers=[GOOD])
    with pytest.raises(EngineUnavailable, match="down"):
        await outcome_of(
            Model("a", EngineMissing("404")), Model("b", EngineUnavailable("down")), fallback=fallback
        )
    assert fallback.requests == []


async def test_where_one_failed_and_the_other_is_down_the_fallback_does_the_work():
    outcome = await outcome_of(
        Model("a", "fails f"), Model("b", EngineUnavailable("down")), fallback=FakeEngine(answers=[GOOD])
    )
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.fallback is not None
    assert outcome.fallback.used == "fake fake:1"


async def test_an_engine_that_was_among_the_wanted_is_no_fallback():
    engine = Model("a", "fails f")
    outcome = await outcome_of(engine, fallback=engine)
    assert outcome.fallback is None
    assert outcome.end_reason is EndReason.NOTHING_KEPT


async def test_a_model_is_shown_what_failed_and_which_lines_no_test_runs():
    model = Model("m", "fails f\n" + HALF, GOOD)
    outcome = await outcome_of(model)
    assert len(model.requests) == 2
    first, second = (request.prompt for request in model.requests)
    assert first == "tests in speaking"
    assert second.startswith(first)
    assert "This one fails (1 != 2)" in second
    assert "fails f" in second
    assert "No test runs these lines yet" in second
    assert outcome.turns[0].asked == 2
    assert outcome.prompt_version != ""


async def test_what_it_said_at_first_is_kept_beside_what_it_said_later():
    outcome = await outcome_of(Model("m", "passes lines=1 kills=m1 f", "passes lines=2 kills=m2 f"))
    assert len(outcome.tests) == 2
    assert outcome.mutants_killed == 2


async def test_a_model_is_asked_no_more_when_every_line_is_run():
    model = Model("m", GOOD)
    await outcome_of(model)
    assert len(model.requests) == 1


async def test_a_model_that_repeats_itself_is_not_asked_again():
    model = Model("m", "fails f", "fails f", GOOD)
    outcome = await outcome_of(model)
    assert len(model.requests) == 2
    assert outcome.rejected == {"failed": 1, "duplicate": 1}


async def test_a_model_that_always_has_something_new_is_asked_so_often_and_no_more():
    model = Model("m", *(f"passes lines=1 x={number} f" for number in range(9)))
    await outcome_of(model)
    assert len(model.requests) == ASKED


async def test_what_a_model_expects_is_called_that_whatever_it_says_of_it():
    outcome = await outcome_of(
        Model("m", GOOD)
    )  # the fake language reads "characterization" from every answer
    assert outcome.oracles == {"engine": 1}
    assert (await outcome_of(FakeEngine(answers=[GOOD]))).oracles == {"characterization": 1}


async def test_a_slow_model_is_not_asked_again():
    clock = FakeClock()
    model = Model("m", HALF, GOOD, clock=clock, seconds=28.0)
    outcome = await outcome_of(model, clock=clock)
    assert len(model.requests) == 1
    assert outcome.end_reason is EndReason.PROVED


async def test_what_a_model_said_before_it_went_down_is_kept():
    outcome = await outcome_of(Model("m", HALF, EngineUnavailable("gone")))
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.turns[0].asked == 1


async def test_an_engine_that_reads_no_prompts_is_asked_once_and_has_no_prompt_version():
    engine = FakeEngine(answers=[HALF, GOOD])
    outcome = await outcome_of(engine)
    assert len(engine.requests) == 1
    assert outcome.prompt_version == ""


async def test_a_test_that_any_worker_saw_to_be_flaky_is_not_run_again_anywhere():
    knowledge = FakeKnowledge()
    await outcome_of(FakeEngine(answers=["flaky-2 lines=1 f\n" + HALF]), knowledge=knowledge)
    assert sum(map(len, knowledge.flaky_tests.values())) == 1
    outcome = await outcome_of(FakeEngine(answers=["flaky-2 lines=1 f\n"]), knowledge=knowledge)
    assert outcome.rejected == {"flaky": 1}
    assert outcome.usage.sandbox_runs == 0


async def test_a_flaky_test_is_told_even_where_the_job_comes_to_nothing():
    knowledge = FakeKnowledge()
    await outcome_of(FakeEngine(answers=["flaky-2 lines=1 f\n"]), knowledge=knowledge)
    assert sum(map(len, knowledge.flaky_tests.values())) == 1
