"""What the controller's meter counted this month, where that leads to, and what the newest submissions cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from automation.cost.measured import BatchTimes
from automation.fleet.access import AwsAccess
from worker.domain import ledger_schema as schema
from worker.domain.budget import BudgetVerdict, Meter, Rates, forecast_usd, judge, month_of
from worker.domain.meter_codec import decode_meter
from worker.domain.scaling_terms import Budget

NOT_METERED = "the controller has not counted this month: what was spent is not known, which is not nothing"


@dataclass(frozen=True, kw_only=True)
class BatchCost:
    """What a submission cost: the workers' time for its jobs, each job's share of its worker."""

    batch_id: str
    """Its name."""
    submitted_at: str
    """ISO 8601, UTC."""
    jobs: int
    """Jobs that ended."""
    worker_seconds: float
    """Time of a worker: a job counts half where a worker does two at once."""
    usd: float | None
    """US dollars; None where a worker's hour has no price."""

    @property
    def job_usd(self) -> float | None:
        """What one job cost."""
        return self.usd / self.jobs if self.usd is not None and self.jobs else None


@dataclass(frozen=True, kw_only=True)
class Metered:
    """What a month has cost by our own count."""

    month: str
    """YYYY-MM."""
    meter: Meter | None
    """None: no controller has counted this month."""
    verdict: BudgetVerdict
    """What the budget says to it."""
    limit_usd: float
    """The budget."""
    rates: Rates
    """What the time costs."""
    forecast_usd: float | None
    """The month at the pace so far; None where nothing tells."""
    batches: tuple[BatchCost, ...]
    """The newest submissions."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        meter = self.meter
        return {
            "month": self.month,
            "is_known": meter is not None,
            "spent_usd": round(meter.spent_usd, 6) if meter else None,
            "worker_hours": round(meter.worker_seconds / 3600, 4) if meter else None,
            "unpriced_hours": round(meter.unpriced_seconds / 3600, 4) if meter else None,
            "since": meter.since.isoformat() if meter and meter.since else None,
            "worker_hour_usd": self.rates.worker_hour_usd,
            "forecast_usd": round(self.forecast_usd, 4) if self.forecast_usd is not None else None,
            "budget_usd": self.limit_usd,
            "rung": self.verdict.rung.value,
            "allows": self.verdict.allows.value,
            "sentence": self.verdict.sentence,
        }


def read_meter(access: AwsAccess, table: str, month: str) -> Meter | None:
    """Return what was counted in a month; None where nobody counted, or the item is none."""
    key = {schema.PARTITION_KEY: {"S": schema.METER_PARTITION}, schema.SORT_KEY: {"S": month}}
    item = access.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    try:
        return decode_meter(item) if item else None
    except (KeyError, ValueError):
        return None


def metered_month(
    meter: Meter | None, batches: Sequence[BatchCost], *, rates: Rates, limit_usd: float, now: datetime
) -> Metered:
    """Judge a month."""
    month = month_of(now)
    counted = meter or Meter(month=month)
    forecast = forecast_usd(meter.spent_usd, meter.since, now) if meter and meter.since else None
    verdict = judge(counted, limit_usd=limit_usd, rates=rates)
    if meter is None and verdict.allows is Budget.NORMAL:
        verdict = replace(verdict, share=None, sentence=NOT_METERED)
    return Metered(
        month=month,
        meter=meter,
        verdict=verdict,
        limit_usd=limit_usd,
        rates=rates,
        forecast_usd=forecast,
        batches=tuple(batches),
    )


def batch_cost(batch: BatchTimes, *, rates: Rates, concurrency: int) -> BatchCost:
    """Price a submission."""
    seconds = batch.times.seconds / max(concurrency, 1)
    hour = rates.worker_hour_usd
    return BatchCost(
        batch_id=batch.batch_id,
        submitted_at=batch.submitted_at,
        jobs=batch.times.jobs,
        worker_seconds=seconds,
        usd=None if hour is None else seconds / 3600.0 * hour,
    )
