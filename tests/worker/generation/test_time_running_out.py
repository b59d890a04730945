"""When the time is over, what is known so far is kept, and what is not known is called by its name."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.engine import FakeEngine
from tests.fakes.sandbox import FakeSandbox
from tests.worker.generation.speaking import SpeakingLanguage
from tests.worker.generation.test_pipeline import AnyPrompt, job
from worker.domain.attempt import EndReason
from worker.domain.candidate import Candidate, Coverage, MutationReport, Proof, TestOutcome
from worker.domain.exchange import Budget, SandboxEnd, SandboxOutcome, SandboxRequest, Subject
from worker.domain.outcome import PipelineOutcome
from worker.generation.pacing import Pacing
from worker.generation.pipeline import TestPipeline
from worker.ports import Sandbox

BUDGET_SECONDS = 8.0
ANSWER = "".join(f"passes lines={number} kills=m{number} f\n" for number in range(20))
STAGES = ("first", "again", "mutate", "third", "fourth", "proof")


@dataclass
class TimedLanguage(SpeakingLanguage):
    """Takes time by a fake clock; each step gets done as much as its budget allows."""

    clock: FakeClock = field(default_factory=FakeClock)
    test_seconds: dict[str, float] = field(default_factory=dict)
    """Stage -> time for each candidate; 0.01 where not named."""
    budgets: dict[str, list[float]] = field(default_factory=dict)
    proof_limit: int = 1000
    """Largest number of tests that a proof gets done."""

    async def _spend(self, stage: str, count: int, budget: Budget) -> int:
        """Spend time on some candidates; return how many were done."""
        self.budgets.setdefault(stage, []).append(budget.seconds)
        each = self.test_seconds.get(stage, 0.01)
        done = min(count, int(budget.seconds / each))
        await self.clock.advance(min(each * count, budget.seconds))
        return done

    async def run(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> tuple[TestOutcome, ...]:
        stage = ("first", "again", "third", "fourth")[budget.seed - 1]
        done = await self._spend(stage, len(candidates), budget)
        seen = await super().run(subject, candidates, sandbox, budget)
        late = [replace(one, is_passed=False, is_run=False, detail="late") for one in seen[done:]]
        return (*seen[:done], *late)

    async def mutate(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> MutationReport:
        done = await self._spend("mutate", len(candidates), budget)
        report = await super().mutate(subject, candidates[:done], sandbox, budget)
        return replace(report, total=20, is_complete=done == len(candidates))

    async def prove(
        self, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
    ) -> Proof:
        done = await self._spend("proof", len(candidates), budget)
        if done < len(candidates) or len(candidates) > self.proof_limit:
            return Proof(is_passed=False, command=(), coverage=Coverage(), is_timed_out=True)
        return await super().prove(subject, candidates, sandbox, budget)


async def run(language: TimedLanguage, answer: str = ANSWER) -> PipelineOutcome:
    pipeline = TestPipeline(
        engine=FakeEngine(answers=[answer]),
        languages=[language],
        sandbox=FakeSandbox(),
        clock=language.clock,
        prompts=AnyPrompt(),
    )
    outcome = await pipeline.run(job(), budget_seconds=BUDGET_SECONDS)
    assert sum(outcome.rejected.values()) + len(outcome.tests) == outcome.proposed
    return outcome


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("seconds", [0.25, 0.6, 1.0])
async def test_wherever_the_time_runs_out_there_are_tests_and_nothing_is_called_flaky(
    stage: str, seconds: float
) -> None:
    language = TimedLanguage(test_seconds={stage: seconds})
    outcome = await run(language)
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.tests
    assert set(outcome.rejected) <= {"no_time", "adds_nothing"}
    assert all(test.repeats >= 2 for test in outcome.tests)
    assert language.clock.monotonic() <= 2.5 * BUDGET_SECONDS + 5


async def test_where_everything_is_slow_a_few_tests_are_kept_all_the_same() -> None:
    language = TimedLanguage(test_seconds=dict.fromkeys(STAGES, 0.7))
    outcome = await run(language)
    assert outcome.end_reason is EndReason.PROVED
    assert outcome.rejected["no_time"] > 0
    assert "The time was over before" in outcome.explanation
    assert language.clock.monotonic() <= 2.5 * BUDGET_SECONDS + 5


async def test_the_most_valuable_are_run_again_first() -> None:
    poor = "".join(f"passes lines=1 variant-{number} f\n" for number in range(19))
    language = TimedLanguage(test_seconds={"again": 1.5})
    outcome = await run(language, f"{poor}passes lines=1,2,3,4,5 f\n")
    assert [test.name for test in outcome.tests] == ["t19"]
    assert outcome.rejected["no_time"] > 10


async def test_a_run_that_never_was_is_neither_counted_nor_held_against_a_test() -> None:
    outcome = await run(TimedLanguage(test_seconds={"third": 100, "fourth": 100}))
    assert {test.repeats for test in outcome.tests} == {2}
    assert len(outcome.tests) == 20


async def test_what_fails_in_a_late_run_is_flaky_even_where_others_had_no_time() -> None:
    answer = "passes flaky-3 lines=1,2,3 f\npasses lines=4 f\n"
    outcome = await run(TimedLanguage(test_seconds={"third": 1.2}), answer)
    assert [test.name for test in outcome.tests] == ["t1"]
    assert outcome.rejected == {"flaky": 1}


@pytest.mark.parametrize("seed", [2, 3])
async def test_a_test_that_is_too_slow_once_is_called_slow_and_not_flaky(seed: int) -> None:
    outcome = await run(TimedLanguage(), f"passes slow-{seed} lines=1,2,3 f\npasses lines=4 f\n")
    assert [test.name for test in outcome.tests] == ["t1"]
    assert outcome.rejected == {"timed_out": 1}


async def test_a_proof_that_takes_too_long_is_tried_with_the_best() -> None:
    language = TimedLanguage(proof_limit=5)
    outcome = await run(language)
    assert len(outcome.tests) == 5
    assert outcome.rejected == {"no_time": 15}


async def test_where_not_even_one_proof_is_in_time_that_is_what_is_said() -> None:
    outcome = await run(TimedLanguage(proof_limit=0))
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert outcome.rejected == {"no_time": 20}
    assert "could not be tried before the time was over" in outcome.explanation


@dataclass
class BusySandbox(FakeSandbox):
    """A sandbox on a host that leaves it a third of a processor."""

    async def run(self, request: SandboxRequest) -> SandboxOutcome:
        self.requests.append(request)
        return SandboxOutcome(
            end=SandboxEnd.EXITED, exit_code=0, stdout="", stderr="", seconds=1.5, cpu_seconds=0.3
        )


class LoadingLanguage(TimedLanguage):
    """Loads its code in the sandbox."""

    async def load(self, subject: Subject, sandbox: Sandbox) -> None:
        await sandbox.run(SandboxRequest(argv=("load",)))


@pytest.mark.parametrize(("sandbox", "factor"), [(FakeSandbox(), 1), (BusySandbox(), 2)])
async def test_a_busy_host_s_share_stretches_the_budget_to_the_double(
    sandbox: FakeSandbox, factor: int
) -> None:
    language = LoadingLanguage()
    pipeline = TestPipeline(
        engine=FakeEngine(answers=[ANSWER]),
        languages=[language],
        sandbox=sandbox,
        clock=language.clock,
        prompts=AnyPrompt(),
    )
    await pipeline.run(job(), budget_seconds=BUDGET_SECONDS)
    assert language.budgets["first"] == [pytest.approx(factor * BUDGET_SECONDS * 0.5)]


async def test_what_an_engine_takes_beyond_its_part_is_taken_from_nobody() -> None:
    clock = FakeClock()
    pacing = Pacing(budget_seconds=10, seed=1, clock=clock)
    await clock.advance(60)
    pacing.engine_took(60)
    assert pacing.first_run().seconds == pytest.approx(3.25)
    assert pacing.proof().seconds == pytest.approx(21.5)


def test_a_step_always_gets_some_time() -> None:
    pacing = Pacing(budget_seconds=0.1, seed=1, clock=FakeClock())
    steps = (pacing.engine(), pacing.first_run(), pacing.mutants(), pacing.late_repeat(2), pacing.proof())
    assert min(step.seconds for step in steps) >= 1.0
