"""Engines take turns at a job until one is good enough; where nothing of the wanted ones is proved, one behind them serves, visibly.

Good enough are proved tests that run half of the lines: less is kept only where the other engines come to no more.

An engine that is down for now is passed over; where nothing else came of the job, it is tried again later rather than replaced. A language
model is asked up to three times in its turn: it is shown what failed and which lines no test runs, while its part of the time lasts.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.domain.attempt import EndReason
from worker.domain.candidate import Candidate
from worker.domain.errors import EngineMissing, EngineUnavailable, PromptRejected, WorkerError
from worker.domain.exchange import EngineRequest, Survey
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import EngineIdentity, Fallback
from worker.domain.routing import job_class
from worker.generation.judge import judge, mark_of
from worker.generation.pacing import Pacing
from worker.generation.prompting import Prompts
from worker.generation.proving import prove
from worker.generation.work import Work
from worker.ports import Clock, Engine, Router

ASKED = 3
"""How often a language model is asked in its turn; other engines say all that they have at once."""
ORACLE_OF_A_MODEL = "engine"
ENOUGH_LINES = 0.5
"""Share of the lines that an engine's tests have to run, for the others to be left alone."""
TURNS = 3
"""How many of the wanted engines are asked at most: a job's time is bounded."""

_ENDS: tuple[tuple[type[WorkerError], str], ...] = (
    (PromptRejected, "refused"),
    (EngineMissing, "missing"),
    (EngineUnavailable, "unavailable"),
)


class OneEngine:
    """A `worker.ports.Router` where there is nothing to choose and nothing to learn."""

    def __init__(self, engine: Engine) -> None:
        """Ask this one."""
        self._engine = engine

    async def route(self, job_class: str) -> Sequence[Engine]:
        """Return the one engine."""
        del job_class
        return [self._engine]

    async def learn(self, job_class: str, engine: Engine, *, is_kept: bool, seconds: float) -> None:
        """Learn nothing."""


@dataclass(frozen=True, kw_only=True)
class Means:
    """What turns are taken with."""

    router: Router
    """Orders the engines."""
    fallback: Engine | None
    """Stands behind them."""
    prompts: Prompts
    """For engines that read text."""
    clock: Clock
    """Time."""


