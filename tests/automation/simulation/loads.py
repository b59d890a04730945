"""Small loads for tests."""

from automation.simulation.machines import Platform
from automation.simulation.workload import Job, Workload

PUNCTUAL = Platform(start_seconds=120.0, start_sigma=0.0)
"""Machines that always take the same time."""


def load(*jobs: tuple[float, float], span_seconds: float = 7200.0) -> Workload:
    """Return a workload of (arrival, service) jobs."""
    return Workload(
        name="test",
        title="a test",
        jobs=[Job(arrival, service) for arrival, service in sorted(jobs)],
        span_seconds=span_seconds,
    )
