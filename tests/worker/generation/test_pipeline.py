"""The pipeline keeps what was proved, counts what was not, and says so."""

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.sandbox import FakeSandbox
from tests.worker.generation.speaking import SpeakingLanguage
from worker.domain.attempt import EndReason
from worker.domain.errors import EngineUnavailable, RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.generation.pipeline import TestPipeline
from worker.generation.prompting import Prompts
from worker.generation.proving import RUNS


class AnyPrompt(Prompts):
    """Writes a prompt for a language that has none."""

    def for_tests(self, language: str, subject: object, survey: object) -> str:
        return f"tests in {language}"


def pipeline(language: SpeakingLanguage, *answers: str | Exception) -> TestPipeline:
    return TestPipeline(
        engine=FakeEngine(answers=list(answers)),
        languages=[language],
        sandbox=FakeSandbox(),
        clock=FakeClock(),
        prompts=AnyPrompt(),
    )


def job(code: str = "f g", language: str = "speaking") -> Job:
    return Job(job_id="j", kind=JobKind.TEST, language=language, code=code)


async def run(language: SpeakingLanguage, *answers: str | Exception, code: str = "f g") -> PipelineOutcome:
    return await pipeline(language, *answers).run(job(code), budget_seconds=8)


async def test_every_candidate_is_either_kept_or_counted_with_its_reason() -> None:
    answer = (
        "passes lines=1 branches=a kills=m1 f\n"
        "passes lines=1 branches=a f\n"
        "passes lines=2 g\n"
        "passes  lines=2  g\n"
        "unparsable f\n"
        "empty f\n"
        "fails f\n"
        "hangs f\n"
        "flaky-2 lines=1 f\n"
    )
    outcome = await run(SpeakingLanguage(), answer)
    assert outcome.end_reason is EndReason.PROVED
    assert [test.name for test in outcome.tests] == ["t0", "t2"]
    assert outcome.proposed == 9
    assert outcome.rejected == {
        "unparsable": 1,
        "asserts_nothing": 1,
        "duplicate": 1,
        "failed": 1,
        "timed_out": 1,
        "flaky": 1,
        "adds_nothing": 1,
    }
    assert sum(outcome.rejected.values()) + len(outcome.tests) == outcome.proposed
    assert (outcome.mutants_killed, outcome.mutants_total) == (1, 2)
    assert outcome.test_file is not None
    assert outcome.test_file.command == ("speak", "subject.test.sp")


async def test_a_kept_test_ran_under_as_many_seeds_as_it_says() -> None:
    language = SpeakingLanguage()
    outcome = await run(language, "passes lines=1 f")
    assert language.seeds == [1, 2, 3, 4]
    assert outcome.tests[0].repeats == RUNS == len(set(language.seeds))


async def test_a_test_that_turns_out_flaky_late_is_replaced_by_the_next_best() -> None:
    outcome = await run(SpeakingLanguage(), "flaky-3 lines=1 kills=m1 f\npasses lines=1 f")
    assert [test.name for test in outcome.tests] == ["t1"]
    assert outcome.rejected == {"flaky": 1}


async def test_a_test_that_fails_beside_the_others_is_left_out_and_the_rest_proved_again() -> None:
    language = SpeakingLanguage()
    outcome = await run(language, "passes lines=1 f\npasses clashes lines=2 g")
    assert outcome.end_reason is EndReason.PROVED
    assert [test.name for test in outcome.tests] == ["t0"]
    assert len(language.proofs) == 2


async def test_tests_stand_in_the_order_of_the_source() -> None:
    outcome = await run(SpeakingLanguage(), "passes lines=1,2,3 g\npasses lines=4 f")
    assert [test.target for test in outcome.tests] == ["f", "g"]


@pytest.mark.parametrize("answer", ["", "fails f", "unparsable f\nempty g", "passes clashes lines=1 f"])
async def test_where_nothing_is_kept_the_explanation_says_why(answer: str) -> None:
    outcome = await run(SpeakingLanguage(), answer)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.tests == ()
    assert outcome.test_file is None
    assert len(outcome.explanation) > 20
    assert sum(outcome.rejected.values()) == outcome.proposed


async def test_code_that_can_t_be_loaded_is_explained_and_no_engine_is_asked() -> None:
    outcome = await run(SpeakingLanguage(load_error="the code can't be loaded: line 3"), "passes lines=1 f")
    assert outcome.end_reason is EndReason.SOURCE_REJECTED
    assert outcome.explanation == "The code can't be loaded: line 3."
    assert outcome.engine is None
    assert outcome.source_sha256 != ""


async def test_code_without_anything_to_call_is_explained() -> None:
    outcome = await run(SpeakingLanguage(), "passes lines=1 f", code="nothing")
    assert outcome.end_reason is EndReason.SOURCE_REJECTED
    assert "nothing to test" in outcome.explanation


async def test_an_unknown_language_is_refused_with_those_that_are_served() -> None:
    with pytest.raises(RequestRejected, match="'cobol' is not served; served: speaking"):
        await pipeline(SpeakingLanguage(), "").run(job(language="cobol"), budget_seconds=1)


async def test_a_language_is_known_by_its_other_names() -> None:
    outcome = await pipeline(SpeakingLanguage(), "passes lines=1 f").run(job(language="sp"), budget_seconds=1)
    assert outcome.end_reason is EndReason.PROVED


async def test_an_engine_that_is_down_is_no_outcome_but_an_exception() -> None:
    with pytest.raises(EngineUnavailable):
        await run(SpeakingLanguage(), EngineUnavailable("gone"))


async def test_what_the_engine_took_is_reported() -> None:
    outcome = await run(SpeakingLanguage(), "passes lines=1 f")
    assert (outcome.usage.prompt_tokens, outcome.usage.completion_tokens) == (3, 5)
    assert outcome.engine is not None
    assert outcome.engine.name == "fake"
