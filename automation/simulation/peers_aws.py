"""Scalers that AWS offers, on CloudWatch's metrics: minutes old, and away for up to a quarter of an hour after a dormant queue.

| peer | metric | wants | source |
|---|---|---|---|
| CDK default | visible, maximum over 5 min | <= 0: -1, >= 100: +1, >= 500: +5; 1 to 2 tasks; besides, CPU at 50 % by target tracking | aws-cdk queue-processing-service-base.ts |
| CDK tuned | visible, maximum over 1 min | 0 for 5 min: -1 each minute; >= 1: +1, >= 10: +2, >= 50: +5; 0 to 10 tasks | ours: the steps one would set |
| target tracking | visible / tasks, each minute | target = goal / service time; out after 3, in after 15 minutes, cooldowns of 300 s; one alarm more wakes it from zero, which AWS's own set-up lacks | EC2 Auto Scaling guide (SQS), Application Auto Scaling; copilot-cli #3376 |

CloudWatch gets SQS's figures each minute and shows them `LAG_SECONDS` later; a queue that nobody touched for six hours is inactive.
"""

from automation.simulation.machines import Stops, Traits
from automation.simulation.world import Order, World

PERIOD_SECONDS = 60.0
LAG_SECONDS = 75.0
"""From the end of a period until an alarm has seen it."""


def _metric(world: World, *, seconds: float) -> int | None:
    """Return the most visible messages over the last whole periods; None while the queue counts as inactive."""
    if world.now < world.blind_until_seconds:
        return None
    end = (world.now - LAG_SECONDS) // PERIOD_SECONDS * PERIOD_SECONDS
    return world.most_visible(end - seconds, end)


class CdkDefault:
    """QueueProcessingFargateService as it comes."""

    EVALUATION_SECONDS = 300.0
    STEPS = ((500, 5), (100, 1))
    MINIMUM, MAXIMUM = 1, 2
    CPU_TARGET = 0.5
    OUT_SECONDS, IN_SECONDS = 180.0, 900.0
    COOLDOWN_SECONDS = 300.0

    def __init__(self) -> None:
        """Begin with the minimum."""
        self.traits = Traits(first_desired=self.MINIMUM)
        self._cooled_from = 0.0
        self._stepped_from = 0.0
        self._shares: dict[float, float] = {}

    def look(self, world: World) -> Order:
        """The steps by the queue, each time that five minutes are over; CPU each minute."""
        desired = world.fleet.desired
        wish = self._by_cpu(world, desired)
        if world.now - self._stepped_from >= self.EVALUATION_SECONDS:
            self._stepped_from = world.now
            wish = self._by_steps(world, desired, wish)
        return Order(min(max(wish, self.MINIMUM), self.MAXIMUM), PERIOD_SECONDS)

    def _by_steps(self, world: World, desired: int, wish: int) -> int:
        visible = _metric(world, seconds=self.EVALUATION_SECONDS)
        if visible is None:
            return wish
        if visible <= 0:
            return desired - 1 if wish == desired else wish
        return max(wish, desired + next((step for least, step in self.STEPS if visible >= least), 0))

    def _by_cpu(self, world: World, desired: int) -> int:
        """Target tracking on the share of time with a job: a job takes a whole worker's CPU."""
        if world.now - self._cooled_from < self.COOLDOWN_SECONDS:
            return desired
        end = world.now - PERIOD_SECONDS
        minutes = [self._share(world, end - PERIOD_SECONDS * n) for n in range(15)]
        if all(share > self.CPU_TARGET for share in minutes[: int(self.OUT_SECONDS // PERIOD_SECONDS)]):
            self._cooled_from = world.now
            return max(desired + 1, round(desired * minutes[0] / self.CPU_TARGET))
        if all(share < self.CPU_TARGET * 0.9 for share in minutes):
            self._cooled_from = world.now
            return desired - 1
        return desired

    def _share(self, world: World, end: float) -> float:
        """Return the busy share of the minute before a moment that has passed: it stays what it was."""
        if end not in self._shares:
            self._shares[end] = world.busy_share(end - PERIOD_SECONDS, end)
        return self._shares[end]


class CdkTuned:
    """Step scaling as one would set it by hand: from 0 to 10, each minute."""

    STEPS = ((50, 5), (10, 2), (1, 1))
    EMPTY_SECONDS = 300.0

    def __init__(self, *, stops: Stops = Stops.ANY) -> None:
        """`stops` tells whether tasks with a job are protected; CDK doesn't wire that."""
        self.traits = Traits(stops=stops)

    def look(self, world: World) -> Order:
        """An alarm's actions repeat each minute while it lasts."""
        desired = world.fleet.desired
        visible = _metric(world, seconds=PERIOD_SECONDS)
        if visible is None:
            return Order(None, PERIOD_SECONDS)
        if visible > 0:
            step = next(step for least, step in self.STEPS if visible >= least)
            return Order(desired + step, PERIOD_SECONDS)
        is_empty = _metric(world, seconds=self.EMPTY_SECONDS) == 0
        return Order(max(desired - 1, 0) if is_empty else desired, PERIOD_SECONDS)


class TargetTracking:
    """Backlog per task, as the guide of EC2 Auto Scaling describes it."""

    OUT_POINTS, IN_POINTS = 3, 15
    COOLDOWN_SECONDS = 300.0
    SCALE_IN_SHARE = 0.9
    """Scale-in waits until the metric is clearly below the target."""

    def __init__(self, slo_seconds: float = 300.0, service_seconds: float = 45.0) -> None:
        """The target is how many jobs one task can have before it and still be in time."""
        self.traits = Traits()
        self._target = slo_seconds / service_seconds
        self._points: list[float] = []
        self._cooled_from = -self.COOLDOWN_SECONDS

    def look(self, world: World) -> Order:
        """One point a minute; as many as agree move the number in proportion."""
        desired = world.fleet.desired
        visible = _metric(world, seconds=PERIOD_SECONDS)
        if visible is None:
            self._points.clear()
            return Order(None, PERIOD_SECONDS)
        if desired == 0:
            self._points.clear()
            return Order(1 if visible else 0, PERIOD_SECONDS)
        self._points = [*self._points[-self.IN_POINTS + 1 :], visible / desired]
        if world.now - self._cooled_from < self.COOLDOWN_SECONDS:
            return Order(desired, PERIOD_SECONDS)
        wish = self._wish(desired)
        if wish != desired:
            self._cooled_from = world.now
        return Order(wish, PERIOD_SECONDS)

    def _wish(self, desired: int) -> int:
        latest = self._points[-1]
        if len(self._points) >= self.OUT_POINTS and all(
            point > self._target for point in self._points[-self.OUT_POINTS :]
        ):
            return -(-int(desired * latest * 1000) // int(self._target * 1000))
        if len(self._points) >= self.IN_POINTS and all(
            point < self._target * self.SCALE_IN_SHARE for point in self._points
        ):
            return -(-int(desired * latest * 1000) // int(self._target * 1000))
        return desired
