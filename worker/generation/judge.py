"""Judging candidates, from the cheapest check to the dearest: each either goes on or is rejected with a reason.

parses → asserts something → no duplicate → passes alone → passes again under another hash seed, order and time zone

The other repeats come after the selection, since few of many candidates are selected.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.domain.candidate import Candidate, RejectionReason, TestOutcome, Verdict
from worker.domain.exchange import Budget, Subject
from worker.generation.pacing import Pacing
from worker.ports import Language, Sandbox


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the judge found."""

    passing: tuple[Candidate, ...]
    """Passed every run, in the order proposed."""
    outcomes: Mapping[str, TestOutcome]
    """What each of them showed in its first run."""
    rejected: tuple[Verdict, ...]
    """The others."""


async def judge(
    language: Language, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, pacing: Pacing
) -> Judged:
    """Run the cheap checks, two runs among them; raises what the language and the sandbox raise."""
    readable, rejected = _sort_by_text(language, candidates)
    if not readable:
        return Judged(passing=(), outcomes={}, rejected=tuple(rejected))
    first = await language.run(subject, readable, sandbox, pacing.first_run())
    outcomes = {outcome.name: outcome for outcome in first}
    passing, failed = _sort_by_outcome(readable, outcomes, otherwise=RejectionReason.FAILED)
    flaky: Sequence[Verdict] = ()
    if passing:
        passing, flaky = await repeat(language, subject, passing, sandbox, pacing.repeat(1))
    return Judged(passing=tuple(passing), outcomes=outcomes, rejected=(*rejected, *failed, *flaky))


async def repeat(
    language: Language, subject: Subject, candidates: Sequence[Candidate], sandbox: Sandbox, budget: Budget
) -> tuple[list[Candidate], list[Verdict]]:
    """Run again under another seed: what doesn't pass now is flaky."""
    again = await language.run(subject, candidates, sandbox, budget)
    by_name = {outcome.name: outcome for outcome in again}
    return _sort_by_outcome(candidates, by_name, otherwise=RejectionReason.FLAKY)


def _sort_by_text(
    language: Language, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], list[Verdict]]:
    readable: list[Candidate] = []
    rejected: list[Verdict] = []
    seen: set[str] = set()
    for candidate in candidates:
        reason = language.fault_in(candidate)
        mark = _mark(candidate)
        if reason is None and mark in seen:
            reason = RejectionReason.DUPLICATE
        seen.add(mark)
        if reason is None:
            readable.append(candidate)
        else:
            rejected.append(Verdict(candidate=candidate, rejection=reason))
    return readable, rejected


def _mark(candidate: Candidate) -> str:
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
        is_slow = outcome is not None and outcome.is_timed_out and otherwise is RejectionReason.FAILED
        reason = RejectionReason.TIMED_OUT if is_slow else otherwise
        rejected.append(
            Verdict(
                candidate=candidate, rejection=reason, detail=outcome.detail if outcome else "it was not run"
            )
        )
    return passing, rejected
