"""The budget ladder and the meter that drives it. Pure; the controller asks it each minute.

AWS Budgets know what was spent eight to twelve hours ago and can't stop an ECS service: they are the backstop. The meter counts the
workers' time as it goes by.

| spent of the month's budget | rung   | what happens                                             |
|-----------------------------|--------|----------------------------------------------------------|
| below 50 %                  | below  | nothing                                                  |
| from 50 %                   | mail   | somebody is told                                         |
| from 80 %                   | alert  | somebody is told, and `status` says so                   |
| from 100 %                  | freeze | no more workers than run now                             |
| from 120 %                  | zero   | no workers: running jobs finish in their grace or go back |

Whoever asks it keeps `Meter` between two looks (one item a month in the ledger), adds up with `metered`, judges with `judge`, gives
`BudgetVerdict.allows` to the scaling policy, and tells people of `rungs_to_tell`, once each a month.

On the safe side: a budget of 0 allows nothing, time without a price freezes the fleet, and a controller that was away counts the
whole gap with the larger number of workers.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from worker.domain.scaling_terms import Budget

HOURS_A_MONTH = 730.0


class Rung(StrEnum):
    """How far the money is gone."""

    BELOW = "below"
    MAIL = "mail"
    ALERT = "alert"
    FREEZE = "freeze"
    ZERO = "zero"


LADDER = ((0.5, Rung.MAIL), (0.8, Rung.ALERT), (1.0, Rung.FREEZE), (1.2, Rung.ZERO))
"""From which share of the budget on each rung is reached, rising."""
ALERT_PERCENTS = tuple(round(100 * share) for share, _ in LADDER)
"""The same for AWS Budgets, which only tells."""
RUNGS = (Rung.BELOW, *(rung for _, rung in LADDER))
"""All rungs, rising."""


@dataclass(frozen=True, kw_only=True)
class Meter:
    """What a month has cost so far, as the meter counts it."""

    month: str
    """YYYY-MM, UTC."""
    spent_usd: float = 0.0
    """Workers' time and standing cost that had a price."""
    worker_seconds: float = 0.0
    """Workers' time."""
    unpriced_seconds: float = 0.0
    """Workers' time that had no price."""
    told: Rung = Rung.BELOW
    """The highest rung that somebody was told of."""
    workers: int = 0
    """Workers at the last look."""
    looked_at: datetime | None = None
    """The last look; None before the first."""
    since: datetime | None = None
    """The first look of the month: before it nobody counted."""
    function_seconds: float = 0.0
    """Of the workers' time, what Lambda's own count of the month has given so far."""


@dataclass(frozen=True, kw_only=True)
class FunctionTime:
    """What Lambda itself counted of a function in a month, from its first day on."""

    seconds: float
    """All invocations together, those that have ended."""
    since: datetime | None = None
    """When the first of them was counted; None where there was none."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What the time costs."""

    worker_hour_usd: float | None
    """A worker's hour; None where it has no price."""
    fixed_month_usd: float = 0.0
    """A month in which nothing runs."""


@dataclass(frozen=True, kw_only=True)
class BudgetVerdict:
    """Where a month stands, and what the fleet may do."""

    rung: Rung
    """How far the money is gone."""
    allows: Budget
    """What the scaling policy is told."""
    share: float | None
    """Part of the budget that is spent, 1.0 for all of it; None where that can't be said."""
    sentence: str
    """Why, for `status` and mails."""


