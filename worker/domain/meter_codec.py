"""The meter as an item of the ledger: `meter`, one sort key a month."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from worker.domain import ledger_schema as schema
from worker.domain.budget import Meter, Rung


def encode_meter(meter: Meter) -> dict[str, Any]:
    """Return the item, in DynamoDB's own form."""
    item: dict[str, Any] = {
        schema.PARTITION_KEY: {"S": schema.METER_PARTITION},
        schema.SORT_KEY: {"S": meter.month},
        "spent_usd": {"N": f"{meter.spent_usd:.9f}"},
        "worker_seconds": {"N": f"{meter.worker_seconds:.3f}"},
        "unpriced_seconds": {"N": f"{meter.unpriced_seconds:.3f}"},
        "function_seconds": {"N": f"{meter.function_seconds:.3f}"},
        "told": {"S": meter.told.value},
        "workers": {"N": str(meter.workers)},
    }
    times = {"looked_at": meter.looked_at, "since": meter.since}
    return item | {name: {"S": moment.isoformat()} for name, moment in times.items() if moment is not None}


def decode_meter(item: Mapping[str, Any]) -> Meter:
    """Read an item; raises ValueError or KeyError where it is none."""
    return Meter(
        month=str(item[schema.SORT_KEY]["S"]),
        spent_usd=float(item["spent_usd"]["N"]),
        worker_seconds=float(item["worker_seconds"]["N"]),
        unpriced_seconds=float(item["unpriced_seconds"]["N"]),
        told=Rung(item["told"]["S"]),
        workers=int(item["workers"]["N"]),
        looked_at=_moment(item, "looked_at"),
        since=_moment(item, "since"),
        function_seconds=float(item["function_seconds"]["N"]) if "function_seconds" in item else 0.0,
    )


def _moment(item: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(item[name]["S"]) if name in item else None
