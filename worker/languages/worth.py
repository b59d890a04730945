"""What a test's assertions say, told by its text: the part that is the same for every language.

A language lists where values come from (flows) and what is asserted (claims). Names are followed from the subject to the claims, however
often they are handed on, and in doubt a claim is taken for one: a test is only turned down where nothing of it could ever fail because of
the code, or where it asserts what is no behaviour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.domain.candidate import RejectionReason

CLOCK = "<clock>"
"""Stands among the names where the time is asked for."""
ACCIDENT = "<accident>"
"""Stands among the names where the size of an object, or the memory of the process, is asked for, or an address is written down."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Where names may get their values."""

    to: frozenset[str]
    """These names…"""
    come_from: frozenset[str]
    """…from these."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One assertion."""

    names: frozenset[str]
    """What it speaks of."""
    is_empty: bool = False
    """It holds whatever the code does."""


def reason_against(
    claims: Sequence[Claim], flows: Sequence[Flow], roots: Iterable[str]
) -> RejectionReason | None:
    """Judge the claims of a test; `roots` are the names by which it reaches the subject. No claim that is known says nothing."""
    of_subject, of_clock = _reached(frozenset(roots), flows), _reached(frozenset({CLOCK}), flows)
    accidental = _reached(frozenset({ACCIDENT}), flows)
    if any(
        claim.names & accidental or (claim.names & of_clock and not claim.names & of_subject)
        for claim in claims
    ):
        return RejectionReason.ACCIDENTAL
    if claims and not any(claim.names & of_subject and not claim.is_empty for claim in claims):
        return RejectionReason.TAUTOLOGY
    return None


def _reached(start: frozenset[str], flows: Sequence[Flow]) -> frozenset[str]:
    """Return what these names flow into."""
    reached = start
    while True:
        more = reached.union(*(flow.to for flow in flows if flow.come_from & reached))
        if more == reached:
            return reached
        reached = more
