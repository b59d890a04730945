"""Counts what the fleet costs, says what the budget allows, and tells people of each rung of the ladder once a month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from worker.domain.budget import (
    FunctionTime,
    Meter,
    Rates,
    judge,
    metered,
    metered_function,
    month_of,
    rungs_to_tell,
    told,
)
from worker.domain.errors import StoreUnavailable
from worker.domain.scaling_terms import Budget
from worker.scaling_ports import Announcer, ControlRecords


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What may be spent, and what time costs."""

    fleet: str
    """Name, for who is told."""
    limit_usd: float | None
    """Budget of a month; None: nobody set one."""
    rates: Rates
    """Prices."""
    note: str = ""
    """What the rungs mean for this kind of fleet, told with them."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What the money allows."""

    budget: Budget
    """For the policy."""
    sentence: str
    """Where the month stands; empty where nobody set a budget."""
    trouble: str = ""
    """What could not be read, written or told."""
    is_known: bool = True
    """It was counted; False where only caution speaks."""


class BudgetKeeper:
    """The meter between two looks."""

    def __init__(self, *, records: ControlRecords, announcer: Announcer, purse: Purse) -> None:
        """Keep the meter in these records."""
        self._records = records
        self._announcer = announcer
        self._purse = purse

    def look(self, now: datetime, workers: int) -> Allowance:
        """Count the time since the last look; where that can't be counted no more workers are allowed than there are."""
        return self._counted(
            now, lambda before: metered(before, now=now, workers=workers, rates=self._purse.rates)
        )

    def look_at_function(self, now: datetime, time: FunctionTime) -> Allowance:
        """Count what is new in Lambda's own count."""
        return self._counted(
            now, lambda before: metered_function(before, now=now, time=time, rates=self._purse.rates)
        )

    def _counted(self, now: datetime, count: Callable[[Meter], Meter]) -> Allowance:
        try:
            meter = count(self._records.meter() or Meter(month=month_of(now)))
            allowance, meter = self._judged(meter)
            self._records.keep_meter(meter)
        except StoreUnavailable as fault:
            return self.unknown(str(fault))
        return allowance

    def unknown(self, why: str) -> Allowance:
        """Return what is allowed where nobody can count."""
        budget = Budget.NORMAL if self._purse.limit_usd is None else Budget.FROZEN
        return Allowance(budget=budget, sentence="what was spent is not known", trouble=why, is_known=False)

    def _judged(self, meter: Meter) -> tuple[Allowance, Meter]:
        purse = self._purse
        if purse.limit_usd is None:
            return Allowance(budget=Budget.NORMAL, sentence=""), meter
        verdict = judge(meter, limit_usd=purse.limit_usd, rates=purse.rates)
        text = f"{verdict.sentence}. {purse.note}" if purse.note else verdict.sentence
        trouble = ""
        for rung in rungs_to_tell(meter, verdict):
            try:
                self._announcer.tell(f"Fleet {purse.fleet}: budget, {rung.value}", text)
            except StoreUnavailable as fault:
                trouble = str(fault)  # told at the next look
                break
            meter = told(meter, rung)
        return Allowance(budget=verdict.allows, sentence=verdict.sentence, trouble=trouble), meter
