"""The production policy, as the controller asks it: straight at SQS, ECS and the roster; three looks a minute, one while the fleet sleeps."""

from dataclasses import replace

from automation.simulation.machines import Stops, Traits
from automation.simulation.world import Order, Sight, World
from worker.domain.closing import Ask
from worker.domain.closing_steps import Crew, step_towards
from worker.domain.looks import ASLEEP_SECONDS, pause_seconds
from worker.domain.scaling import Memory, Observation, Reason, ScalingPolicy

AGE_SECONDS = 10.0
"""What SQS and the roster say is up to so old."""
REPORT_SECONDS = 30.0
"""A worker reports to the roster so often, but for what it was asked, and protects itself once a job has run for so long."""
NOBODY = Ask()
GRACE_SECONDS = 90.0
"""Of our workers, within a stop timeout of 120 s."""


class OurScaler:
    """Asks `worker.domain.scaling.ScalingPolicy` and `worker.domain.closing_steps`, which run in production."""

    def __init__(
        self, policy: ScalingPolicy, *, stops: Stops = Stops.CLOSED, looks_on_submit: bool = True
    ) -> None:
        """`policy` is asked as it is; the rest is how the controller acts, as it does or as it did once."""
        self._policy = policy
        self._memory = Memory()
        self._ask = Ask()
        self.traits = Traits(
            stops=stops,
            grace_seconds=GRACE_SECONDS,
            report_seconds=REPORT_SECONDS,
            wakes_on_submit=True,
            looks_on_submit=looks_on_submit,
            first_desired=policy.minimum,
        )

    def look(self, world: World) -> Order:
        """Observe, decide, remember; fewer only by those that have closed."""
        last = self._memory.seen_at_seconds
        if last is not None and world.now - last > ASLEEP_SECONDS:
            # The looks that the simulation skipped while the fleet slept would have changed nothing but this.
            self._memory = replace(self._memory, seen_at_seconds=world.now - ASLEEP_SECONDS)
        seen = self._observe(world)
        decision = self._policy.decide(seen, self._memory)
        desired = self._step(world, decision.desired)
        self._memory = decision.memory
        if desired != decision.desired:
            self._memory = replace(decision.memory, decided=desired)
        if decision.reason is Reason.ASLEEP and not self._ask.is_open:
            return Order(desired, ASLEEP_SECONDS, is_asleep=True)
        idle_end = self._policy.idle_end_seconds(decision, seen)
        pause = pause_seconds(seen, is_asking=self._ask.is_open, idle_end_seconds=idle_end)
        return Order(desired, pause)

    def _step(self, world: World, wanted: int) -> int:
        if self.traits.stops is not Stops.CLOSED:
            return wanted
        fleet = world.fleet
        if wanted >= fleet.desired and self._ask == NOBODY:
            return wanted  # nobody is asked, nobody to be asked: the step would say the same, and read the roster first
        crew = Crew(now_seconds=world.now, desired=fleet.desired, present=fleet.live, workers=fleet.roster())
        step = step_towards(wanted, self._ask, crew)
        self._ask = step.ask
        fleet.ask(step.ask)
        return step.desired

    def _observe(self, world: World) -> Observation:
        sight = world.sight(world.random.uniform(0, AGE_SECONDS))
        starts = world.fleet.recent_starts[-10:]
        return Observation(
            now_seconds=world.now,
            visible=sight.visible,
            in_flight=sight.in_flight,
            desired=world.fleet.desired,
            running=sight.running,
            busy=self._busy(world, sight),
            service_seconds=world.mean_service_seconds,
            start_seconds=sum(starts) / len(starts) if starts else None,
        )

    def _busy(self, world: World, sight: Sight) -> int:
        """Count those that said so, and no fewer than the messages in flight keep busy, as the controller does."""
        if self.traits.stops is not Stops.CLOSED:
            return sight.busy
        return max(world.fleet.said_busy, min(sight.running, sight.in_flight))
