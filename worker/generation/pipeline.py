"""TestPipeline: from a job to a test file in which every test was proved, or to an honest account of why there is none."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from worker.domain.attempt import EndReason
from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, Verdict
from worker.domain.errors import EngineMissing, PromptRejected, RequestRejected, SourceRejected
from worker.domain.exchange import EngineRequest, Subject, Survey
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import Fallback, KeptTest, TestFile
from worker.domain.usage import Usage
from worker.generation.account import explain_nothing_kept, explain_proof
from worker.generation.judge import judge, repeat
from worker.generation.metering import MeteredSandbox
from worker.generation.pacing import Pacing
from worker.generation.prompting import Prompts
from worker.generation.select import select
from worker.generation.unfit import failing, unfit_for_proof
from worker.ports import Clock, Engine, Language, Sandbox

RUNS = 4
"""Of each test that is kept, under as many seeds; two where the time is over; the proof comes on top."""
_SELECTIONS = 4
"""Tries at a selection that holds; each leaves out the tests that failed in the one before."""


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
        fallback: Engine | None = None,
    ) -> None:
        self._engine = engine
        self._fallback = fallback
        self._languages = {
            name: language for language in languages for name in (language.name, *language.aliases)
        }
        self._served = sorted({language.name for language in languages})
        self._sandbox = sandbox
        self._clock = clock
        self._prompts = prompts or Prompts()

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Work on the job."""
        language = self._languages.get(job.language)
        if language is None:
            raise RequestRejected(
                f"language {job.language!r:.60} is not served; served: {', '.join(self._served)}"
            )
        sandbox = MeteredSandbox(self._sandbox)
        work = _Work(
            job=job, language=language, sandbox=sandbox, subject=language.subject(job), engine=self._engine
        )
        try:
            outcome = await self._tested(work, budget_seconds)
        except SourceRejected as error:
            outcome = PipelineOutcome(end_reason=EndReason.SOURCE_REJECTED, explanation=_sentence(str(error)))
        return replace(
            outcome,
            source_sha256=hashlib.sha256(job.code.encode("utf-8", "surrogatepass")).hexdigest(),
            engine=work.engine.identity if work.is_asked else None,
            proposed=work.proposed,
            rejected=dict(Counter(verdict.rejection.value for verdict in work.rejected if verdict.rejection)),
            sandbox_layers=tuple(sandbox.layers),
            budget_seconds=budget_seconds,
            oracles=dict(Counter(test.oracle for test in outcome.tests)),
            fallback=work.fallback,
            skipped=work.skipped,
            usage=work.usage + sandbox.usage,
        )

    async def _tested(self, work: "_Work", budget_seconds: float) -> PipelineOutcome:
        """Ask the engine; where it can't serve or nothing of what it says holds, ask the one behind it, and say so."""
        pacing = Pacing(budget_seconds=budget_seconds, seed=work.job.seed, clock=self._clock)
        survey = await self._prepare(work)
        work.skipped = survey.skipped
        pacing.stretch(seconds=work.sandbox.usage.sandbox_seconds, cpu_seconds=work.sandbox.cpu_seconds)
        try:
            await self._propose(work, survey, pacing)
            outcome = await _prove(work, survey, pacing)
            if outcome.end_reason is EndReason.PROVED or self._fallback is None:
                return outcome
            reason = outcome.explanation
        except (EngineMissing, PromptRejected) as error:
            if self._fallback is None:
                raise
            reason = str(error)
        work.fall_back(self._fallback, reason)
        pacing = Pacing(budget_seconds=budget_seconds, seed=work.job.seed, clock=self._clock)
        await self._propose(work, survey, pacing)
        return await _prove(work, survey, pacing)

    async def _prepare(self, work: "_Work") -> Survey:
        survey = await asyncio.to_thread(work.language.survey, work.subject)
        if not survey.targets:
            raise SourceRejected("there is nothing to test: the code has no function and no class")
        await work.language.load(work.subject, work.sandbox)
        return survey

    async def _propose(self, work: "_Work", survey: Survey, pacing: Pacing) -> None:
        request = EngineRequest(
            prompt=self._prompts.for_tests(work.language.name, work.subject, survey),
            subject=work.subject,
            language=work.language.name,
            budget=pacing.engine(),
        )
        work.is_asked = True
        started = self._clock.monotonic()
        completion = await work.engine.generate(request)
        pacing.engine_took(self._clock.monotonic() - started)
        work.usage += completion.usage
        work.candidates = await asyncio.to_thread(work.language.candidates_in, completion.text, work.subject)
        work.proposed += len(work.candidates)


