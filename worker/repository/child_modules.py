"""ChildModules: child jobs on the fleet that search on where the time of one worker ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from worker.domain.attempt import EndReason
from worker.domain.job import TERMINAL_STATUSES, Job, result_key
from worker.domain.outcome import PipelineOutcome
from worker.domain.repository_report import RepositoryReport
from worker.ports import Artifacts, Clock
from worker.repair.harvest import Result, harvest_in, result_in, usage_in
from worker.repair.pipeline import Harvest
from worker.repair.plan import handed_out
from worker.repair_ports import Children
from worker.repository.fixing import Worked, held
from worker.repository.handing import Handed, children_for, keep_handed, kept_handed, left_over, settled
from worker.repository.in_turn import mended_by
from worker.repository.looking import Looked
from worker.repository.mended import Mended
from worker.repository.pace import ABREAST, Pace, side_by_side

LOOK_SECONDS = 10.0
"""How often a job looks after its children. What was handed out was searched for longer than that already."""


class Gathering(Protocol):
    """Judges what was found elsewhere."""

    async def gathered(self, job: Job, harvest: Harvest, *, budget_seconds: float) -> PipelineOutcome:
        """Try it, rank it, prove it."""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A job with what its children found."""

    report: RepositoryReport
    """What came of each module."""
    mended: tuple[Mended, ...]
    """All that is mended, in the order of the report."""
    worked: Worked
    """What that took."""


@dataclass(frozen=True, kw_only=True)
class ChildModules:
    """The way to them."""

    repair: Gathering
    """Judges here."""
    children: Children
    """The fleet."""
    artifacts: Artifacts
    """Results, and what was handed out."""
    clock: Clock
    """Time."""
    patience_seconds: float
    """From the handing out on: then what has not ended is called off, and what there is counts."""

    async def kept(self, job: Job) -> Handed | None:
        """Return what an earlier attempt handed out."""
        return await kept_handed(job.job_id, self.artifacts)

    async def dealt(self, looked: Looked, job: Job, *, budget_seconds: float) -> Handed | None:
        """Make child jobs of what is left, and keep them; None where nothing is, where nobody wants any, or where the fleet must not grow."""
        texts = {**looked.texts, **{one.path: one.patched for one in looked.mended}}
        left = left_over(looked.units, looked.worked, looked.texts)
        children = children_for(left, texts, job, evidence=looked.evidence, budget_seconds=budget_seconds)
        now = self.clock.now()
        if not children or await self.children.is_frozen(now):
            return None
        handed = Handed(
            aim=looked.aim,
            began_at=now,
            report=looked.report,
            mended=looked.mended,
            children=children,
            usage=looked.worked.usage,
            layers=looked.worked.layers,
        )
        return await keep_handed(handed, job.job_id, self.artifacts)

    async def gathered(self, handed: Handed, pace: Pace) -> Gathered | PipelineOutcome:
        """Send who was not sent; prove here what was found once all have ended or the patience is over, else come again."""
        now = self.clock.now()
        standing = await handed_out(handed.children, self.children, now)
        left = self.patience_seconds - (now - handed.began_at).total_seconds()
        still = [job_id for job_id, status in standing.items() if status not in TERMINAL_STATUSES]
        if still and left > 0:
            return _waiting(handed, len(still), left)
        stored = await asyncio.gather(
            *(self.artifacts.get(result_key(child.job_id)) for child in handed.children)
        )
        results = [result_in(content) for content in stored]
        found = await self._proved(handed, results, pace)
        await self.children.call_off(still, now)
        return _gathered(handed, results, found)

    async def _proved(
        self, handed: Handed, results: Sequence[Result | None], pace: Pace
    ) -> dict[str, PipelineOutcome]:
        """Judge what children found, by path: a result is material, not evidence."""
        found: dict[str, PipelineOutcome] = {}

        async def judge(child: Job, harvest: Harvest) -> None:
            async with pace.gate:
                outcome = await pace.spent_on(
                    lambda seconds: self.repair.gathered(
                        child, harvest, budget_seconds=max(seconds, pace.left / ABREAST)
                    )
                )
            if outcome is not None:
                found[child.path or ""] = held(outcome)

        harvests = [harvest_in([result]) for result in results]
        await side_by_side(
            judge(child, harvest)
            for child, harvest in zip(handed.children, harvests, strict=True)
            if harvest.patches
        )
        return found


def _waiting(handed: Handed, still: int, left_seconds: float) -> PipelineOutcome:
    total = len(handed.children)
    return PipelineOutcome(
        end_reason=EndReason.FANNED_OUT,
        explanation=f"{still} of {total} child job{'' if total == 1 else 's'}, each with a module, search on.",
        retry_after_seconds=min(LOOK_SECONDS, left_seconds),
    )


def _gathered(
    handed: Handed, results: Sequence[Result | None], found: dict[str, PipelineOutcome]
) -> Gathered:
    told = {child.path: result for child, result in zip(handed.children, results, strict=True)}
    units = tuple(
        settled(unit, found.get(unit.path), told[unit.path]) if unit.path in told else unit
        for unit in handed.report.units
    )
    mended = {one.path: one for one in handed.mended}
    for path, outcome in found.items():
        if (repair := mended_by(outcome)) is not None:
            mended[path] = Mended.of(path, repair, outcome.explanation)
    before = PipelineOutcome(
        end_reason=EndReason.FANNED_OUT,
        explanation="",
        usage=usage_in(results, handed.usage),
        sandbox_layers=handed.layers,
    )
    return Gathered(
        report=replace(handed.report, units=units),
        mended=tuple(mended[unit.path] for unit in units if unit.path in mended),
        worked=Worked(outcomes=dict(found), others=[before]),
    )