class Turns:
    """The turns at one job."""

    def __init__(self, work: Work, survey: Survey, *, means: Means, budget_seconds: float) -> None:
        """Work on this."""
        self._work = work
        self._survey = survey
        self._means = means
        self._budget_seconds = budget_seconds
        self._class = job_class(work.language.name, work.subject.source)
        self._outcome: PipelineOutcome | None = None
        self._trouble: WorkerError | None = None

    async def run(self, first: Pacing) -> PipelineOutcome:
        """Take turns; raises what the engines raise where nothing came of any. `first` is the pacing of the first turn."""
        wanted = (await self._means.router.route(self._class))[:TURNS]
        for engine in wanted:
            if await self._is_served_by(engine, first if engine is wanted[0] else self._pacing()):
                break
        else:
            if self._is_replaced(wanted):
                await self._fall_back(wanted[0].identity)
        if self._outcome is None:
            raise self._trouble or EngineUnavailable("the worker has no engine")
        return self._outcome

    def _is_replaced(self, wanted: Sequence[Engine]) -> bool:
        fallback = self._means.fallback
        if fallback is None or fallback.identity in [engine.identity for engine in wanted]:
            return False
        if self._outcome is not None:
            return self._outcome.end_reason is not EndReason.PROVED
        return isinstance(self._trouble, EngineMissing | PromptRejected)

    async def _fall_back(self, wanted: EngineIdentity) -> None:
        fallback = self._means.fallback
        if fallback is None:
            return
        reason = self._outcome.explanation if self._outcome is not None else str(self._trouble)
        used = fallback.identity
        self._work.fallback = Fallback(
            wanted=f"{wanted.name} {wanted.model}", used=f"{used.name} {used.model}", reason=reason[:500]
        )
        await self._is_served_by(fallback, self._pacing())

    async def _is_served_by(self, engine: Engine, pacing: Pacing) -> bool:
        """Give an engine its turn; an engine that is no use leaves what others came to as it is."""
        clock, work = self._means.clock, self._work
        work.turn_to(engine)
        began = clock.monotonic()
        try:
            await self._propose(engine, pacing)
        except (EngineUnavailable, PromptRejected) as error:
            self._trouble = error
            end = next(name for kind, name in _ENDS if isinstance(error, kind))
            work.end_turn(end, kept=0, seconds=clock.monotonic() - began)
            return False
        outcome = replace(await prove(work, self._survey, pacing), engine=engine.identity)
        self._outcome = outcome if self._outcome is None else max(outcome, self._outcome, key=worth_of)
        seconds = clock.monotonic() - began
        work.end_turn(outcome.end_reason.value, kept=len(outcome.tests), seconds=seconds)
        await self._means.router.learn(self._class, engine, is_kept=is_enough(outcome), seconds=seconds)
        return is_enough(outcome)

    async def _propose(self, engine: Engine, pacing: Pacing) -> None:
        """Ask until nothing new comes, every line is run, or the engine's part of the time is over."""
        work, is_model = self._work, engine.identity.kind == "llm"
        prompt = self._means.prompts.for_tests(work.language.name, work.subject, self._survey)
        while await self._ask(engine, prompt + self._feedback(), pacing, is_model=is_model):
            is_over = len(work.proposals.texts) >= ASKED or not pacing.has_time_to_ask_again()
            if not is_model or is_over or not self._uncovered():
                break

    async def _ask(self, engine: Engine, prompt: str, pacing: Pacing, *, is_model: bool) -> bool:
        """Ask once and judge the answer; False where it held nothing new, or the engine that has answered before did not."""
        work, clock = self._work, self._means.clock
        request = EngineRequest(
            prompt=prompt,
            subject=work.subject,
            language=work.language.name,
            budget=pacing.engine(is_model=is_model),
        )
        started = clock.monotonic()
        try:
            completion = await engine.generate(request)
        except (EngineUnavailable, PromptRejected):
            if not work.proposals.texts:
                raise
            return False  # what it said before stands
        finally:
            pacing.engine_took(clock.monotonic() - started)
        work.usage += completion.usage
        fresh = await asyncio.to_thread(work.proposals.read, completion.text, work.language, work.subject)
        if is_model:  # whatever it says of them: nobody has observed what a model expects
            fresh = [replace(candidate, oracle=ORACLE_OF_A_MODEL) for candidate in fresh]
        work.proposed += len(fresh)
        is_new = any(mark_of(candidate) not in work.seen.marks for candidate in fresh)
        await self._judge(fresh, pacing)
        return is_new

    async def _judge(self, fresh: Sequence[Candidate], pacing: Pacing) -> None:
        work = self._work
        judged = await judge(work.language, work.subject, fresh, work.sandbox, pacing, seen=work.seen)
        work.proposals.add(judged)
        work.rejected += judged.rejected

    def _feedback(self) -> str:
        proposals = self._work.proposals
        return self._means.prompts.again(proposals.rejected, self._uncovered()) if proposals.texts else ""

    def _uncovered(self) -> list[tuple[int, str]]:
        return self._work.proposals.uncovered(self._work.subject, self._survey)

    def _pacing(self) -> Pacing:
        return Pacing(budget_seconds=self._budget_seconds, seed=self._work.job.seed, clock=self._means.clock)


def is_enough(outcome: PipelineOutcome) -> bool:
    """Whether the other engines can be left alone; where nobody counted lines, what was proved is enough."""
    ratio = outcome.coverage.line_ratio if outcome.coverage is not None else None
    return outcome.end_reason is EndReason.PROVED and (ratio is None or ratio >= ENOUGH_LINES)


def worth_of(outcome: PipelineOutcome) -> tuple[bool, float, int]:
    """Compare what engines came to: proved, then lines run, then mutants noticed."""
    ratio = outcome.coverage.line_ratio if outcome.coverage is not None else None
    return outcome.end_reason is EndReason.PROVED, ratio or 0.0, outcome.mutants_killed