def month_of(moment: datetime) -> str:
    """Return the month of a moment as AWS bills it: in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def metered(meter: Meter, *, now: datetime, workers: int, rates: Rates) -> Meter:
    """Return the meter after a look that found so many workers.

    The time since the last look counts with the larger of both numbers. A clock that went back counts nothing; in a new month all
    starts at nothing, and only what lies in it counts.
    """
    if meter.month > month_of(now):
        return meter  # the clock went back over the end of a month: what was counted stays
    current = _in_month(meter, now)
    seconds = _elapsed_seconds(current.looked_at, now)
    worker_seconds = seconds * max(current.workers, workers)
    return replace(_added(current, now, worker_seconds, rates), workers=workers)


def metered_function(meter: Meter, *, now: datetime, time: FunctionTime, rates: Rates) -> Meter:
    """Return the meter after a look at Lambda's count, which goes back to the first of the month.

    What is new in it is added: what Lambda told late is in the next count, and nothing is lost where nobody looked for a while.
    """
    if meter.month > month_of(now):
        return meter
    current = _in_month(meter, now)
    new_seconds = max(time.seconds - current.function_seconds, 0.0)
    added = _added(current, now, new_seconds, rates)
    return replace(
        added,
        workers=0,
        function_seconds=current.function_seconds + new_seconds,
        since=min(added.since or now, time.since or now),
    )


def _in_month(meter: Meter, now: datetime) -> Meter:
    """Return the meter of this month; a new one goes on from the last look."""
    month = month_of(now)
    if meter.month == month:
        return meter
    return Meter(month=month, workers=meter.workers, looked_at=meter.looked_at)


def _added(meter: Meter, now: datetime, worker_seconds: float, rates: Rates) -> Meter:
    """Add workers' time, and what stood there since the last look."""
    standing_hours = _elapsed_seconds(meter.looked_at, now) / 3600.0
    spent = standing_hours / HOURS_A_MONTH * rates.fixed_month_usd
    spent += worker_seconds / 3600.0 * (rates.worker_hour_usd or 0.0)
    is_priced = rates.worker_hour_usd is not None
    return replace(
        meter,
        spent_usd=meter.spent_usd + spent,
        worker_seconds=meter.worker_seconds + worker_seconds,
        unpriced_seconds=meter.unpriced_seconds + (0.0 if is_priced else worker_seconds),
        looked_at=now if meter.looked_at is None else max(now, meter.looked_at),
        since=meter.since or now,
    )


def judge(meter: Meter, *, limit_usd: float, rates: Rates) -> BudgetVerdict:
    """Say what the budget allows."""
    if not limit_usd > 0:  # not a number, too
        return BudgetVerdict(
            rung=Rung.ZERO, allows=Budget.ZERO, share=None, sentence="the budget is 0: nothing may be spent"
        )
    share = meter.spent_usd / limit_usd
    rung = _rung(share)
    text = f"{meter.spent_usd:.2f} of {limit_usd:.2f} USD metered in {meter.month}, {100 * share:.0f} %"
    if rung is Rung.ZERO:
        return BudgetVerdict(
            rung=rung, allows=Budget.ZERO, share=share, sentence=f"{text}: nobody works until it is raised"
        )
    if rates.worker_hour_usd is None:
        return BudgetVerdict(
            rung=max(rung, Rung.FREEZE, key=RUNGS.index),
            allows=Budget.FROZEN,
            share=None,
            sentence=f"a worker's hour has no price here, so what is spent is not known ({text}): no more workers",
        )
    allows = Budget.FROZEN if rung is Rung.FREEZE else Budget.NORMAL
    effect = ": no more workers" if allows is Budget.FROZEN else ""
    return BudgetVerdict(rung=rung, allows=allows, share=share, sentence=f"{text}{effect}")


def rungs_to_tell(meter: Meter, verdict: BudgetVerdict) -> tuple[Rung, ...]:
    """Return the rungs that were reached and that nobody was told of yet; note the last with `told`."""
    return RUNGS[RUNGS.index(meter.told) + 1 : RUNGS.index(verdict.rung) + 1]


def told(meter: Meter, rung: Rung) -> Meter:
    """Return the meter after somebody was told of a rung; no rung is told twice in a month."""
    return replace(meter, told=max(meter.told, rung, key=RUNGS.index))


def forecast_usd(spent_usd: float, since: datetime, now: datetime) -> float | None:
    """Return what the month ends with at the pace so far; None within the first hours, which tell nothing."""
    end = _next_month(now)
    counted_seconds = (now - since).total_seconds()
    if counted_seconds < LEAST_FORECAST_SECONDS:
        return None
    return spent_usd + spent_usd / counted_seconds * max((end - now).total_seconds(), 0.0)


LEAST_FORECAST_SECONDS = 6 * 3600.0


def month_start(now: datetime) -> datetime:
    """Return the first moment of a month, UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _next_month(now: datetime) -> datetime:
    start = month_start(now)
    return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


def _elapsed_seconds(looked_at: datetime | None, now: datetime) -> float:
    if looked_at is None:
        return 0.0
    return max((now - max(looked_at, month_start(now))).total_seconds(), 0.0)


def _rung(share: float) -> Rung:
    reached = [rung for least, rung in LADDER if share >= least]
    return reached[-1] if reached else Rung.BELOW
