"""Counts what the fleet costs, says what the budget allows, and tells people of each rung of the ladder once a month."""

from dataclasses import dataclass
from datetime import datetime

from worker.domain.budget import Meter, judge, metered, month_of, rungs_to_tell, told
from worker.domain.controller_settings import ControllerSettings
from worker.domain.errors import StoreUnavailable
from worker.domain.scaling_terms import Budget
from worker.scaling_ports import Announcer, ControlRecords


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What the money allows."""

    budget: Budget
    """For the policy."""
    sentence: str
    """Where the month stands; empty where nobody set a budget."""
    trouble: str = ""
    """What could not be read, written or told."""


class BudgetKeeper:
    """The meter between two looks."""

    def __init__(
        self, *, records: ControlRecords, announcer: Announcer, settings: ControllerSettings
    ) -> None:
        """Keep the meter in these records."""
        self._records = records
        self._announcer = announcer
        self._settings = settings

    def look(self, now: datetime, workers: int) -> Allowance:
        """Count the time since the last look; where that can't be counted no more workers are allowed than there are."""
        try:
            before = self._records.meter() or Meter(month=month_of(now))
            meter = metered(before, now=now, workers=workers, rates=self._settings.rates)
            allowance, meter = self._judged(meter)
            self._records.keep_meter(meter)
        except StoreUnavailable as fault:
            budget = Budget.NORMAL if self._settings.budget_usd is None else Budget.FROZEN
            return Allowance(budget=budget, sentence="what was spent is not known", trouble=str(fault))
        return allowance

    def _judged(self, meter: Meter) -> tuple[Allowance, Meter]:
        limit = self._settings.budget_usd
        if limit is None:
            return Allowance(budget=Budget.NORMAL, sentence=""), meter
        verdict = judge(meter, limit_usd=limit, rates=self._settings.rates)
        trouble = ""
        for rung in rungs_to_tell(meter, verdict):
            try:
                self._announcer.tell(
                    f"Fleet {self._settings.cluster}: budget, {rung.value}", verdict.sentence
                )
            except StoreUnavailable as fault:
                trouble = str(fault)  # told at the next look
                break
            meter = told(meter, rung)
        return Allowance(budget=verdict.allows, sentence=verdict.sentence, trouble=trouble), meter
