"""From tests that pass to the few that are kept: mutants, selection, further repeats, the plain runner's proof."""

import asyncio
from collections.abc import Sequence

from worker.domain.attempt import EndReason
from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, Verdict
from worker.domain.exchange import Survey
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import KeptTest, TestFile
from worker.generation.account import explain_nothing_kept, explain_proof
from worker.generation.judge import repeat
from worker.generation.pacing import Pacing
from worker.generation.select import select
from worker.generation.unfit import failing, unfit_for_proof
from worker.generation.work import Work

RUNS = 4
"""Of each test that is kept, under as many seeds; two where the time is over; the proof comes on top."""
_SELECTIONS = 4
"""Tries at a selection that holds; each leaves out the tests that failed in the one before."""


async def prove(work: Work, survey: Survey, pacing: Pacing) -> PipelineOutcome:
    """Keep what holds of what the engine proposed and the judge let pass."""
    proposals = work.proposals
    work.passes = {candidate.name: 2 for candidate in proposals.passing}
    if not proposals.passing:
        return _nothing_kept(work)
    mutation = await work.language.mutate(work.subject, proposals.passing, work.sandbox, pacing.mutants())
    proof: Proof | None = None
    left = list(proposals.passing)
    for _ in range(_SELECTIONS):
        accepted, dropped = await asyncio.to_thread(select, left, proposals.outcomes, mutation)
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


async def _repeat(work: Work, candidates: Sequence[Candidate], pacing: Pacing) -> list[Verdict]:
    """Run what was selected until it has its number of runs, as far as there is time; return what did not pass. All runs at once."""
    passes = {one.name: work.passes[one.name] for one in candidates}
    wanting = {number: [one for one in candidates if passes[one.name] <= number] for number in range(2, RUNS)}
    under_way = [
        asyncio.create_task(
            repeat(work.language, work.subject, wanted, work.sandbox, pacing.late_repeat(number))
        )
        for number, wanted in wanting.items()
        if wanted
    ]
    try:
        runs = await asyncio.gather(*under_way)
    finally:  # where one can't be, the other must not go on by itself
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
    for name in (name for seen in runs for name in seen.passed):
        work.passes[name] += 1
    flaky = {verdict.candidate.name: verdict for seen in runs for verdict in seen.flaky}
    return list(flaky.values())


def _in_source_order(accepted: Sequence[Verdict], survey: Survey) -> list[Verdict]:
    places = {target: place for place, target in enumerate(survey.targets)}
    return sorted(accepted, key=lambda verdict: places.get(verdict.candidate.target, len(places)))


def _nothing_kept(work: Work, proof: Proof | None = None) -> PipelineOutcome:
    return PipelineOutcome(
        end_reason=EndReason.NOTHING_KEPT,
        explanation=explain_nothing_kept(len(work.proposals.candidates), work.rejected, proof),
    )


def _proved(
    work: Work,
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
