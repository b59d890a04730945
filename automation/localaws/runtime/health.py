"""Health of tasks: GET /health on the task's port, on a thread of its own, by the rules of ECS health checks."""

import http.client
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

from automation.localaws.runtime.observed import HealthCheck

EAGER_SECONDS = 0.25
"""Between probes until the first success: the interval of the definition would make every start slow."""
EAGER_FOR_SECONDS = 10.0
LONGEST_INTERVAL_SECONDS = 5.0
PROBE_THREADS = 4

DEFAULT_CHECK = HealthCheck(interval_seconds=5, timeout_seconds=2, retries=3, start_period_seconds=0)
"""For tasks with a port and no health check: the front door must know who answers."""


class Health(StrEnum):
    """As ECS words it."""

    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is known of one task's health."""

    port: int
    """On the loopback."""
    check: HealthCheck
    """Rules."""
    since: float
    """When the task started."""
    next_probe: float
    """When to look again."""
    status: Health = Health.UNKNOWN
    """Verdict after retries."""
    is_answering: bool = False
    """The last probe succeeded."""
    was_healthy: bool = False
    """Some probe succeeded."""
    failures: int = 0
    """In a row, those that count."""

    def after_success(self, now: float, *, time_scale: float) -> Self:
        """Return the record after a good answer."""
        return replace(
            self,
            next_probe=now + self._pause(time_scale),
            status=Health.HEALTHY,
            is_answering=True,
            was_healthy=True,
            failures=0,
        )

    def after_failure(self, now: float, *, time_scale: float) -> Self:
        """Return the record after a bad answer or none."""
        grace = max(self.check.start_period_seconds, EAGER_FOR_SECONDS) * time_scale
        if not self.was_healthy and now - self.since < grace:
            return replace(self, next_probe=now + EAGER_SECONDS * time_scale, is_answering=False)
        failures = self.failures + 1
        status = Health.UNHEALTHY if failures >= self.check.retries else self.status
        return replace(
            self,
            next_probe=now + self._pause(time_scale),
            status=status,
            is_answering=False,
            failures=failures,
        )

    def _pause(self, time_scale: float) -> float:
        return min(self.check.interval_seconds, LONGEST_INTERVAL_SECONDS) * time_scale


class HealthMonitor:
    """Probes all watched tasks; reads are safe from any thread."""

    def __init__(self, *, time_scale: float, on_change: Callable[[], None]) -> None:
        self._time_scale = time_scale
        self._on_change = on_change
        self._lock = threading.Lock()
        self._records: dict[str, Record] = {}
        self._probing: set[str] = set()
        self._wake = threading.Event()
        self._is_stopping = False
        self._pool = ThreadPoolExecutor(PROBE_THREADS, thread_name_prefix="health")
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Begin to probe."""
        self._thread.start()

    def stop(self) -> None:
        """Stop probing."""
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def watch(self, arn: str, *, port: int, check: HealthCheck | None) -> None:
        """Begin to probe a task."""
        now = time.monotonic()
        with self._lock:
            self._records[arn] = Record(
                port=port, check=check or DEFAULT_CHECK, since=now, next_probe=now + EAGER_SECONDS
            )
        self._wake.set()

    def forget(self, arn: str) -> None:
        """Stop probing a task."""
        with self._lock:
            self._records.pop(arn, None)

    def read(self, arn: str) -> Record | None:
        """Return what is known of a task, None for one that is not watched."""
        with self._lock:
            return self._records.get(arn)

    def _run(self) -> None:
        while not self._is_stopping:
            self._wake.clear()
            now = time.monotonic()
            for arn, record in self._due(now):
                self._pool.submit(self._probe, arn, record)
            self._wake.wait(self._pause(now))

    def _due(self, now: float) -> list[tuple[str, Record]]:
        with self._lock:
            due = [
                (arn, record)
                for arn, record in self._records.items()
                if record.next_probe <= now and arn not in self._probing
            ]
            self._probing.update(arn for arn, _ in due)
            return due

    def _pause(self, now: float) -> float | None:
        with self._lock:
            waiting = [record.next_probe for arn, record in self._records.items() if arn not in self._probing]
        return max(0.02, min(waiting) - now) if waiting else None

    def _probe(self, arn: str, record: Record) -> None:
        is_good = answers_health(record.port, timeout_seconds=record.check.timeout_seconds)
        step = record.after_success if is_good else record.after_failure
        after = step(time.monotonic(), time_scale=self._time_scale)
        with self._lock:
            self._probing.discard(arn)
            if arn in self._records:
                self._records[arn] = after
        self._wake.set()
        if (after.status, after.is_answering) != (record.status, record.is_answering):
            self._on_change()


def answers_health(port: int, *, timeout_seconds: float) -> bool:
    """Tell whether GET /health on this port of the loopback answers 2xx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    else:
        return 200 <= status < 300
    finally:
        connection.close()
