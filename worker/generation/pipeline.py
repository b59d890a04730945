"""TestPipeline: from a job to a test file in which every test was proved, or to an honest account of why there is none."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from worker.domain.attempt import EndReason
from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, Verdict
from worker.domain.errors import RequestRejected, SourceRejected
from worker.domain.exchange import EngineRequest, Subject, Survey
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import KeptTest, TestFile
from worker.domain.usage import Usage
from worker.generation.account import explain_nothing_kept, explain_proof
from worker.generation.judge import judge, repeat
from worker.generation.metering import MeteredSandbox
from worker.generation.pacing import Pacing
from worker.generation.prompting import Prompts
from worker.generation.select import select
from worker.ports import Clock, Engine, Language, Sandbox

RUNS = 4
"""Of each test that is kept, under as many seeds; two where the time is over; the proof comes on top."""
_FEWER = 4
"""Where the proof takes too long, it is tried again with the best of so many."""
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
    ) -> None:
        self._engine = engine
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
        work = _Work(job=job, language=language, sandbox=sandbox, subject=language.subject(job))
        try:
            pacing = Pacing(budget_seconds=budget_seconds, seed=job.seed, clock=self._clock)
            survey = await self._prepare(work)
            pacing.stretch(seconds=sandbox.usage.sandbox_seconds, cpu_seconds=sandbox.cpu_seconds)
            await self._propose(work, survey, pacing)
            outcome = await _prove(work, survey, pacing)
        except SourceRejected as error:
            outcome = PipelineOutcome(end_reason=EndReason.SOURCE_REJECTED, explanation=_sentence(str(error)))
        return replace(
            outcome,
            source_sha256=hashlib.sha256(job.code.encode("utf-8", "surrogatepass")).hexdigest(),
            engine=self._engine.identity if work.is_asked else None,
            proposed=len(work.candidates),
            rejected=dict(Counter(verdict.rejection.value for verdict in work.rejected if verdict.rejection)),
            sandbox_layers=tuple(sandbox.layers),
            usage=work.usage + sandbox.usage,
        )

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
        completion = await self._engine.generate(request)
        pacing.engine_took(self._clock.monotonic() - started)
        work.usage += completion.usage
        work.candidates = await asyncio.to_thread(work.language.candidates_in, completion.text, work.subject)


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
            unfit = _unfit_for_proof(accepted, dropped, _failing(tests, named, proof), proof)
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


def _failing(tests: Sequence[Verdict], named: Sequence[Candidate], proof: Proof) -> list[Verdict]:
    return [
        _beside_others(verdict.candidate)
        for verdict, candidate in zip(tests, named, strict=True)
        if _is_named(candidate.name, proof.detail)
    ]


def _unfit_for_proof(
    accepted: Sequence[Verdict], dropped: Sequence[Verdict], failing: list[Verdict], proof: Proof
) -> list[Verdict]:
    """Leave out what fails; where the time was over, go on with the most valuable ones alone."""
    if failing or not proof.is_timed_out:
        return failing
    fewer = len(accepted) // _FEWER
    late = [
        replace(each, rejection=RejectionReason.NO_TIME, detail=proof.detail) for each in accepted[fewer:]
    ]
    return [*late, *dropped]


def _beside_others(candidate: Candidate) -> Verdict:
    return Verdict(
        candidate=candidate, rejection=RejectionReason.FLAKY, detail="failed beside the other tests"
    )


def _is_named(name: str, output: str) -> bool:
    """Whether the runner's output speaks of this test and not just of one whose name starts like it."""
    after = output.split(name)[1:]
    return any(not (rest[:1].isalnum() or rest[:1] == "_") for rest in after)


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
