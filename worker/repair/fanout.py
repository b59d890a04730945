"""FanOutPipeline: a fix that one worker did not find is searched for by several, as child jobs.

| step of the parent | done already when |
|---|---|
| 1 search here, as ever | a plan is stored |
| 2 deal the search out: store the plan | it is there: the first one wins |
| 3 send each child, then record it | it stands in the ledger |
| 4 end the attempt: no slot is held while children search | - |
| 5 come back (woken by a child, or by the clock), gather, prove | the job's result is stored |
| 6 call off the children that are not needed | they have ended |

Each step can be done twice. A child stores what it proved as any job does, and needs nobody: the parent may be dead or done. What
children found is tried, ranked and proved once more by the parent: a result is material, not evidence.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.domain.attempt import EndReason
from worker.domain.fanout import USUAL_CHILDREN, Share, parent_of, split
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus, result_key
from worker.domain.outcome import PipelineOutcome
from worker.ports import Artifacts, Clock, Pipeline
from worker.repair.harvest import Result, harvest_of, is_enough, result_in, with_children
from worker.repair.pipeline import RepairPipeline
from worker.repair.plan import Plan, first_of, fits, handed_out, keep_plan, kept_plan
from worker.repair.searching import is_cut_short, is_worth_going_on
from worker.repair_ports import Children

SLICE_SECONDS = 3.0
"""Search before the job is split, where somebody asked for children: what is found at once needs none."""
LOOK_SECONDS = 10.0
"""How often a parent looks after its children; one that found something wakes it."""


@dataclass(frozen=True, kw_only=True)
class FanOutPolicy:
    """Bounds."""

    patience_seconds: float
    """From the split on: then the children that have not ended are called off, and what there is counts."""


class FanOutPipeline:
    """A `worker.ports.Pipeline` around the one that mends in one worker."""

    def __init__(
        self,
        repair: RepairPipeline,
        *,
        repositories: Pipeline,
        children: Children,
        artifacts: Artifacts,
        clock: Clock,
        policy: FanOutPolicy,
    ) -> None:
        """Search with `repair`, here and in the children; whole repositories are others' work, who hand modules out by themselves."""
        self._repair = repair
        self._repositories = repositories
        self._children = children
        self._artifacts = artifacts
        self._clock = clock
        self._policy = policy

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Work on the job; raises StoreUnavailable, too."""
        if job.is_of_repository:
            return await self._repositories.run(job, budget_seconds=budget_seconds)
        parent = job.share.parent if job.share is not None else parent_of(job.job_id, job.batch_id or "")
        if parent and await self._has_ended(parent):
            text = f"{parent}, of whose search it is a part, has ended."
            return PipelineOutcome(end_reason=EndReason.CANCELLED, explanation=text)
        if job.share is not None or job.children == 0 or not fits(job):
            return await self._repair.run(job, budget_seconds=budget_seconds)
        plan = await self._begun(job, budget_seconds)
        if isinstance(plan, PipelineOutcome):
            return plan
        standing = await handed_out(plan.children, self._children, self._clock.now())
        return await self._gathered(plan, standing, job, budget_seconds)

    async def _has_ended(self, parent: str) -> bool:
        """Tell whether nobody waits for a child any more."""
        return (await self._children.standing([parent])).get(parent) in TERMINAL_STATUSES

    async def _begun(self, job: Job, budget_seconds: float) -> Plan | PipelineOutcome:
        """Return the plan, or what came of the search here. The usual job has no plan and does not wait for that to be known."""
        kept = asyncio.create_task(kept_plan(job.job_id, self._artifacts))
        first = asyncio.create_task(self._first(job, budget_seconds))
        try:
            plan = await kept
            if plan is not None:
                return plan
            outcome = await first
        finally:
            for task in (kept, first):
                task.cancel()
            await asyncio.gather(kept, first, return_exceptions=True)
        return await self._split(job, outcome)

    async def _first(self, job: Job, budget_seconds: float) -> PipelineOutcome:
        if job.children is None or await self._children.is_frozen(self._clock.now()):
            return await self._repair.run(job, budget_seconds=budget_seconds)
        return await self._repair.begun(job, budget_seconds=min(budget_seconds, SLICE_SECONDS))

    async def _split(self, job: Job, outcome: PipelineOutcome) -> Plan | PipelineOutcome:
        """Make a plan of what is left to be searched; what is found, searched to the end or can't be mended stays as it is."""
        shares = await self._shares(job, outcome)
        now = self._clock.now()
        if not shares or await self._children.is_frozen(now):
            return outcome
        plan = Plan(parent=job, began_at=now, shares=shares, first=first_of(outcome))
        return await keep_plan(plan, self._artifacts)

    async def _shares(self, job: Job, outcome: PipelineOutcome) -> tuple[Share, ...]:
        report = outcome.repair
        if report is None or not is_worth_going_on(outcome):
            return ()
        places = report.diagnosis.locations if is_cut_short(outcome) else ()
        lines = tuple(dict.fromkeys(place.line for place in places))
        is_asked = job.children is not None
        models = await self._repair.models(job) if is_asked and not outcome.turns else ()
        shares = split(job.job_id, lines, models, most=job.children or USUAL_CHILDREN)
        return shares if is_asked or len(shares) > 1 else ()

    async def _gathered(
        self, plan: Plan, standing: Mapping[str, JobStatus], job: Job, budget_seconds: float
    ) -> PipelineOutcome:
        """Take what is there once it is enough, or all that there will be; else come again."""
        left = self._policy.patience_seconds - (self._clock.now() - plan.began_at).total_seconds()
        open_ids = [job_id for job_id, status in standing.items() if status not in TERMINAL_STATUSES]
        is_over = left <= 0 or not open_ids
        if not is_over and not await self._is_enough(standing):
            return _waiting(plan, len(open_ids), left)
        results = await self._results([child.job_id for child in plan.children])
        harvest = harvest_of(plan, results, _notes(plan, standing, results))
        outcome = await self._repair.gathered(job, harvest, budget_seconds=budget_seconds)
        if not is_over and outcome.end_reason is not EndReason.PROVED:
            return _waiting(plan, len(open_ids), left)
        await self._children.call_off(open_ids, self._clock.now())
        return with_children(outcome, plan, results)

    async def _is_enough(self, standing: Mapping[str, JobStatus]) -> bool:
        proved = [job_id for job_id, status in standing.items() if status is JobStatus.SUCCEEDED]
        return any(result is not None and is_enough(result) for result in await self._results(proved))

    async def _results(self, job_ids: Sequence[str]) -> list[Result | None]:
        stored = await asyncio.gather(*(self._artifacts.get(result_key(job_id)) for job_id in job_ids))
        return [result_in(content) for content in stored]


def _waiting(plan: Plan, still: int, left_seconds: float) -> PipelineOutcome:
    return PipelineOutcome(
        end_reason=EndReason.FANNED_OUT,
        explanation=f"{still} of {len(plan.shares)} child jobs search on.",
        retry_after_seconds=min(LOOK_SECONDS, left_seconds),
    )


def _notes(plan: Plan, standing: Mapping[str, JobStatus], results: Sequence[Result | None]) -> list[str]:
    """Say of each child what came of it."""
    notes = []
    for share, child, result in zip(plan.shares, plan.children, results, strict=True):
        end = standing[child.job_id].value if result is None else str(result.get("end_reason"))
        notes.append(f"{child.job_id}, {share.name}: {end}")
    return notes
