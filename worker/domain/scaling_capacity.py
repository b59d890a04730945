"""How much work the present workers can begin within the latency goal, and how many more it takes: pure arithmetic."""

import math
from dataclasses import dataclass

from worker.domain.scaling_history import Launch


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a worker works, and how soon a job should begin."""

    service_seconds: float
    """What a job takes."""
    start_seconds: float
    """From launch to the first receive."""
    horizon_seconds: float
    """Within this time everything that waits should have begun."""
    jobs_per_worker: int
    """Jobs at the same time within one worker."""

    @property
    def fresh_seconds(self) -> float:
        """Time that a worker launched now has left within the horizon; never less than one job."""
        return max(self.horizon_seconds - self.start_seconds, self.service_seconds, 1.0)

    def begun_within(self, seconds: float) -> float:
        """Return the job-seconds that one worker can begin within so much time: its last jobs need not end by then."""
        if seconds <= 0:
            return 0.0
        return self.jobs_per_worker * (seconds + self.service_seconds / 2)


def latest(launches: tuple[Launch, ...], count: int) -> tuple[Launch, ...]:
    """Return the launches of the last `count` workers: those that still start are taken for the latest."""
    kept: list[Launch] = []
    for launch in reversed(launches):
        taken = min(launch.count, count - sum(one.count for one in kept))
        if taken > 0:
            kept.append(Launch(at_seconds=launch.at_seconds, count=taken))
    return tuple(reversed(kept))


def starting_seconds(
    launches: tuple[Launch, ...], *, count: int, now_seconds: float, start_seconds: float
) -> list[float]:
    """Return how long each of `count` starting workers still takes; of whose launch nothing is known, a whole start."""
    left: list[float] = []
    for launch in latest(launches, count):
        left += [max(launch.at_seconds + start_seconds - now_seconds, 0.0)] * launch.count
    return left + [start_seconds] * (count - len(left))


def further_workers(work_seconds: float, *, running: int, starting: list[float], pace: Pace) -> float:
    """Return how many workers more it takes to begin this work in time: a fraction, 0 if none."""
    covered = running * pace.begun_within(pace.horizon_seconds)
    covered += sum(pace.begun_within(pace.horizon_seconds - left) for left in starting)
    return max(work_seconds - covered, 0.0) / pace.begun_within(pace.fresh_seconds)


def whole_workers(workers: float, *, tolerance: float) -> int:
    """Round up, but start nobody for less than `tolerance` of a worker's share; the first is always worth it."""
    if workers <= 0:
        return 0
    return max(math.ceil(workers - tolerance), 0)
