"""Which of the patches that pass every test is offered, if any: pure.

What passes thin tests may be wrong: of patches found by a search that stopped at the first one, one in five was, where a handful of
examples was all that there was. So many are collected, grouped by what they show on generated inputs, and weighed: a small change
weighs more than an odd one, several ways to the same behaviour more than one, examples of the documentation that are kept more than those
that are broken. The share of the weight that stands behind the best group is the confidence. The fewer checks the tests make,
the more of it is wanted; below that nothing is offered, and the inputs on which the groups disagree are shown. Several faults share the checks, and a
patch of them is as sure as all of its changes together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from worker.domain.patch import Behaviours, Disagreement, Patch, PatchOrigin, Trial

_PER_COST = 1.1
"""How quickly a change weighs less as it is less likely."""
_BROKEN_PROMISE = 0.02
"""What is left of the weight of a group that breaks an example which another one keeps."""
_TROUBLED = 0.25
"""What is left of the weight of a group that has no end, or ends its process, where another one answers."""
_TROUBLE = ("(endless)", "(end")
_UNKNOWN = 0.016
"""Weight of what nobody proposed: a lone odd change is less sure for it…"""
_UNSEEN = 0.03
"""…and where time ended the search, what was not tried any more."""
_ORIGIN = {PatchOrigin.FIXER: 3.0, PatchOrigin.BUILTIN: 1.0, PatchOrigin.ENGINE: 27.0}
"""A rule is surer than its cost says; an engine has read what the code is for, and is asked where small changes decided nothing."""
_WANTED = ((1, 0.75), (2, 0.7), (3, 0.6), (4, 0.5), (6, 0.4))
"""At most so many checks: at least so much confidence."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Patches that can't be told apart."""

    members: tuple[int, ...]
    """Their places among the trials, the likeliest first."""
    weight: float
    """Not normalised."""


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """The order in which patches are proved, and whether the first is offered."""

    order: tuple[int, ...]
    """Places among the trials: the likeliest of each group, the best group first, then the others."""
    groups: tuple[Group, ...]
    """The best first."""
    confidence: float
    """Share of the weight behind the best group."""
    wanted: float
    """What is wanted for an offer."""
    disagreements: tuple[Disagreement, ...]
    """Inputs on which the likeliest of the groups differ, in the order of the groups."""

    @property
    def is_decided(self) -> bool:
        """The evidence is enough for an offer."""
        return bool(self.order) and self.confidence >= self.wanted


def rank(
    trials: Sequence[Trial], behaviours: Behaviours, *, checks: int, is_exhausted: bool = True
) -> Ranking:
    """Order the patches that pass; `checks` is how many assertions they passed, `is_exhausted` whether all that were wanted were tried."""
    clusters = behaviours.clusters() if len(behaviours.shown) == len(trials) else _alone(trials)
    calm = min((_troubles(behaviours, members[0]) for members in clusters), default=0)
    groups = sorted((_group(trials, members, behaviours, calm) for members in clusters), key=_standing)
    heads = [group.members[0] for group in groups]
    known = sum(group.weight for group in groups)
    unseen = _UNKNOWN if is_exhausted else _UNSEEN
    total = known + (_nobodys(known, trials[heads[0]].patch, unseen) if heads else unseen)
    rest = [index for group in groups for index in group.members[1:]]
    return Ranking(
        order=(*heads, *rest),
        groups=tuple(groups),
        confidence=groups[0].weight / total if groups else 0.0,
        wanted=wanted(checks // max((trial.patch.faults for trial in trials), default=1)),
        disagreements=behaviours.disagreements(heads) if behaviours.shown else (),
    )


def wanted(checks: int) -> float:
    """Return how much confidence an offer takes: none where so many checks pass that the first proved patch may win."""
    return next((share for most, share in _WANTED if checks <= most), 0.0)


def _alone(trials: Sequence[Trial]) -> tuple[tuple[int, ...], ...]:
    return tuple((index,) for index in range(len(trials)))


def _standing(group: Group) -> tuple[float, int]:
    return -group.weight, group.members[0]


def _troubles(behaviours: Behaviours, index: int) -> int:
    return sum(answer.startswith(_TROUBLE) for answer in behaviours.shown[index]) if behaviours.shown else 0


def _group(trials: Sequence[Trial], members: Sequence[int], behaviours: Behaviours, calm: int) -> Group:
    ordered = sorted(members, key=lambda index: (trials[index].patch.cost, index))
    weight = sum(_weight(trials[index]) for index in ordered)
    if behaviours.promised:
        most = max(kept for kept, _ in behaviours.promised)
        if max(behaviours.promised[index][0] for index in ordered) < most:
            weight *= _BROKEN_PROMISE
    if _troubles(behaviours, ordered[0]) > calm:
        weight *= _TROUBLED
    return Group(members=tuple(ordered), weight=weight)


def _nobodys(known: float, patch: Patch, unseen: float) -> float:
    """Weigh what nobody proposed: where several faults are mended, the confidence is that in each change, multiplied."""
    parts = [math.exp(-_PER_COST * cost) for cost in patch.parts]
    scale: float = (known / math.prod(parts)) ** (1 / len(parts))
    doubts = math.prod(1 + unseen / (scale * part) for part in parts)
    return known * (doubts - 1)


def _weight(trial: Trial) -> float:
    return _ORIGIN[trial.patch.origin] * math.exp(-_PER_COST * trial.patch.cost)
