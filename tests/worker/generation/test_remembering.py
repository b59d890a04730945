"""What was proved once is not worked out again; what was not is."""

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.clock import FakeClock, settle
from tests.fakes.knowledge import FakeKnowledge
from tests.fakes.pipeline import FakePipeline
from worker.adapters.tolerant_knowledge import TolerantKnowledge
from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.errors import EngineUnavailable
from worker.domain.job import Job, JobKind
from worker.domain.outcome import PipelineOutcome
from worker.domain.outcome_codec import decode_outcome, encode_outcome
from worker.domain.result import EngineIdentity, Fallback, KeptTest, TestFile, Turn
from worker.domain.usage import Usage
from worker.generation.remembering import Memories, RememberingPipeline, key_of

KEPT = KeptTest(
    name="test_f",
    target="f",
    oracle="docstring",
    repeats=4,
    lines_added=1,
    branches_added=0,
    mutants_killed=2,
)
PROVED = PipelineOutcome(
    end_reason=EndReason.PROVED,
    explanation="1 test proved, with a lone \ud800 in it.",
    source_sha256="0" * 64,
    engine=EngineIdentity(name="builtin", kind="deterministic", model="b:1"),
    tests=(KEPT,),
    test_file=TestFile(
        path="test_f.py",
        subject_path="f.py",
        content="def test_f(): ...",
        command=("pytest", "test_f.py"),
        subject_content="def f(): ...",
    ),
    proposed=3,
    rejected={"failed": 2},
    coverage=Coverage(
        lines_covered=1, lines_total=2, covered_lines=(1,), missed_lines=(2,), branch_lines=((1, 1, 2),)
    ),
    mutants_killed=2,
    mutants_total=3,
    survivors=("line 1: + became -",),
    sandbox_layers=("rlimits", "seccomp"),
    budget_seconds=8,
    oracles={"docstring": 1},
    skipped=(("g", "opens a socket"),),
    turns=(
        Turn(
            engine="builtin",
            kind="deterministic",
            model="b:1",
            end="proved",
            asked=1,
            proposed=3,
            kept=1,
            seconds=2.5,
        ),
    ),
    usage=Usage(engine_seconds=2.0, sandbox_runs=4),
)
JOB = Job(job_id="a", kind=JobKind.TEST, language="python", code="def f(): ...\n", path="src/f.py")


class Fleet:
    """Workers that share a memory."""

    def __init__(self, *ends: PipelineOutcome | Exception, seconds: float = 0.0) -> None:
        self.clock = FakeClock()
        self.inner = FakePipeline(ends=list(ends) or [PROVED], seconds=seconds, sleep=self.clock.sleep)
        self.knowledge = FakeKnowledge(now=self.clock.monotonic)
        self.artifacts = FakeArtifacts()
        self.answers: list[str] = []
        self.fingerprint = "builtin/b:1@"

    def worker(self, name: str = "w") -> RememberingPipeline:
        async def fingerprint() -> str:
            if not self.fingerprint:
                raise EngineUnavailable("down")
            return self.fingerprint

        memories = Memories(
            knowledge=TolerantKnowledge(self.knowledge, on_trouble=lambda _: None),
            artifacts=self.artifacts,
            owner=name,
            count=self.answers.append,
        )
        return RememberingPipeline(self.inner, memories=memories, fingerprint=fingerprint, clock=self.clock)

    async def ask(self, job: Job = JOB, *, worker: str = "w", budget_seconds: float = 8) -> PipelineOutcome:
        task = asyncio.ensure_future(self.worker(worker).run(job, budget_seconds=budget_seconds))
        await settle()
        for _ in range(600):
            if task.done():
                break
            await self.clock.advance(1)
        return await task


def again(**changes: object) -> Job:
    return replace(JOB, job_id="b", **changes)


async def test_the_same_job_again_gets_the_same_tests_without_any_work():
    fleet = Fleet()
    first = await fleet.ask()
    second = await fleet.ask(again(), worker="another")
    assert first == PROVED
    assert second == replace(PROVED, is_remembered=True, usage=Usage())
    assert fleet.inner.started == ["a"]
    assert fleet.answers == ["miss", "hit"]


@pytest.mark.parametrize(
    "change",
    [
        {"code": "def f(): pass\n"},
        {"code": "def f(): ... \n"},
        {"language": "typescript"},
        {"path": "src/g.py"},
        {"targets": ("f",)},
        {"seed": 2},
    ],
    ids=str,
)
async def test_whatever_an_answer_follows_from_makes_another_job_of_it(change):
    fleet = Fleet()
    await fleet.ask()
    assert (await fleet.ask(again(**change))).is_remembered is False
    assert len(fleet.inner.started) == 2