@dataclass
class _Work:
    """What is known of one job so far."""

    job: Job
    """The job."""
    language: Language
    """Its language."""
    sandbox: MeteredSandbox
    """Where its code runs."""
    subject: Subject
    """Its code."""
    engine: Engine
    """Who proposes."""
    candidates: tuple[Candidate, ...] = ()
    """What the engine proposed."""
    rejected: list[Verdict] = field(default_factory=list)
    """What was turned down."""
    usage: Usage = field(default_factory=Usage)
    """What the engine took."""
    is_asked: bool = False
    """The engine was asked."""
    passes: dict[str, int] = field(default_factory=dict)
    """How many runs each candidate has passed."""
    proposed: int = 0
    """Candidates of all engines asked."""
    fallback: Fallback | None = None
    """Set where the first engine did not serve."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Units that are left alone, with the reason."""

    def fall_back(self, engine: Engine, reason: str) -> None:
        """Ask another engine from now on."""
        wanted, used = self.engine.identity, engine.identity
        self.fallback = Fallback(
            wanted=f"{wanted.name} {wanted.model}", used=f"{used.name} {used.model}", reason=reason[:500]
        )
        self.engine = engine


async def _prove(work: _Work, survey: Survey, pacing: Pacing) -> PipelineOutcome:
    judged = await judge(work.language, work.subject, work.candidates, work.sandbox, pacing)
    work.rejected += judged.rejected
    work.passes = {candidate.name: 2 for candidate in judged.passing}
    if not judged.passing:
        return _nothing_kept(work)
    mutation = await work.language.mutate(work.subject, judged.passing, work.sandbox, pacing.mutants())
    proof: Proof | None = None
    left = list(judged.passing)
    for _ in range(_SELECTIONS):
        accepted, dropped = await asyncio.to_thread(select, left, judged.outcomes, mutation)
        unfit = await _repeat(work, [verdict.candidate for verdict in accepted], pacing)
        if not unfit:
            tests = _in_source_order(accepted, survey)
            named = work.language.name_kept([verdict.candidate for verdict in tests])
            proof = await work.language.prove(work.subject, named, work.sandbox, pacing.proof())
            if proof.is_passed:
                work.rejected += dropped
                return _proved(work, tests, named, mutation, proof)
            unfit = unfit_for_proof(accepted, dropped, failing(tests, named, proof), proof)
        work.rejected += unfit
        names = {verdict.candidate.name for verdict in unfit}
        left = [candidate for candidate in left if candidate.name not in names]
        if not unfit or not left:
            break
    work.rejected += [Verdict(candidate=candidate, rejection=RejectionReason.FAILED) for candidate in left]
    return _nothing_kept(work, proof)


async def _repeat(work: _Work, candidates: Sequence[Candidate], pacing: Pacing) -> list[Verdict]:
    """Run what was selected until it has its number of runs, as far as there is time; return what did not pass."""
    flaky: list[Verdict] = []
    for number in range(2, RUNS):
        out = {verdict.candidate.name for verdict in flaky}
        wanting = [one for one in candidates if work.passes[one.name] <= number and one.name not in out]
        if wanting:
            budget = pacing.late_repeat(number)
            seen = await repeat(work.language, work.subject, wanting, work.sandbox, budget)
            flaky += seen.flaky
            for name in seen.passed:
                work.passes[name] += 1
    return flaky


def _in_source_order(accepted: Sequence[Verdict], survey: Survey) -> list[Verdict]:
    places = {target: place for place, target in enumerate(survey.targets)}
    return sorted(accepted, key=lambda verdict: places.get(verdict.candidate.target, len(places)))


def _nothing_kept(work: _Work, proof: Proof | None = None) -> PipelineOutcome:
    return PipelineOutcome(
        end_reason=EndReason.NOTHING_KEPT,
        explanation=explain_nothing_kept(len(work.candidates), work.rejected, proof),
    )


def _proved(
    work: _Work,
    tests: Sequence[Verdict],
    named: Sequence[Candidate],
    mutation: MutationReport,
    proof: Proof,
) -> PipelineOutcome:
    killed = {mutant for verdict in tests for mutant in verdict.mutants_killed}
    return PipelineOutcome(
        end_reason=EndReason.PROVED,
        explanation=explain_proof(named, mutation, proof, work.rejected),
        tests=tuple(
            _kept(verdict, name=candidate.name, repeats=work.passes[verdict.candidate.name])
            for verdict, candidate in zip(tests, named, strict=True)
        ),
        test_file=TestFile(
            path=work.language.test_path(work.subject),
            subject_path=work.subject.path,
            subject_content=work.subject.source,
            content=work.language.assemble(work.subject, named),
            command=proof.command,
        ),
        coverage=proof.coverage,
        mutants_killed=len(killed),
        mutants_total=mutation.total,
        survivors=mutation.survivors,
    )


def _kept(verdict: Verdict, *, name: str, repeats: int) -> KeptTest:
    return KeptTest(
        name=name,
        target=verdict.candidate.target,
        oracle=verdict.candidate.oracle,
        repeats=repeats,
        lines_added=verdict.lines_added,
        branches_added=verdict.branches_added,
        mutants_killed=len(verdict.mutants_killed),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
