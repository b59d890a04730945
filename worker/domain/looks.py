"""When the controller looks again. Pure."""

from worker.domain.scaling_terms import Observation

LOOK_SECONDS = 20.0
"""Between two looks at a fleet that runs."""
LAST_JOBS_SECONDS = 5.0
"""The same while nothing waits: whose job ends now is not needed any more."""
ASKING_SECONDS = 5.0
"""While workers are asked to close: each second until the number is lowered is paid for."""
ASLEEP_SECONDS = 60.0
"""Between two looks at a fleet that sleeps: a submission wakes it by itself."""
SOONEST_SECONDS = 1.0
SUBMITTED = {"source": "submission"}
"""The event of a look that somebody asks for who handed in work: it tells it from those of the schedule."""


def pause_seconds(seen: Observation, *, is_asking: bool, idle_end_seconds: float | None) -> float:
    """Return how long to wait before the next look at a fleet that runs: an idle timer's end is not waited beyond."""
    if is_asking:
        return ASKING_SECONDS
    if idle_end_seconds is not None:
        return min(max(idle_end_seconds - seen.now_seconds, SOONEST_SECONDS), LOOK_SECONDS)
    return LAST_JOBS_SECONDS if seen.visible == 0 and seen.in_flight else LOOK_SECONDS
