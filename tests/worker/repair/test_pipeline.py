"""What a fix job comes to, whatever its language."""

import json
from collections.abc import Sequence

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.sandbox import FakeSandbox
from tests.worker.repair.speaking import SpeakingRepair
from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.errors import EngineUnavailable, RequestRejected
from worker.domain.job import Job, JobKind, JobStatus, SourceFile
from worker.domain.outcome import PipelineOutcome
from worker.domain.repair import RepairReport
from worker.domain.result import EngineIdentity, JobResult
from worker.ports import Engine
from worker.repair.pipeline import RepairPipeline

TESTS = (SourceFile(path="test_it.sp", text="tests"),)


class Model(FakeEngine):
    """An engine that says of itself that it is a language model."""

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="fake", kind="llm", model="model:1")


class InOrder:
    """A router that keeps the order and remembers what it was told."""

    def __init__(self, *engines: Engine) -> None:
        self.engines = engines
        self.learned: list[bool] = []

    async def route(self, job_class: str) -> Sequence[Engine]:
        return self.engines

    async def learn(self, job_class: str, engine: Engine, *, is_kept: bool, seconds: float) -> None:
        self.learned.append(is_kept)


async def fixed(
    language: SpeakingRepair, *engines: Engine, log: str = "", tests: object = TESTS
) -> PipelineOutcome:
    pipeline = RepairPipeline(
        languages=[language],
        sandbox=FakeSandbox(),
        clock=FakeClock(),
        router=InOrder(*engines) if engines else None,
    )
    job = Job(job_id="j", kind=JobKind.FIX, language="sp", code="broken", tests=tests, log=log)
    return await pipeline.run(job, budget_seconds=4)


def report_of(outcome: PipelineOutcome) -> RepairReport:
    assert outcome.repair is not None
    return outcome.repair


async def test_a_small_change_that_passes_is_proved_and_offered_as_a_diff() -> None:
    language = SpeakingRepair(small_changes=("bad", "good-a"))
    outcome = await fixed(language)
    report = report_of(outcome)
    assert outcome.end_reason is EndReason.PROVED
    assert report.patched == "good-a"
    assert "-broken" in report.diff
    assert "+good-a" in report.diff
    assert report.verdicts[0].is_accepted
    assert (report.verdicts[0].tests_fixed, report.verdicts[0].tests_kept, report.verdicts[0].repeats) == (
        1,
        1,
        2,
    )
    assert language.proofs == ["good-a"]


async def test_a_rule_is_asked_before_anything_is_searched() -> None:
    report = report_of(await fixed(SpeakingRepair(rules=("good-a",), small_changes=("good-b",))))
    assert (report.origin, report.patched, report.tried) == ("fixer", "good-a", 0)


@pytest.mark.parametrize("fault", [FaultClass.FLAKY, FaultClass.ENVIRONMENT, FaultClass.NONE])
async def test_what_no_patch_can_mend_is_said_with_its_reason_and_nothing_is_tried(fault: FaultClass) -> None:
    language = SpeakingRepair(fault=fault, rules=("good-a",), small_changes=("good-a",))
    outcome = await fixed(language)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.explanation.startswith("It is wrong. ")
    assert len(outcome.explanation) > len("It is wrong. ")
    assert report_of(outcome).verdicts == ()


async def test_of_an_engines_patches_only_the_good_one_survives() -> None:
    model = Model(answers=["evil bad breaks good-a"])
    outcome = await fixed(SpeakingRepair(), model)
    report = report_of(outcome)
    assert (report.origin, report.patched) == ("engine", "good-a")
    said = {verdict.patch.description: verdict.rejection for verdict in report.verdicts}
    assert said == {"good-a": None, "evil": "forbidden", "bad": "still_failing", "breaks": "breaks_others"}
    assert [(turn.end, turn.proposed, turn.kept) for turn in outcome.turns] == [("proved", 4, 1)]


async def test_with_bad_and_malicious_patches_alone_nothing_is_offered() -> None:
    language = SpeakingRepair()
    outcome = await fixed(language, Model(answers=["evil bad", "breaks evil"]))
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert report_of(outcome).diff == ""
    assert language.proofs == []
    assert outcome.rejected == {"forbidden": 1, "still_failing": 1, "breaks_others": 1}


async def test_an_engine_is_not_asked_where_a_small_change_is_sure() -> None:
    model = Model(answers=["good-b"])
    await fixed(SpeakingRepair(small_changes=("good-a",)), model)
    assert model.requests == []


async def test_an_engine_that_only_writes_tests_is_not_asked_for_a_patch() -> None:
    engine = FakeEngine(answers=["good-a"])
    outcome = await fixed(SpeakingRepair(), engine)
    assert engine.requests == []
    assert outcome.end_reason is EndReason.NOTHING_KEPT


async def test_an_engine_that_is_down_leaves_its_turn_to_the_next() -> None:
    outcome = await fixed(
        SpeakingRepair(), Model(answers=[EngineUnavailable("gone")]), Model(answers=["good-a"])
    )
    assert [turn.end for turn in outcome.turns] == ["unavailable", "proved"]
    assert outcome.end_reason is EndReason.PROVED


async def test_thin_tests_and_two_ways_of_behaving_give_no_offer_but_the_input_on_which_they_differ() -> None:
    outcome = await fixed(SpeakingRepair(small_changes=("good-a", "good-b"), checks=1))
    report = report_of(outcome)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert report.diff == ""
    assert report.rivals == ("good-a", "good-b")
    assert [(one.call, one.answers) for one in report.disagreements] == [("call()", ("a", "b"))]
    assert {verdict.rejection for verdict in report.verdicts} == {"undecided"}


async def test_a_patch_that_is_flaky_or_that_the_linter_dislikes_gives_way_to_the_next() -> None:
    language = SpeakingRepair(small_changes=("flaky", "linty", "good-a"), checks=99)
    report = report_of(await fixed(language))
    assert language.proofs == ["flaky", "linty", "good-a"]
    assert report.patched == "good-a"
    assert [verdict.rejection for verdict in report.verdicts[1:]] == ["flaky", "worse_lint"]


async def test_secrets_in_a_log_do_not_reach_the_language() -> None:
    language = SpeakingRepair(small_changes=("good-a",))
    await fixed(language, log="export API_TOKEN=abcdef123456789\nAssertionError")
    assert "abcdef123456789" not in language.logs[0]
    assert "AssertionError" in language.logs[0]


async def test_a_job_without_tests_and_without_a_log_is_refused() -> None:
    with pytest.raises(RequestRejected, match="tests that fail, or the log"):
        await fixed(SpeakingRepair(), tests=())


async def test_the_stored_result_holds_diagnosis_diff_verdicts_and_transcript() -> None:
    outcome = await fixed(SpeakingRepair(small_changes=("good-a",)))
    result = JobResult(
        job_id="j",
        kind="fix",
        status=JobStatus.SUCCEEDED,
        end_reason=outcome.end_reason,
        language="sp",
        path=None,
        explanation=outcome.explanation,
        worker_id="w",
        attempt=1,
        started_at="",
        finished_at="",
        seconds=1.0,
        repair=outcome.repair,
    )
    stored = json.loads(result.to_json())["repair"]
    assert stored["diagnosis"]["fault"] == "assertion"
    assert stored["diff"] == report_of(outcome).diff
    assert stored["verdicts"][0]["rejection"] is None
    assert stored["transcript"]
