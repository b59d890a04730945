"""Scalers of others that ask the queue itself, with their documented defaults.

| peer | looks | wants | source |
|---|---|---|---|
| always-on | never | a fixed number | |
| KEDA aws-sqs | 0 <-> 1 every 30 s (pollingInterval), 1..N every 15 s (HPA sync) | ceil((visible + in flight) / queueLength), tolerance of the HPA 10 %; N -> 0 after 300 s (cooldownPeriod); down: highest wish of 300 s, then 100 % in 15 s | kedacore/keda pkg/scalers/aws_sqs_queue_scaler.go, keda-docs 2.18 scaledobject-spec; Kubernetes HPA v2 defaults |
| SkyPilot pool | every 20 s, every 5 s at zero | one more while more than one job waits for 300 s, one fewer while none does for 1200 s; busy workers are never stopped | skypilot 0.14.1 sky/serve/autoscalers.py, constants.py |
| Buildkite agent scaler | every 10 s | exactly waiting + running; a worker ends itself after 600 s without a job | buildkite-agent-scaler 49c4145 README; elastic CI stack ScaleInIdlePeriod |

Wherever the source names no maximum of a fleet, the simulated platform's holds.
"""

from collections import deque

from automation.simulation.machines import Stops, Traits
from automation.simulation.world import Order, World

DIRECT_AGE_SECONDS = 10.0
"""What SQS says is up to so old."""


class AlwaysOn:
    """A fixed number of workers."""

    def __init__(self, workers: int = 2) -> None:
        """`workers` run for ever."""
        self.traits = Traits(first_desired=workers)

    def look(self, world: World) -> Order:
        """Nothing to decide."""
        del world
        return Order(None, 86_400.0)


class Keda:
    """The aws-sqs scaler of KEDA, with the Horizontal Pod Autoscaler behind it."""

    POLLING_SECONDS = 30.0
    SYNC_SECONDS = 15.0
    COOLDOWN_SECONDS = 300.0
    STABILIZATION_SECONDS = 300.0
    TOLERANCE = 0.1
    PODS_A_SYNC = 4
    """The HPA adds four pods or doubles in 15 s, whichever is more."""

    def __init__(self, queue_length: int = 5, *, stops: Stops = Stops.ANY) -> None:
        """`queue_length` is the number of messages for one worker."""
        self.traits = Traits(stops=stops)
        self._queue_length = queue_length
        self._last_active = 0.0
        self._wishes: deque[tuple[float, int]] = deque()

    def look(self, world: World) -> Order:
        """Activate, or size, or deactivate."""
        sight = world.sight(world.random.uniform(0, DIRECT_AGE_SECONDS))
        length = sight.visible + sight.in_flight
        if length > 0:
            self._last_active = world.now
        desired = world.fleet.desired
        if desired == 0:
            return Order(1 if length else 0, self.SYNC_SECONDS if length else self.POLLING_SECONDS)
        if length == 0 and world.now - self._last_active >= self.COOLDOWN_SECONDS:
            self._wishes.clear()
            return Order(0, self.POLLING_SECONDS)
        return Order(self._sized(world.now, desired, length), self.SYNC_SECONDS)

    def _sized(self, now: float, desired: int, length: int) -> int:
        ratio = length / (self._queue_length * desired)
        wish = desired if abs(ratio - 1) <= self.TOLERANCE else -(-length // self._queue_length)
        wish = max(wish, 1)
        self._wishes.append((now, wish))
        while self._wishes[0][0] < now - self.STABILIZATION_SECONDS:
            self._wishes.popleft()
        if wish > desired:
            return min(wish, max(2 * desired, desired + self.PODS_A_SYNC))
        return min(max(one for _, one in self._wishes), desired)


class SkyPilotPool:
    """SkyPilot's queue-length autoscaler of pools."""

    DECISION_SECONDS = 20.0
    DECISION_AT_ZERO_SECONDS = 5.0
    THRESHOLD = 1
    UP_SECONDS = 300.0
    DOWN_SECONDS = 1200.0

    def __init__(self) -> None:
        """Begin with nobody."""
        self.traits = Traits(stops=Stops.PROTECTED)
        self._up_since: float | None = None
        self._down_since: float | None = None

    def look(self, world: World) -> Order:
        """Move by one once the same wish has held for long enough; from zero at once."""
        sight = world.sight(0)
        desired = world.fleet.desired
        if desired == 0:
            is_waiting = sight.visible > 0
            self._up_since = self._down_since = None
            return Order(
                1 if is_waiting else 0, self.DECISION_SECONDS if is_waiting else self.DECISION_AT_ZERO_SECONDS
            )
        self._up_since = _since(self._up_since, world.now, holds=sight.visible > self.THRESHOLD)
        self._down_since = _since(self._down_since, world.now, holds=sight.visible < self.THRESHOLD)
        if self._up_since is not None and world.now - self._up_since >= self.UP_SECONDS:
            self._up_since = None
            return Order(desired + 1, self.DECISION_SECONDS)
        if self._down_since is not None and world.now - self._down_since >= self.DOWN_SECONDS:
            self._down_since = None
            fewest = 0 if sight.visible == 0 else desired - 1
            return Order(max(fewest, sight.busy), self.DECISION_SECONDS)
        return Order(desired, self.DECISION_SECONDS)


class Buildkite:
    """The agent scaler: scales out to exactly what is needed; agents end themselves."""

    POLLING_SECONDS = 10.0
    IDLE_EXIT_SECONDS = 600.0

    def __init__(self) -> None:
        """Scale-in is switched off; the agents see to it."""
        self.traits = Traits(stops=Stops.PROTECTED, idle_exit_seconds=self.IDLE_EXIT_SECONDS)

    def look(self, world: World) -> Order:
        """As many as there are jobs, never fewer than there were."""
        sight = world.sight(0)
        needed = sight.visible + sight.in_flight
        return Order(max(needed, world.fleet.desired), self.POLLING_SECONDS)


def _since(moment: float | None, now: float, *, holds: bool) -> float | None:
    if not holds:
        return None
    return now if moment is None else moment
