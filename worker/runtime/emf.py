"""Counters as CloudWatch metrics, by log lines in the embedded metric format.

CloudWatch Logs turns such lines into metrics by itself; there is no API call, no agent and no permission. Each line holds
what was counted since the one before. CloudWatch bills custom metrics by name and dimensions, so there are few of both.
Source of the form: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from worker.domain.settings import WorkerSettings
from worker.ports import Clock
from worker.runtime.telemetry import Counters


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric on CloudWatch, and the counter that it is made of."""

    name: str
    """Name on CloudWatch."""
    unit: str
    """CloudWatch's word for its unit."""
    counter: str
    """Counter of this process."""
    labels: Mapping[str, str]
    """Only series with these labels count; empty counts all."""


METRICS = (
    Metric(name="JobsSucceeded", unit="Count", counter="attempts", labels={"end": "proved"}),
    Metric(name="AttemptsEnded", unit="Count", counter="attempts", labels={}),
    Metric(name="AttemptsTimedOut", unit="Count", counter="attempts", labels={"end": "timed_out"}),
    Metric(name="AttemptsCrashed", unit="Count", counter="attempts", labels={"end": "crashed"}),
    Metric(name="AttemptSeconds", unit="Seconds", counter="attempt_seconds", labels={}),
    Metric(name="DeadLettered", unit="Count", counter="dead_lettered", labels={}),
    Metric(name="EngineFallbacks", unit="Count", counter="fallbacks", labels={}),
    Metric(name="CacheHits", unit="Count", counter="cache", labels={"answer": "hit"}),
)
"""All that is published; each costs its monthly price for every stack."""

INTERVAL_SECONDS = 60.0
"""CloudWatch's own resolution."""


class EmfReporter:
    """Writes a line a minute, where anything was counted."""

    def __init__(self, *, stream: TextIO, clock: Clock, counters: Counters, settings: WorkerSettings) -> None:
        """Report these counters under the namespace of the settings."""
        self._stream = stream
        self._clock = clock
        self._counters = counters
        self._namespace = settings.metrics_namespace
        self._dimensions = {"Environment": settings.environment}
        self._told: dict[str, float] = {}

    async def run(self) -> None:
        """Report until cancelled, and once more then."""
        try:
            while True:
                await self._clock.sleep(INTERVAL_SECONDS)
                self.report()
        except asyncio.CancelledError:
            self.report()
            raise

    def report(self) -> None:
        """Write what was counted since the last line; nothing where nothing was."""
        totals = {metric.name: self._counters.total(metric.counter, **metric.labels) for metric in METRICS}
        news = {name: round(total - self._told.get(name, 0.0), 6) for name, total in totals.items()}
        self._told = totals
        if not any(news.values()):
            return
        line = {
            "_aws": {
                "Timestamp": int(self._clock.now().timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": self._namespace,
                        "Dimensions": [list(self._dimensions)],
                        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in METRICS],
                    }
                ],
            },
            **self._dimensions,
            **news,
        }
        with suppress(OSError):  # as with logs: what nobody reads must not stop the work
            self._stream.write(json.dumps(line) + "\n")
            self._stream.flush()
