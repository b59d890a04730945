"""RepairPipeline: from failing tests or a log to one patch that is proved, or to an honest account of why none is offered.

diagnose -> route by class (what can't be mended by a patch says so) -> propose (rules, small changes, engines) -> rank -> prove.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from worker.domain.attempt import EndReason
from worker.domain.errors import RequestRejected
from worker.domain.exchange import Budget
from worker.domain.fanout import Way
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Patch, PatchRejection, PatchVerdict, Trial, unified_diff
from worker.domain.redaction import redacted
from worker.domain.repair import RepairProof, RepairReport
from worker.generation.metering import MeteredSandbox
from worker.ports import Clock, Router, Sandbox
from worker.repair.prompting import RepairPrompts
from worker.repair.propose import by_engines, by_hand, by_rule, by_search, class_of, models_for
from worker.repair.ranking import Ranking, rank
from worker.repair.recent import recent_first
from worker.repair.verdicts import explain_nothing, explain_offer, explain_unfixable
from worker.repair.work import RepairWork
from worker.repair_ports import RepairLanguage

MOST = 12
"""The built-in search collects so many patches that pass."""
_SHOWN, _NEARER = 10, 3
_PROVED = 4
"""So many of the ranked patches are proved by the plain runner, until one holds."""
_DIAGNOSE_SHARE, _COMPARE_SHARE, _PROVE_SECONDS = 0.4, 0.3, 20.0


@dataclass(frozen=True, kw_only=True)
class Harvest:
    """What was found elsewhere, by the children of a job."""

    patches: tuple[Patch, ...]
    """Patches that passed there; here they are candidates like any other."""
    tried: int = 0
    """Small changes that were run there."""
    is_exhausted: bool = True
    """All that were wanted were tried there."""
    notes: tuple[str, ...] = ()
    """What each of them came to."""


class RepairPipeline:
    """A `worker.ports.Pipeline` for jobs that ask for a fix, and for the shares of such a job."""

    def __init__(
        self,
        *,
        languages: Sequence[RepairLanguage],
        sandbox: Sandbox,
        clock: Clock,
        router: Router | None = None,
    ) -> None:
        """Ask the engines of the router where rules and small changes find nothing; without one, nobody."""
        self._languages = {
            name: language for language in languages for name in (language.name, *language.aliases)
        }
        self._served = sorted({language.name for language in languages})
        self._sandbox = sandbox
        self._clock = clock
        self._router = router
        self._prompts = RepairPrompts()

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Work on the job, or on its share of another one."""
        propose = self._by_everything if job.share is None else self._by_share
        return await self._worked(job, budget_seconds, propose)

    async def begun(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Try rules and small changes alone."""
        return await self._worked(job, budget_seconds, self._without_engines)

    async def gathered(self, job: Job, harvest: Harvest, *, budget_seconds: float) -> PipelineOutcome:
        """Judge, rank and prove what was found elsewhere."""

        async def propose(work: RepairWork) -> Ranking:
            work.tried, work.is_exhausted = harvest.tried, harvest.is_exhausted
            for note in harvest.notes:
                work.say(note)
            await by_hand(work, harvest.patches)
            return await self._ranked(work)

        return await self._worked(job, budget_seconds, propose)

    async def models(self, job: Job) -> tuple[str, ...]:
        """Name the language models that may be asked about the job, from cheap to strong."""
        if self._router is None or job.language not in self._languages:
            return ()
        found = await models_for(class_of(self._work(job, 0.0)), self._router)
        return tuple(engine.identity.model for engine in found)

    def _work(self, job: Job, budget_seconds: float) -> RepairWork:
        language = self._languages.get(job.language)
        if language is None:
            raise RequestRejected(
                f"language {job.language!r:.60} can't be mended; served: {', '.join(self._served)}"
            )
        if not job.tests and not job.log.strip():
            raise RequestRejected("a fix job needs tests that fail, or the log of a command that failed")
        return RepairWork(
            job=job,
            language=language,
            sandbox=MeteredSandbox(self._sandbox),
            broken=language.broken(replace(job, log=redacted(job.log))),
            clock=self._clock,
            budget_seconds=budget_seconds,
        )

    async def _worked(
        self, job: Job, budget_seconds: float, propose: Callable[[RepairWork], Awaitable[Ranking]]
    ) -> PipelineOutcome:
        work = self._work(job, budget_seconds)
        try:
            outcome = await self._repaired(work, propose)
        finally:
            await work.drop_ahead()
        return replace(
            outcome,
            source_sha256=work.source_sha256,
            proposed=work.tried + len(work.verdicts),
            rejected=dict(Counter(v.rejection.value for v in work.verdicts.values() if v.rejection)),
            sandbox_layers=tuple(work.sandbox.layers),
            budget_seconds=budget_seconds,
            turns=tuple(work.turns),
            prompt_version=self._prompts.version if work.turns else "",
            usage=work.usage + work.sandbox.usage,
        )

    async def _repaired(
        self, work: RepairWork, propose: Callable[[RepairWork], Awaitable[Ranking]]
    ) -> PipelineOutcome:
        budget = work.budget(_DIAGNOSE_SHARE, least=3.0)
        diagnosis = await work.language.diagnose(work.broken, work.sandbox, budget)
        work.diagnosis = recent_first(diagnosis, work.job.changed_lines)
        work.say(work.diagnosis.summary)
        if not work.diagnosis.is_fixable:
            return _ended(work, explain_unfixable(work.diagnosis))
        return await self._offered(work, await propose(work))

    async def _without_engines(self, work: RepairWork) -> Ranking:
        await by_rule(work)
        if not work.green:
            await by_search(work, most=MOST)
        return await self._ranked(work)

    async def _by_everything(self, work: RepairWork) -> Ranking:
        ranking = await self._without_engines(work)
        if self._router is not None and work.has_run_tests and not ranking.is_decided:
            before = len(work.green)
            await by_engines(work, self._router, self._prompts)
            ranking = await self._ranked(work) if len(work.green) > before else ranking
        return ranking

    async def _by_share(self, work: RepairWork) -> Ranking:
        share = work.job.share
        if share is not None and share.way is Way.ENGINE:
            if self._router is not None and work.has_run_tests:
                await by_engines(work, self._router, self._prompts, only=share.model)
        else:
            await by_search(work, most=MOST)
        return await self._ranked(work)

    async def _ranked(self, work: RepairWork) -> Ranking:
        """Compare what passes; one alone has nobody to be compared with."""
        patches = [trial.patch for trial in work.green]
        budget = work.budget(_COMPARE_SHARE, least=2.0)
        if work.green:  # mostly the one that is chosen: it is proved while the others are compared with it
            likeliest = min(work.green, key=lambda trial: trial.patch.cost)
            await work.prove_ahead(likeliest.patch, Budget(seconds=_PROVE_SECONDS, seed=work.job.seed))
        behaviours = await work.language.compare(work.broken, patches, work.sandbox, budget)
        checks = work.diagnosis.checks or len(work.diagnosis.failing) + len(work.diagnosis.passing)
        ranking = rank(work.green, behaviours, checks=checks, is_exhausted=work.is_exhausted)
        if patches:
            work.say(
                f"{len(patches)} patches pass and behave in {len(ranking.groups)} ways on {len(behaviours.inputs)} inputs;"
                f" {ranking.confidence:.0%} of the weight is behind the first, {ranking.wanted:.0%} is wanted"
            )
        return ranking

    async def _offered(self, work: RepairWork, ranking: Ranking) -> PipelineOutcome:
        """Prove in the order of the ranking; the first that holds is offered, if it is the likeliest or as likely."""
        if work.green and not ranking.is_decided:
            for trial in work.green:
                work.reject(trial.patch, PatchRejection.UNDECIDED)
            return _ended(work, _why_nothing(work), ranking)
        for place in ranking.order[:_PROVED] if ranking.is_decided else ():
            trial = work.green[place]
            proof = await work.proved(trial.patch, Budget(seconds=_PROVE_SECONDS, seed=work.job.seed))
            if proof.is_passed:
                return _offer(work, ranking, trial, proof)
            work.say(f"not proved: {trial.patch.description}: {proof.detail[-200:]}")
            work.reject(trial.patch, _rejection_of(proof), proof.detail[-500:])
        return _ended(work, _why_nothing(work), ranking)


def _rejection_of(proof: RepairProof) -> PatchRejection:
    if proof.is_flaky:
        return PatchRejection.FLAKY
    return PatchRejection.WORSE_LINT if proof.is_lint_worse else PatchRejection.STILL_FAILING


def _why_nothing(work: RepairWork) -> str:
    return explain_nothing(work.diagnosis, tuple(work.verdicts.values()), work.tried)


def _offer(work: RepairWork, ranking: Ranking, trial: Trial, proof: RepairProof) -> PipelineOutcome:
    source, path = work.broken.subject.source, work.job.path or work.broken.subject.path
    patched = trial.patch.applied_to(source)
    verdict = replace(work.verdicts[work.mark(trial.patch)], repeats=proof.repeats)
    work.verdicts[work.mark(trial.patch)] = verdict
    for other in work.green:
        if other is not trial and work.verdicts[work.mark(other.patch)].is_accepted:
            work.reject(other.patch, PatchRejection.LESS_LIKELY)
    work.say(f"proved: {trial.patch.description}, {proof.repeats} runs of {' '.join(proof.command)}")
    report = replace(
        _report(work, ranking, first=verdict),
        diff=unified_diff(source, patched, path),
        patched=patched,
        operator=trial.patch.operator,
        description=trial.patch.description,
        origin=trial.patch.origin.value,
        command=proof.command,
    )
    text = explain_offer(work.diagnosis, verdict, ranking, " ".join(proof.command))
    return PipelineOutcome(end_reason=EndReason.PROVED, explanation=text, repair=report)


def _ended(work: RepairWork, explanation: str, ranking: Ranking | None = None) -> PipelineOutcome:
    return PipelineOutcome(
        end_reason=EndReason.NOTHING_KEPT, explanation=explanation, repair=_report(work, ranking)
    )


def _report(work: RepairWork, ranking: Ranking | None, first: PatchVerdict | None = None) -> RepairReport:
    verdicts = [verdict for verdict in work.verdicts.values() if verdict is not first]
    passed = (PatchRejection.LESS_LIKELY, PatchRejection.UNDECIDED)
    verdicts.sort(key=lambda verdict: (verdict.rejection not in passed, verdict.patch.cost))
    groups = ranking.groups if ranking is not None else ()
    return RepairReport(
        diagnosis=work.diagnosis,
        verdicts=tuple([*([first] if first else []), *verdicts][:_SHOWN]),
        nearer=() if work.green else tuple(trial.patch for trial in work.nearer[:_NEARER]),
        disagreements=ranking.disagreements if ranking is not None else (),
        rivals=tuple(work.green[group.members[0]].patch.description for group in groups),
        confidence=round(ranking.confidence, 3) if ranking is not None else 0.0,
        tried=work.tried,
        is_exhausted=work.is_exhausted,
        transcript=tuple(work.transcript),
    )
