"""Judging candidates, from the cheapest check to the dearest: each either goes on or is rejected with a reason.

parses → asserts something → no duplicate → not known to be flaky → passes alone → passes again under another hash seed, order and time zone

The other repeats come after the selection, since few of many candidates are selected. What there was no time for is rejected as that:
a run that never was says nothing about a candidate.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from worker.domain.candidate import Candidate, RejectionReason, TestOutcome, Verdict
from worker.domain.exchange import Budget, Subject
from worker.generation.pacing import Pacing
from worker.generation.select import best_first
from worker.ports import Language, Sandbox

_FEW = 12
"""How many are tried again where there was no time for any."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the judge found."""

    passing: tuple[Candidate, ...]
    """Passed both runs, the most valuable first."""
    outcomes: Mapping[str, TestOutcome]
    """What each of them showed in its first run."""
    rejected: tuple[Verdict, ...]
    """The others."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of tests before any of them is run."""

    marks: set[str] = field(default_factory=set)
    """Marks of the candidates that were judged; grows."""
    flaky: frozenset[str] = frozenset()
    """Marks of tests that some worker saw to be flaky."""


async def judge(
    language: Language,
    subject: Subject,
    candidates: Sequence[Candidate],
    sandbox: Sandbox,
    pacing: Pacing,
    *,
    seen: Seen,
) -> Judged:
    """Run the cheap checks, two runs among them; raises what the language and the sandbox raise."""
    readable, rejected = _sort_by_text(language, candidates, seen)
    if not readable:
        return Judged(passing=(), outcomes={}, rejected=tuple(rejected))
    first = await _run(language, subject, readable, sandbox, pacing, 0)
    passing, failed = _sort_by_outcome(readable, first, otherwise=RejectionReason.FAILED)
    unsteady: Sequence[Verdict] = ()
    if passing:
        passing = await asyncio.to_thread(best_first, passing, first)
        again = await _run(language, subject, passing, sandbox, pacing, 1)
        passing, unsteady = _sort_by_outcome(passing, again, otherwise=RejectionReason.FLAKY)
    return Judged(passing=tuple(passing), outcomes=first, rejected=(*rejected, *failed, *unsteady))


async def _run(
    language: Language,
    subject: Subject,
    candidates: Sequence[Candidate],
    sandbox: Sandbox,
    pacing: Pacing,
    number: int,
) -> dict[str, TestOutcome]:
    """Run all, or a few where there was no time for any."""
    found = await language.run(subject, candidates, sandbox, pacing.repeat(number))
    if not any(outcome.is_run for outcome in found):
        found = await language.run(subject, candidates[:_FEW], sandbox, pacing.late_repeat(number))
    return {outcome.name: outcome for outcome in found}


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """What a further run of a few showed."""

    passed: frozenset[str]
    """Names of those that ran and passed."""
    flaky: tuple[Verdict, ...]
    """Those that ran and did not. The others did not run, which says nothing."""


async def repeat(
    language: Language, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
) -> Repeated:
    """Run again under another seed: what doesn't pass now is flaky."""
    again = await language.run(subject, candidates, sandbox, budget)
    by_name = {outcome.name: outcome for outcome in again if outcome.is_run}
    ran = [candidate for candidate in candidates if candidate.name in by_name]
    passed, flaky = _sort_by_outcome(ran, by_name, otherwise=RejectionReason.FLAKY)
    return Repeated(passed=frozenset(candidate.name for candidate in passed), flaky=tuple(flaky))


def _sort_by_text(
    language: Language, candidates: Sequence[Candidate], seen: Seen
) -> tuple[list[Candidate], list[Verdict]]:
    readable: list[Candidate] = []
    rejected: list[Verdict] = []
    for candidate in candidates:
        mark = mark_of(candidate)
        reason = language.fault_in(candidate) or _known_fault(mark, seen)
        seen.marks.add(mark)
        if reason is None:
            readable.append(candidate)
        else:
            detail = "a worker of this fleet saw it fail before" if reason is RejectionReason.FLAKY else ""
            rejected.append(Verdict(candidate=candidate, rejection=reason, detail=detail))
    return readable, rejected


def _known_fault(mark: str, seen: Seen) -> RejectionReason | None:
    if mark in seen.marks:
        return RejectionReason.DUPLICATE
    return RejectionReason.FLAKY if mark in seen.flaky else None


def mark_of(candidate: Candidate) -> str:
    """Equal for candidates that differ in name and spacing only."""
    text = candidate.code.replace(candidate.name, "", 1)
    return hashlib.sha256(re.sub(r"\s+", " ", text).encode("utf-8", "surrogatepass")).hexdigest()


def _sort_by_outcome(
    candidates: Sequence[Candidate], outcomes: Mapping[str, TestOutcome], *, otherwise: RejectionReason
) -> tuple[list[Candidate], list[Verdict]]:
    passing: list[Candidate] = []
    rejected: list[Verdict] = []
    for candidate in candidates:
        outcome = outcomes.get(candidate.name)
        if outcome is not None and outcome.is_passed:
            passing.append(candidate)
            continue
        rejected.append(_turned_down(candidate, outcome, otherwise))
    return passing, rejected


def _turned_down(candidate: Candidate, outcome: TestOutcome | None, otherwise: RejectionReason) -> Verdict:
    if outcome is None or not outcome.is_run:
        detail = outcome.detail if outcome else "no time was left to run it"
        return Verdict(candidate=candidate, rejection=RejectionReason.NO_TIME, detail=detail)
    reason = RejectionReason.TIMED_OUT if outcome.is_timed_out else otherwise
    return Verdict(candidate=candidate, rejection=reason, detail=outcome.detail)
