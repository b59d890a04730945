"""Mends the modules of a commit, each by the pipeline that mends one module."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from worker.domain.attempt import EndReason
from worker.domain.diagnosis import FaultClass
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.repair import RepairReport
from worker.domain.repository_report import UnitEnd, UnitReport
from worker.domain.usage import Usage
from worker.ports import Pipeline
from worker.repository.compiled import COMPILE, named_in
from worker.repository.evidence import NO_EVIDENCE, TOLD_BY_TOOLS, Evidence, is_about, is_of_log
from worker.repository.in_turn import InTurn
from worker.repository.pace import Pace, side_by_side
from worker.repository.units import Unit, groups_of


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
        return next(
            (one.sandbox_layers for one in (*self.outcomes.values(), *self.others) if one.sandbox_layers), ()
        )


async def fix_units(
    units: Sequence[Unit],
    texts: Mapping[str, str],
    job: Job,
    *,
    pipeline: Pipeline,
    pace: Pace,
    evidence: Evidence = NO_EVIDENCE,
) -> Worked:
    """Work on all of them, side by side where they share no test. What their tests don't show is read from the log that names them.

    Of those that share one the first that is mended is laid out mended for the next: the same failing test is not mended twice (see InTurn).
    """
    worked = Worked()

    async def on(unit: Unit, present: Mapping[str, str]) -> PipelineOutcome | None:
        inner = inner_job(unit, present, job, evidence)
        outcome = await pace.spent_on(lambda seconds: pipeline.run(inner, budget_seconds=seconds))
        return held(outcome) if outcome is not None else None

    async def in_turn(group: Sequence[Unit]) -> None:
        turns = InTurn(texts, work=on)
        async with pace.gate:
            await turns.run(group)
        for unit in group:
            outcome = turns.outcomes[unit.path]
            worked.take(_reported(unit, outcome, evidence), outcome)
        worked.others += turns.others

    await side_by_side(in_turn(group) for group in groups_of(units))
    return worked


def inner_job(unit: Unit, texts: Mapping[str, str], job: Job, evidence: Evidence) -> Job:
    """Make the job for one module, among these texts."""
    return replace(
        job,
        language=unit.language,
        code=texts[unit.path],
        path=unit.path,
        tests=unit.laid_out(texts),
        origin=None,
        targets=(),
        changed_lines=evidence.changed.get(unit.path, ()),
        log=evidence.log_for(unit) or _log_for(unit, job.log),
    )


def _log_for(unit: Unit, log: str) -> str:
    """Hand on what a compiler said of the module; where no test reaches it, have it compiled in any case."""
    told = log if named_in(log, [unit.path]) else ""
    return told or ("" if unit.tests else COMPILE)


def held(outcome: PipelineOutcome) -> PipelineOutcome:
    """Take a patch back that a log alone speaks for: it proves nothing of how code behaves.

    Of what tools see in the text of the code they have the word, where something was run on the patch.
    """
    repair = outcome.repair
    if repair is None or not repair.diff or not is_of_log(repair.diagnosis):
        return outcome
    if repair.diagnosis.fault in TOLD_BY_TOOLS and repair.verdicts[0].repeats > 0:
        return outcome
    text = f"{repair.diagnosis.summary} There is a patch that nothing here proves: {repair.description}."
    return replace(
        outcome,
        end_reason=EndReason.NOTHING_KEPT,
        explanation=text,
        repair=replace(repair, diff="", patched=""),
    )


def _reported(unit: Unit, outcome: PipelineOutcome | None, evidence: Evidence) -> UnitReport:
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
    diagnosis = outcome.repair.diagnosis
    if evidence.log_for(unit) and is_of_log(diagnosis) and not is_about(diagnosis, unit):
        explanation = (
            "Its tests pass, and the log tells of others." if unit.tests else "The log tells of others."
        )
        return replace(report, end=UnitEnd.PASSING, explanation=explanation)
    return replace(
        report,
        end=_end_of(outcome.repair),
        explanation=outcome.explanation,
        fault=diagnosis.fault.value,
        diff=outcome.repair.diff,
    )


def _end_of(repair: RepairReport) -> UnitEnd:
    if repair.diff:
        return UnitEnd.FIXED
    return UnitEnd.PASSING if repair.diagnosis.fault is FaultClass.NONE else UnitEnd.UNFIXED
