"""Keeping the few candidates that together do what all do: a greedy set cover over mutants, branches and lines."""

from collections.abc import Mapping, Sequence

from worker.domain.candidate import Candidate, MutationReport, RejectionReason, TestOutcome, Verdict

MAXIMUM_KEPT = 80
"""A file with more is not read by anybody."""
_WEIGHTS = {"mutant": 4, "branch": 2, "line": 1}
"""A test that notices a fault is worth more than one that passes by."""

Effect = tuple[str, str]
"""What a candidate does, such as ("branch", "12>14")."""


def select(
    candidates: Sequence[Candidate],
    outcomes: Mapping[str, TestOutcome],
    mutation: MutationReport,
) -> tuple[list[Verdict], list[Verdict]]:
    """Split into accepted (most valuable first) and those that add nothing."""
    effects = _effects(candidates, outcomes, mutation)
    left = {candidate.name: candidate for candidate in candidates}
    done: set[Effect] = set()
    accepted: list[Verdict] = []
    while left and len(accepted) < MAXIMUM_KEPT:
        best = max(left.values(), key=lambda candidate: _rank(candidate, effects[candidate.name] - done))
        gained = effects[best.name] - done
        if not gained and accepted:
            break
        del left[best.name]
        done |= gained
        accepted.append(_accepted(best, gained, mutation))
    dropped = [
        Verdict(candidate=candidate, rejection=RejectionReason.ADDS_NOTHING) for candidate in left.values()
    ]
    return accepted, dropped


def best_first(candidates: Sequence[Candidate], outcomes: Mapping[str, TestOutcome]) -> list[Candidate]:
    """Put first those that together do what all do, so that time that ends early costs little."""
    accepted, dropped = select(candidates, outcomes, MutationReport())
    return [verdict.candidate for verdict in (*accepted, *dropped)]


def _effects(
    candidates: Sequence[Candidate], outcomes: Mapping[str, TestOutcome], mutation: MutationReport
) -> dict[str, set[Effect]]:
    effects: dict[str, set[Effect]] = {candidate.name: set() for candidate in candidates}
    for name, seen in effects.items():
        outcome = outcomes[name]
        seen |= {("line", str(line)) for line in outcome.lines}
        seen |= {("branch", branch) for branch in outcome.branches}
    for mutant, killers in mutation.killed_by.items():
        for name in killers:
            if name in effects:
                effects[name].add(("mutant", mutant))
    return effects


def _rank(candidate: Candidate, gained: set[Effect]) -> tuple[int, bool, int, str]:
    """Value first; among equals a promise of the documentation beats an observation, and the shorter is the clearer."""
    value = sum(_WEIGHTS[kind] for kind, _ in gained)
    return value, candidate.oracle == "docstring", -len(candidate.code), candidate.name


def _accepted(candidate: Candidate, gained: set[Effect], mutation: MutationReport) -> Verdict:
    killed = tuple(mutant for mutant, killers in mutation.killed_by.items() if candidate.name in killers)
    return Verdict(
        candidate=candidate,
        rejection=None,
        lines_added=sum(kind == "line" for kind, _ in gained),
        branches_added=sum(kind == "branch" for kind, _ in gained),
        mutants_killed=killed,
    )
