"""What is to be done, and when: a workload is a list of jobs, and what happens to machines meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

DAY_SECONDS = 86_400.0
HOUR_SECONDS = 3_600.0
RETRY_SECONDS = 30.0
"""Wait before a failed job is tried again."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job."""

    arrival_seconds: float
    """When it is handed in, from the start of the simulation."""
    service_seconds: float
    """What one attempt takes on one worker."""
    attempts: int = 1
    """Attempts until it ends; poison takes several."""

    @property
    def shortest_seconds(self) -> float:
        """From its first receive to its end at the least."""
        return self.service_seconds * self.attempts + RETRY_SECONDS * (self.attempts - 1)


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Jobs over a span of time."""

    name: str
    """W1 to W9, or the trace."""
    title: str
    """What it is like."""
    jobs: Sequence[Job]
    """In the order of arrival."""
    span_seconds: float
    """Time that is paid for; longer where work is left."""
    interruptions_seconds: Sequence[float] = ()
    """Moments at which the platform takes back half of the machines, with two minutes' notice."""
    follow_seconds: float | None = None
    """If set, each job is handed in so long after the one before it ended: an adversary who watches the fleet."""

    @property
    def work_seconds(self) -> float:
        """Time that one worker would need, without any start."""
        return sum(job.service_seconds * job.attempts for job in self.jobs)


def seeded(name: str) -> Random:
    """Return a source of chance that is the same wherever and whenever it is asked for by this name."""
    return Random(name)  # noqa: S311 - a simulation is to be repeated, not kept secret
