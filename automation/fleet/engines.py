"""What the fleet has learned of its engines: which serves which jobs, how they are, and how often the memory had the answer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs
from worker.domain import ledger_schema as schema
from worker.domain.exchange import Tally
from worker.domain.routing import CACHE_ARM, success_rates


@dataclass(frozen=True, kw_only=True)
class ArmView:
    """How an engine has fared with a class of jobs."""

    job_class: str
    """Language and size, such as python/small."""
    arm: str
    """Engine and model."""
    tried: int
    """Jobs that it had a turn at."""
    kept: int
    """Those of which something was kept."""
    expected_rate: float
    """What is expected of it, 0 to 1; towards a half where little is known."""
    seconds_each: float
    """What a turn took, on the average."""


@dataclass(frozen=True, kw_only=True)
class MemoryView:
    """How often the fleet had the answer to a class of jobs already."""

    job_class: str
    """Language and size."""
    asked: int
    """Jobs that looked."""
    hits: int
    """Those that found it."""


@dataclass(frozen=True, kw_only=True)
class HealthView:
    """How an engine is."""

    arm: str
    """Engine and model."""
    failures: int
    """In a row."""
    closed_for_seconds: float
    """For how long nobody asks it yet; 0 where it is asked."""


@dataclass(frozen=True, kw_only=True)
class EnginesView:
    """All of it."""

    arms: tuple[ArmView, ...]
    """By class, the best first."""
    memory: tuple[MemoryView, ...]
    """By class."""
    health: tuple[HealthView, ...]
    """Of those that ever failed."""


def engines(access: AwsAccess, outputs: StackOutputs) -> EnginesView:
    """Read what the workers have noted."""
    by_class: dict[str, list[Tally]] = {}
    for item in _items(access, outputs, schema.TALLIES_PARTITION):
        job_class, _, arm = item[schema.SORT_KEY]["S"].partition("#")
        by_class.setdefault(job_class, []).append(
            Tally(arm=arm, **{name: kind(item[name]["N"]) for name, kind in _NUMBERS.items()})
        )
    now = datetime.now(UTC).timestamp()
    return EnginesView(
        arms=tuple(view for name in sorted(by_class) for view in _arms(name, by_class[name])),
        memory=tuple(
            MemoryView(job_class=name, asked=tally.tried, hits=tally.kept)
            for name in sorted(by_class)
            for tally in by_class[name]
            if tally.arm == CACHE_ARM
        ),
        health=tuple(
            HealthView(
                arm=item[schema.SORT_KEY]["S"],
                failures=int(item["failures"]["N"]),
                closed_for_seconds=round(max(float(item["open_until"]["N"]) - now, 0.0), 1),
            )
            for item in _items(access, outputs, schema.ENGINES_PARTITION)
        ),
    )


_NUMBERS: dict[str, Any] = {"tried": int, "kept": int, "seconds": float}


def _arms(job_class: str, tallies: list[Tally]) -> list[ArmView]:
    rates = success_rates(tallies)
    views = [
        ArmView(
            job_class=job_class,
            arm=tally.arm,
            tried=tally.tried,
            kept=tally.kept,
            expected_rate=round(rates[tally.arm], 3),
            seconds_each=round(tally.seconds / max(tally.tried, 1), 2),
        )
        for tally in tallies
        if tally.arm != CACHE_ARM
    ]
    return sorted(views, key=lambda view: -view.expected_rate)


def _items(access: AwsAccess, outputs: StackOutputs, partition: str) -> list[dict[str, Any]]:
    pages = (
        access.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=outputs.ledger_table,
            KeyConditionExpression=f"{schema.PARTITION_KEY} = :partition",
            ExpressionAttributeValues={":partition": {"S": partition}},
        )
    )
    return [item for page in pages for item in page["Items"]]
