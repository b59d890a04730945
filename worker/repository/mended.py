"""What a mended module is to the pull request: one commit, and what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.domain.publication import Evidence as Row
from worker.domain.publication import VerifiedFix
from worker.domain.repair import RepairReport
from worker.repository.fixing import Worked
from worker.repository.in_turn import mended_by
from worker.repository.units import Unit

_NAMED = 5
"""Tests that are named in a row of evidence."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """One module."""

    path: str
    """From the repository's root."""
    patched: str
    """Its text, mended."""
    fix: VerifiedFix
    """The commit."""
    what: str
    """What was wrong."""
    why: str
    """Why the change mends it."""
    log: str
    """What failed said."""

    @classmethod
    def of(cls, path: str, repair: RepairReport, explanation: str) -> "Mended":
        """Tell of a proved patch."""
        return cls(
            path=path,
            patched=repair.patched,
            fix=VerifiedFix(
                title=f"Mend {path}: {repair.description}",
                explanation=explanation,
                patch=repair.diff,
                evidence=_evidence(repair),
            ),
            what=repair.diagnosis.summary,
            why=_why(repair),
            log=repair.diagnosis.transcript,
        )


def mended_in(units: Sequence[Unit], worked: Worked) -> tuple[Mended, ...]:
    """Return the proved patches, in the order of the units."""
    found = []
    for unit in units:
        outcome = worked.outcomes.get(unit.path)
        if outcome is not None and (repair := mended_by(outcome)) is not None:
            found.append(Mended.of(unit.path, repair, outcome.explanation))
    return tuple(found)


def _evidence(repair: RepairReport) -> tuple[Row, ...]:
    verdict, failing = repair.verdicts[0], repair.diagnosis.failing
    more = f" and {len(failing) - _NAMED} more" if len(failing) > _NAMED else ""
    told = Row(check="what the failed run's log told is mended", is_passed=verdict.is_accepted)
    compiled = Row(
        check="the compiler's errors are gone",
        is_passed=verdict.is_accepted,
        detail="no test fails, or none reaches the module: the compiler judges",
    )
    tested = Row(
        check="the failing tests pass",
        is_passed=verdict.is_accepted,
        detail=f"{verdict.tests_fixed}: {', '.join(failing[:_NAMED])}{more}",
    )
    rows = [
        tested if failing else compiled if repair.command[:1] == ("tsc",) else told,
        Row(
            check="repeated, by the plain runner, too",
            is_passed=verdict.repeats > 0,
            detail=f"{verdict.repeats} times, {' '.join(repair.command)}",
        ),
        Row(check="linter and compiler say no more than before", is_passed=True),
    ]
    if verdict.tests_kept:
        kept = Row(
            check="the tests that passed still do",
            is_passed=verdict.is_accepted,
            detail=str(verdict.tests_kept),
        )
        rows.insert(1, kept)
    if len(repair.rivals) > 1:
        detail = f"{repair.confidence:.0%} of the evidence stands behind this one of {len(repair.rivals)} ways of behaving"
        rows.append(Row(check="other patches that pass", is_passed=True, detail=detail))
    return tuple(rows)


def _why(repair: RepairReport) -> str:
    """Say what was changed, and what speaks for it."""
    text = f"{repair.description}. Proved by {' '.join(repair.command)}."
    others = len(repair.rivals) - 1
    if others < 1:
        return text
    ways = "another way of behaving passes" if others == 1 else f"{others} other ways of behaving pass"
    return f"{text} {ways.capitalize()} the same tests: look at it with care."
