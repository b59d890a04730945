"""Mends the modules of a commit, each by the pipeline that mends one module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.publication import Evidence, VerifiedFix
from worker.domain.repair import RepairReport
from worker.domain.repository_report import UnitEnd, UnitReport
from worker.domain.usage import Usage
from worker.ports import Pipeline
from worker.repository.compiled import COMPILE, named_in
from worker.repository.in_turn import InTurn
from worker.repository.pace import Pace, side_by_side
from worker.repository.units import Unit, groups_of

_NAMED = 5
"""Tests that are named in a row of evidence."""


@dataclass(kw_only=True)
class Worked:
    """What came of the modules so far."""

    reports: dict[str, UnitReport] = field(default_factory=dict)
    """By path."""
    outcomes: dict[str, PipelineOutcome] = field(default_factory=dict)
    """By path, of those that were reached."""

    others: list[PipelineOutcome] = field(default_factory=list)
    """Of turns that came to nothing, or that only looked: they took their time, too."""

    def take(self, report: UnitReport, outcome: PipelineOutcome | None) -> None:
        """Note one."""
        self.reports[report.path] = report
        if outcome is not None:
            self.outcomes[report.path] = outcome

    @property
    def usage(self) -> Usage:
        """What all of it took."""
        return sum((outcome.usage for outcome in (*self.outcomes.values(), *self.others)), Usage())

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of the sandbox that held the code."""
        return next((one.sandbox_layers for one in self.outcomes.values() if one.sandbox_layers), ())


async def fix_units(
    units: Sequence[Unit], texts: Mapping[str, str], job: Job, *, pipeline: Pipeline, pace: Pace
) -> Worked:
    """Work on all of them, side by side where they share no test.

    Of those that share one the first that is mended is laid out mended for the next: the same failing test is not mended twice (see InTurn).
    """
    worked = Worked()

    async def on(unit: Unit, present: Mapping[str, str]) -> PipelineOutcome | None:
        inner = _inner(unit, present, job)
        return await pace.spent_on(lambda seconds: pipeline.run(inner, budget_seconds=seconds))

    async def in_turn(group: Sequence[Unit]) -> None:
        turns = InTurn(texts, work=on)
        async with pace.gate:
            await turns.run(group)
        for unit in group:
            outcome = turns.outcomes[unit.path]
            worked.take(_reported(unit, outcome), outcome)
        worked.others += turns.others

    await side_by_side(in_turn(group) for group in groups_of(units))
    return worked


def fixes_in(units: Sequence[Unit], worked: Worked) -> tuple[VerifiedFix, ...]:
    """Return the proved patches, in the order of the units."""
    found = []
    for unit in units:
        outcome = worked.outcomes.get(unit.path)
        if outcome is not None and outcome.repair is not None and outcome.repair.diff:
            found.append(
                VerifiedFix(
                    title=f"Mend {unit.path}: {outcome.repair.description}",
                    explanation=outcome.explanation,
                    patch=outcome.repair.diff,
                    evidence=_evidence(outcome.repair),
                )
            )
    return tuple(found)


def _inner(unit: Unit, texts: Mapping[str, str], job: Job) -> Job:
    return replace(
        job,
        language=unit.language,
        code=texts[unit.path],
        path=unit.path,
        tests=unit.laid_out(texts),
        origin=None,
        targets=(),
        log=_log_for(unit, job.log),
    )


def _log_for(unit: Unit, log: str) -> str:
    """Hand on what a compiler said of the module; where no test reaches it, have it compiled in any case."""
    told = log if named_in(log, [unit.path]) else ""
    return told or ("" if unit.tests else COMPILE)


def _reported(unit: Unit, outcome: PipelineOutcome | None) -> UnitReport:
    report = UnitReport(
        path=unit.path,
        language=unit.language,
        end=UnitEnd.NOT_REACHED,
        explanation="There was no time left for it.",
        tests=unit.tests,
    )
    if outcome is None:
        return report
    if outcome.repair is None:
        is_unserved = outcome.end_reason is EndReason.REQUEST_REJECTED
        end = UnitEnd.UNSERVED if is_unserved else UnitEnd.UNFIXED
        return replace(report, end=end, explanation=outcome.explanation)
    return replace(
        report,
        end=_end_of(outcome.repair),
        explanation=outcome.explanation,
        fault=outcome.repair.diagnosis.fault.value,
        diff=outcome.repair.diff,
    )


def _end_of(repair: RepairReport) -> UnitEnd:
    if repair.diff:
        return UnitEnd.FIXED
    return UnitEnd.PASSING if repair.diagnosis.fault is FaultClass.NONE else UnitEnd.UNFIXED


def _evidence(repair: RepairReport) -> tuple[Evidence, ...]:
    verdict, failing = repair.verdicts[0], repair.diagnosis.failing
    more = f" and {len(failing) - _NAMED} more" if len(failing) > _NAMED else ""
    rows = [
        Evidence(
            check="the failing tests pass",
            is_passed=verdict.is_accepted,
            detail=f"{verdict.tests_fixed}: {', '.join(failing[:_NAMED])}{more}",
        )
        if failing
        else Evidence(
            check="the compiler's errors are gone",
            is_passed=verdict.is_accepted,
            detail="no test fails, or none reaches the module: the compiler judges",
        ),
        Evidence(
            check="repeated, by the plain runner, too",
            is_passed=verdict.repeats > 0,
            detail=f"{verdict.repeats} times, {' '.join(repair.command)}",
        ),
        Evidence(check="linter and compiler say no more than before", is_passed=True),
    ]
    if verdict.tests_kept:
        kept = Evidence(
            check="the tests that passed still do",
            is_passed=verdict.is_accepted,
            detail=str(verdict.tests_kept),
        )
        rows.insert(1, kept)
    if len(repair.rivals) > 1:
        detail = f"{repair.confidence:.0%} of the evidence stands behind this one of {len(repair.rivals)} ways of behaving"
        rows.append(Evidence(check="other patches that pass", is_passed=True, detail=detail))
    return tuple(rows)
