"""Running candidates, on the subject and on its mutants, through processes that may die on the way.

Parsing runs in threads: leases of other jobs are extended meanwhile. A script notes what it is about to run; when its process ends early, that one is to blame, and the rest goes on in another process.
"""

import asyncio
import random
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Any

from worker.domain.candidate import Candidate, MutationReport, TestOutcome
from worker.domain.exchange import Budget, Subject
from worker.languages.javascript_mutants import Mutant, make_mutants
from worker.languages.javascript_points import Points, find_points
from worker.languages.javascript_process import (
    START_SECONDS,
    Report,
    ids_in,
    instrumented_fields,
    run_harness,
)
from worker.ports import Sandbox

_ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
_SHIFTS_SECONDS = (0, 397 * 86400 + 3671, -211 * 86400 - 43211, 3001 * 86400 + 61)
"""What the clock of a run is put forward by: another year, month, weekday and hour."""
_WINDOW = 20
_PROCESSES = 8
"""At most, for one set of candidates."""


async def run_candidates(
    subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
) -> tuple[TestOutcome, ...]:
    """Run each candidate once, the best first."""
    points = await asyncio.to_thread(find_points, subject.source)
    waiting = _ordered(len(candidates), budget.seed)
    found: dict[int, TestOutcome] = {}
    deadline = monotonic() + budget.seconds
    for _ in range(_PROCESSES):
        left = deadline - monotonic()
        if not waiting or left <= 0:
            break
        fields = {
            **instrumented_fields(subject, points),
            "candidates": _listed(candidates, waiting),
            "seconds": left,
            "shiftSeconds": _SHIFTS_SECONDS[budget.seed % len(_SHIFTS_SECONDS)],
        }
        zone = {"TZ": _ZONES[budget.seed % len(_ZONES)]}
        seconds = left + START_SECONDS
        report = await run_harness(
            "run.cjs", fields, sandbox, seconds=seconds, work_files={subject.path: subject.source}, env=zone
        )
        found.update(_outcomes(report, candidates, waiting, points))
        waiting = [one for one in waiting if one not in found]
    return tuple(found.get(one) or _late(candidate) for one, candidate in enumerate(candidates))


def _ordered(count: int, seed: int) -> list[int]:
    """Another order for each seed, in which the best still come early."""
    order: list[int] = []
    shuffle = random.Random(seed).shuffle  # noqa: S311 - an order, no secret
    for start in range(0, count, _WINDOW):
        window = list(range(start, min(start + _WINDOW, count)))
        shuffle(window)
        order += window
    return order


async def run_on_mutants(
    subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
) -> MutationReport:
    """Run all candidates on every mutant; a mutant that takes the process down is left out of the count."""
    mutants = await asyncio.to_thread(make_mutants, subject.source, seed=budget.seed)
    points = await asyncio.to_thread(find_points, subject.source)
    fields = {
        **instrumented_fields(subject, points),
        "candidates": _listed(candidates, range(len(candidates))),
    }
    waiting = list(range(len(mutants))) if candidates else []
    killers: dict[int, Sequence[int]] = {}
    deadline = monotonic() + budget.seconds
    for _ in range(_PROCESSES):
        left = deadline - monotonic()
        if not waiting or left <= 0:
            break
        reporting = await asyncio.to_thread(_reporting, points, mutants, waiting)
        fields |= {"mutants": reporting, "seconds": left}
        report = await run_harness(
            "mutate.cjs",
            fields,
            sandbox,
            seconds=left + START_SECONDS,
            work_files={subject.path: subject.source},
        )
        for entry in report.entries:
            if entry.get("mutant") in waiting:
                killers[entry["mutant"]] = ids_in(entry, "killers", len(candidates))
        waiting = [one for one in waiting if one not in killers and one != report.unfinished]
    return _mutation_report(mutants, candidates, killers, is_complete=not waiting)


def rivals_of(source: str, points: Points, seed: int) -> list[dict[str, Any]]:
    """List the mutants that exploration looks for calls against."""
    mutants = make_mutants(source, seed=seed)
    return [
        {**one, "line": mutant.line}
        for one, mutant in zip(_reporting(points, mutants, range(len(mutants))), mutants, strict=True)
    ]


def _mutation_report(
    mutants: Sequence[Mutant],
    candidates: Sequence[Candidate],
    killers: dict[int, Sequence[int]],
    *,
    is_complete: bool,
) -> MutationReport:
    return MutationReport(
        total=len(killers),
        killed_by={
            mutants[one].mutant_id: tuple(candidates[killer].name for killer in found)
            for one, found in killers.items()
            if found
        },
        survivors=tuple(mutants[one].mutant_id for one, found in killers.items() if not found)[:20],
        is_complete=is_complete,
    )


def _listed(candidates: Sequence[Candidate], ids: Iterable[int]) -> list[dict[str, Any]]:
    return [{"id": one, "code": candidates[one].code, "imports": candidates[one].imports} for one in ids]


def _reporting(points: Points, mutants: Sequence[Mutant], ids: Iterable[int]) -> list[dict[str, Any]]:
    return [
        {
            "id": one,
            "source": points.edited(*mutants[one].edit) or find_points(mutants[one].source).instrumented,
        }
        for one in ids
    ]


def _outcomes(
    report: Report, candidates: Sequence[Candidate], waiting: Sequence[int], points: Points
) -> dict[int, TestOutcome]:
    """Read what a process told of the candidates that it was given, and whom it died of."""
    found = {
        entry["id"]: _outcome(candidates[entry["id"]], entry, points)
        for entry in report.entries
        if entry.get("id") in waiting
    }
    culprit = report.unfinished
    if culprit in waiting and culprit not in found:
        found[culprit] = TestOutcome(
            name=candidates[culprit].name,
            is_passed=False,
            detail=report.death(),
            is_timed_out=report.is_timed_out,
        )
    return found


def _outcome(candidate: Candidate, entry: dict[str, Any], points: Points) -> TestOutcome:
    passed = ids_in(entry, "points", len(points.points))
    return TestOutcome(
        name=candidate.name,
        is_passed=entry.get("passed") is True,
        detail=str(entry.get("detail", ""))[:500],
        is_timed_out=entry.get("stopped") is True,
        lines=points.lines_in(passed),
        branches=points.branches_in(passed),
    )


def _late(candidate: Candidate) -> TestOutcome:
    late = "there was no time left to run it"
    return TestOutcome(name=candidate.name, is_passed=False, detail=late, is_run=False)
