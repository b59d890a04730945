"""Pure: how wide a fleet of functions is fed, by the budget and by what people hold. A width is how many batches of a lane run at once.

| budget                | each lane takes                                             |
|-----------------------|-------------------------------------------------------------|
| below 100 %           | what it took; what was held or narrowed before, as deployed |
| from 100 %            | two batches at once: Lambda can be held to no fewer         |
| from 120 %, or 0      | nothing; its messages stay where they are                   |

Lambda does the scaling. So a lane is changed for one of three reasons alone: the budget, a person's word, and to give back what one of them took.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.controller.decide import held
from worker.domain.fleet_control import Hold
from worker.domain.function_width import LEAST_WIDTH
from worker.domain.scaling_terms import Budget, Reason

TAKEN = frozenset({Reason.BUDGET_FROZEN.value, Reason.BUDGET_ZERO.value, Reason.PAUSED.value})
"""Reasons of a last look after which something may have to be given back."""
LIMITS: Mapping[Budget, int] = {Budget.FROZEN: LEAST_WIDTH, Budget.ZERO: 0}
WITH_MONEY = "as wide as before with a higher budget or next month"


@dataclass(frozen=True, kw_only=True)
class WidthRuling:
    """How wide each lane is to be, and why."""

    widths: Mapping[str, int]
    """By lane."""
    reason: Reason
    """Why, for programs."""
    sentence: str
    """Why, for people."""
    next_change: str
    """What it waits for."""

    @property
    def widest(self) -> int:
        """Of all lanes."""
        return max(self.widths.values(), default=0)


def ruled(
    seen: Mapping[str, int], *, budget: Budget, hold: Hold | None, deployed: int, before: str
) -> WidthRuling:
    """Rule over what was seen; `before` is the reason of the last look, `deployed` the width that the stack's file asks for."""
    base = _base(hold, deployed, before)
    limit = LIMITS.get(budget)
    wanted = {lane: width if base is None else base for lane, width in seen.items()}
    widths = {lane: width if limit is None else min(width, limit) for lane, width in wanted.items()}
    reason, sentence, next_change = _why(budget, hold, max(widths.values(), default=0))
    return WidthRuling(widths=widths, reason=reason, sentence=sentence, next_change=next_change)


def _base(hold: Hold | None, deployed: int, before: str) -> int | None:
    """Return what every lane should take; None leaves each as it is, as it does a fleet that was deployed switched off."""
    if hold is not None:
        return hold.desired
    return max(deployed, LEAST_WIDTH) if deployed and before in TAKEN else None


def _why(budget: Budget, hold: Hold | None, widest: int) -> tuple[Reason, str, str]:
    if budget is Budget.ZERO:
        text = (
            "the budget is overspent: nothing is taken from the queues, batches under way end, messages stay"
        )
        return Reason.BUDGET_ZERO, text, WITH_MONEY
    if hold is not None and hold.is_stop:
        return Reason.PAUSED, held(hold, 0), f"this is kept {hold.end}"
    if budget is Budget.FROZEN:
        text = f"the budget is spent: no lane runs more than {LEAST_WIDTH} batches at once"
        return Reason.BUDGET_FROZEN, text, WITH_MONEY
    if hold is not None:
        return Reason.PAUSED, held(hold, widest), f"this is kept {hold.end}"
    if widest == 0:
        return Reason.ASLEEP, "nothing is taken from the queues", "start or submit ends that"
    text = f"Lambda runs a worker for each batch that waits, at most {widest} of each lane at once"
    return Reason.STEADY, text, "fewer where the budget is spent"
