"""What is left out when the assembled file does not pass: tests that fail beside the others, or those that there is no time for."""

from collections.abc import Sequence
from dataclasses import replace

from worker.domain.candidate import Candidate, Proof, RejectionReason, Verdict

_FEWER = 4
"""Where the proof takes too long, it is tried again with the best of so many."""


def failing(tests: Sequence[Verdict], named: Sequence[Candidate], proof: Proof) -> list[Verdict]:
    """Name the tests that the runner's output speaks of."""
    return [
        _beside_others(verdict.candidate)
        for verdict, candidate in zip(tests, named, strict=True)
        if _is_named(candidate.name, proof.detail)
    ]


def unfit_for_proof(
    accepted: Sequence[Verdict], dropped: Sequence[Verdict], failed: list[Verdict], proof: Proof
) -> list[Verdict]:
    """Leave out what fails; where the time was over, go on with the most valuable ones alone."""
    if failed or not proof.is_timed_out:
        return failed
    fewer = len(accepted) // _FEWER
    late = [
        replace(each, rejection=RejectionReason.NO_TIME, detail=proof.detail) for each in accepted[fewer:]
    ]
    return [*late, *dropped]


def _beside_others(candidate: Candidate) -> Verdict:
    return Verdict(
        candidate=candidate, rejection=RejectionReason.FLAKY, detail="failed beside the other tests"
    )


def _is_named(name: str, output: str) -> bool:
    """Whether the runner's output speaks of this test and not just of one whose name starts like it."""
    after = output.split(name)[1:]
    return any(not (rest[:1].isalnum() or rest[:1] == "_") for rest in after)