async def test_another_model_another_prompt_or_another_budget_is_another_job():
    fleet = Fleet()
    await fleet.ask()
    await fleet.ask(again(), budget_seconds=9)
    fleet.fingerprint = "builtin/b:2@"
    await fleet.ask(again())
    assert len(fleet.inner.started) == 3


async def test_line_ends_priority_and_batch_make_no_difference():
    fleet = Fleet()
    await fleet.ask()
    other = again(
        code=JOB.code.replace("\n", "\r\n"), priority=9, batch_id="x", repository="r", budget_seconds=8
    )
    assert (await fleet.ask(other)).is_remembered


async def test_who_asks_while_another_works_on_it_waits_for_that():
    fleet = Fleet(seconds=20)
    asked = asyncio.gather(
        *(fleet.worker(f"w{n}").run(replace(JOB, job_id=f"j{n}"), budget_seconds=8) for n in range(5))
    )
    await fleet.clock.advance(30)
    outcomes = await asked
    assert len(fleet.inner.started) == 1
    assert sorted(outcome.is_remembered for outcome in outcomes) == [False, True, True, True, True]
    assert fleet.answers.count("waited") == 4


async def test_two_jobs_of_one_worker_wait_for_each_other_too():
    fleet = Fleet(seconds=5)
    worker = fleet.worker()
    asked = asyncio.gather(*(worker.run(replace(JOB, job_id=f"j{n}"), budget_seconds=8) for n in range(2)))
    await fleet.clock.advance(10)
    await asked
    assert len(fleet.inner.started) == 1


async def test_where_the_one_who_worked_on_it_died_another_takes_over():
    fleet = Fleet()
    key = key_of(JOB, budget_seconds=8, fingerprint=fleet.fingerprint)
    await fleet.knowledge.recall(key, owner="dead", seconds=60)
    assert await fleet.ask() == PROVED
    assert fleet.clock.monotonic() >= 60


@pytest.mark.parametrize(
    "end",
    [
        PipelineOutcome(end_reason=EndReason.NOTHING_KEPT, explanation="none"),
        PipelineOutcome(end_reason=EndReason.SOURCE_REJECTED, explanation="line 1"),
        replace(PROVED, fallback=Fallback(wanted="a", used="b", reason="404")),
        replace(PROVED, rejected={"no_time": 3}),
        EngineUnavailable("down"),
        RuntimeError("an accident"),
    ],
    ids=lambda end: type(end).__name__ if isinstance(end, Exception) else end.end_reason.value,
)
async def test_errors_and_what_could_be_better_are_never_remembered_and_keep_nobody_waiting(end):
    fleet = Fleet(end, PROVED)
    if isinstance(end, Exception):
        with pytest.raises(type(end)):
            await fleet.ask()
    else:
        assert await fleet.ask() == end
    assert await fleet.ask(again(), worker="another") == PROVED
    assert fleet.clock.monotonic() < 5


async def test_a_job_that_is_called_off_frees_its_claim():
    fleet = Fleet(seconds=50)
    task = asyncio.ensure_future(fleet.worker().run(JOB, budget_seconds=8))
    await fleet.clock.advance(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fleet.knowledge.claims == {}


async def test_a_retry_is_worked_out_anew():
    fleet = Fleet()
    await fleet.ask()
    assert (await fleet.ask(again(retry_of="a"))).is_remembered is False


@pytest.mark.parametrize(
    "content", [None, b"", b"[]", b'{"version": 0}', b"\xff", b'{"version": 1, "tests": [1]}']
)
async def test_what_can_not_be_read_back_is_worked_out_again(content):
    fleet = Fleet()
    await fleet.ask()
    (key,) = fleet.artifacts.files
    if content is None:
        del fleet.artifacts.files[key]
    else:
        fleet.artifacts.files[key] = content
    assert await fleet.ask(again()) == PROVED
    assert (await fleet.ask(again())).is_remembered


async def test_where_the_memory_is_down_the_work_is_done():
    fleet = Fleet()
    fleet.knowledge.is_down = fleet.artifacts.is_down = True
    assert await fleet.ask() == PROVED


async def test_where_nobody_can_tell_the_model_nothing_is_remembered():
    fleet = Fleet()
    fleet.fingerprint = ""
    assert await fleet.ask() == PROVED
    assert fleet.artifacts.files == {}


async def test_how_often_it_helped_is_counted_for_the_class_of_jobs():
    fleet = Fleet()
    await fleet.ask()
    await fleet.ask(again())
    (tally,) = await fleet.knowledge.tallies("python/small")
    assert (tally.arm, tally.tried, tally.kept) == ("cache", 2, 1)


def test_an_outcome_survives_being_written_but_for_what_it_took():
    assert decode_outcome(encode_outcome(PROVED)) == replace(PROVED, usage=Usage())
