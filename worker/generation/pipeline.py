"""TestPipeline: from a job to a test file in which every test was proved, or to an honest account of why there is none."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.domain.attempt import EndReason
from worker.domain.candidate import RejectionReason
from worker.domain.errors import RequestRejected, SourceRejected
from worker.domain.exchange import Survey
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.generation.judge import Seen, mark_of
from worker.generation.metering import MeteredSandbox
from worker.generation.pacing import Pacing
from worker.generation.prompting import Prompts
from worker.generation.turns import Means, OneEngine, Turns
from worker.generation.work import Work
from worker.ports import Clock, Engine, Knowledge, Language, Router, Sandbox


@dataclass(frozen=True, kw_only=True)
class Support:
    """What stands behind a pipeline's engine."""

    router: Router | None = None
    """Orders the engines for each job; without one the pipeline's engine is the only one."""
    fallback: Engine | None = None
    """Asked where none of them serves."""
    knowledge: Knowledge | None = None
    """Tells which tests other workers saw to be flaky."""


class TestPipeline:
    """A `worker.ports.Pipeline` for jobs that ask for tests."""

    __test__ = False

    def __init__(
        self,
        *,
        engine: Engine,
        languages: Sequence[Language],
        sandbox: Sandbox,
        clock: Clock,
        prompts: Prompts | None = None,
        support: Support | None = None,
    ) -> None:
        """Ask the engine; the support may know better."""
        support = support or Support()
        self._means = Means(
            router=support.router or OneEngine(engine),
            fallback=support.fallback,
            prompts=prompts or Prompts(),
            clock=clock,
        )
        self._languages = {
            name: language for language in languages for name in (language.name, *language.aliases)
        }
        self._served = sorted({language.name for language in languages})
        self._sandbox = sandbox
        self._knowledge = support.knowledge

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Work on the job."""
        language = self._languages.get(job.language)
        if language is None:
            raise RequestRejected(
                f"language {job.language!r:.60} is not served; served: {', '.join(self._served)}"
            )
        sandbox = MeteredSandbox(self._sandbox)
        work = Work(job=job, language=language, sandbox=sandbox, subject=language.subject(job))
        try:
            outcome = await self._tested(work, budget_seconds)
        except SourceRejected as error:
            outcome = PipelineOutcome(end_reason=EndReason.SOURCE_REJECTED, explanation=_sentence(str(error)))
        is_model_asked = any(turn.kind == "llm" for turn in work.turns)
        return replace(
            outcome,
            source_sha256=work.source_sha256,
            engine=outcome.engine or (work.engine.identity if work.engine is not None else None),
            proposed=work.proposed,
            rejected=dict(Counter(verdict.rejection.value for verdict in work.rejected if verdict.rejection)),
            sandbox_layers=tuple(sandbox.layers),
            budget_seconds=budget_seconds,
            oracles=dict(Counter(test.oracle for test in outcome.tests)),
            fallback=work.fallback,
            skipped=work.skipped,
            turns=tuple(work.turns),
            prompt_version=self._means.prompts.version if is_model_asked else "",
            usage=work.usage + sandbox.usage,
        )

    async def _tested(self, work: Work, budget_seconds: float) -> PipelineOutcome:
        pacing = Pacing(budget_seconds=budget_seconds, seed=work.job.seed, clock=self._means.clock)
        survey = await self._prepare(work)
        work.skipped = survey.skipped
        pacing.stretch(seconds=work.sandbox.usage.sandbox_seconds, cpu_seconds=work.sandbox.cpu_seconds)
        if self._knowledge is not None:
            work.seen = Seen(flaky=await self._knowledge.flaky(work.source_sha256))
        turns = Turns(work, survey, means=self._means, budget_seconds=budget_seconds)
        try:
            return await turns.run(pacing)
        finally:
            await self._tell_of_flaky(work)

    async def _prepare(self, work: Work) -> Survey:
        survey = await asyncio.to_thread(work.language.survey, work.subject)
        if not survey.targets:
            raise SourceRejected("there is nothing to test: the code has no function and no class")
        await work.language.load(work.subject, work.sandbox)
        return survey

    async def _tell_of_flaky(self, work: Work) -> None:
        flaky = [
            mark_of(verdict.candidate)
            for verdict in work.rejected
            if verdict.rejection is RejectionReason.FLAKY
        ]
        fresh = [mark for mark in dict.fromkeys(flaky) if mark not in work.seen.flaky]
        if self._knowledge is not None and fresh:
            await self._knowledge.note_flaky(work.source_sha256, fresh)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
