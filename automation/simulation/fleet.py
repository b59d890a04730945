"""A simulated fleet: launches, stops, drains, and loses machines as ECS, Kubernetes and spot capacity do."""

from collections.abc import Callable
from functools import partial
from math import log
from random import Random

from automation.simulation.agenda import Agenda
from automation.simulation.crew import Crew
from automation.simulation.machines import Machine, Meter, Platform, State, Stops, Traits
from worker.domain.closing import Ask
from worker.domain.fleet_control import WorkerSeen

ORDER_SECONDS = 5.0
"""From a lower number to the signal: the platform, or the worker that is asked, needs so long."""
STOP_SECONDS = 10.0
"""From the signal to the end of an idle worker; it is paid for."""


class Fleet:
    """Machines of one simulation."""

    def __init__(self, agenda: Agenda, platform: Platform, traits: Traits, random: Random) -> None:
        """Begin with what the scaler's stack is deployed with."""
        self.desired = 0
        self.meter = Meter()
        self.recent_starts: list[float] = []
        self.on_idle: Callable[[Machine], None] = lambda _machine: None
        self.on_lost: Callable[[int], None] = lambda _job: None
        self._agenda = agenda
        self._platform = platform
        self._traits = traits
        self._random = random
        self._machines: dict[Machine, None] = {}
        self._at_work: tuple[int, int] | None = None
        """Counted once until some machine becomes another."""
        self._crew = Crew(agenda, traits, random)
        self._crew.on_open = self._receive
        self.order(traits.first_desired)

    def at_work(self) -> tuple[int, int]:
        """Count the machines that run, and those of them with a job; the leaving ones are in neither."""
        if self._at_work is None:
            states = [one.state for one in self._machines if not one.is_leaving]
            busy = states.count(State.BUSY)
            self._at_work = (busy + states.count(State.IDLE), busy)
        return self._at_work

    def of(self, state: State) -> list[Machine]:
        """Return the machines in a state that are not leaving."""
        return [one for one in self._machines if one.state is state and not one.is_leaving]

    @property
    def live(self) -> int:
        """Machines that count for the platform."""
        return sum(1 for one in self._machines if not one.is_leaving)

    @property
    def paid(self) -> int:
        """Machines that are paid for: the leaving ones, too."""
        return len(self._machines)

    def order(self, desired: int) -> None:
        """Set the desired number, within the platform's maximum."""
        desired = min(max(desired, 0), self._platform.maximum)
        is_lower = desired < self.desired
        self.desired = desired
        if not is_lower:
            self._fill()
        elif self._traits.stops is Stops.CLOSED:
            self._agenda.after(ORDER_SECONDS, self._stop_closed)
        else:
            kept = self._known_busy() if self._traits.stops is Stops.PROTECTED else set()
            self._agenda.after(ORDER_SECONDS, lambda: self._stop_surplus(kept))

    def ask(self, ask: Ask) -> None:
        """Let the workers know what is asked of them."""
        self._crew.ask(ask, self._machines)

    def roster(self) -> list[WorkerSeen]:
        """Return what the workers said of themselves."""
        return self._crew.roster(self._machines)

    @property
    def said_busy(self) -> int:
        """How many of the roster said that they have a job, and are not leaving."""
        return sum(
            one.reported_seconds is not None and one.reported_busy and not one.is_leaving
            for one in self._machines
        )

    def takers(self) -> list[Machine]:
        """Return the idle machines to which a job can come."""
        idle = self.of(State.IDLE)
        return [one for one in idle if self._crew.may_take(one)] if self._can_be_asked else idle

    def begin(self, machine: Machine, job: int, seconds: float) -> None:
        """Let a machine work; who works here calls `finish` after that time."""
        machine.state, machine.job, machine.began_seconds = State.BUSY, job, self._agenda.now
        machine.ends_seconds = self._agenda.now + seconds
        machine.epoch += 1
        self._at_work = None
        self._crew.took(machine)

    def finish(self, machine: Machine) -> None:
        """A machine has done its job."""
        machine.job = -1
        machine.epoch += 1
        if machine.is_leaving:
            self._end(machine)
        else:
            self._idle(machine)

    def interrupt_half(self) -> None:
        """The platform takes back half of the machines, rounded up, and starts others in their place."""
        present = [one for one in self._machines if not one.is_leaving]
        for machine in self._random.sample(present, -(-len(present) // 2)):
            self._signal(machine, is_interruption=True)
        self._fill()

    def close_books(self) -> None:
        """Bill what still runs at the end."""
        for machine in self._machines:
            self.meter.bill(machine, self._agenda.now)

    def _fill(self) -> None:
        for _ in range(self.desired - self.live):
            self.meter.launches += 1
            machine = Machine(self._agenda.now, name=f"w{self.meter.launches}")
            self._machines[machine] = None
            sigma = self._platform.start_sigma
            seconds = self._random.lognormvariate(log(self._platform.start_seconds) - sigma**2 / 2, sigma)
            self._agenda.after(seconds, partial(self._ready, machine))

    @property
    def _can_be_asked(self) -> bool:
        return self._traits.stops is Stops.CLOSED

    def _ready(self, machine: Machine) -> None:
        if machine.state is not State.STARTING:
            return
        self.recent_starts.append(self._agenda.now - machine.launched_seconds)
        if self._can_be_asked:
            machine.state = State.IDLE
            self._at_work = None
            self._crew.enlist(machine)
        else:
            self._idle(machine)

    def _receive(self, machine: Machine) -> None:
        if machine.state is State.IDLE and self._crew.may_take(machine):
            self.on_idle(machine)

    def _idle(self, machine: Machine) -> None:
        machine.state = State.IDLE
        machine.epoch += 1
        self._at_work = None
        if self._can_be_asked:
            self._crew.rests(machine)
            self._receive(machine)
        else:
            self.on_idle(machine)
        if machine.state is State.IDLE and self._traits.idle_exit_seconds is not None:
            epoch = machine.epoch
            self._agenda.after(self._traits.idle_exit_seconds, lambda: self._exit(machine, epoch))

    def _exit(self, machine: Machine, epoch: int) -> None:
        if machine.epoch == epoch and machine.state is State.IDLE and not machine.is_leaving:
            self.desired -= 1
            self._signal(machine)

    def _stop_closed(self) -> None:
        """Those who work are protected: what the platform can choose starts or has closed."""
        closed = [one for one in self._shuffled(State.IDLE) if one.answer is not None]
        for machine in (self.of(State.STARTING) + closed)[: max(self.live - self.desired, 0)]:
            self._signal(machine)
        if self.live > self.desired:
            self._agenda.after(ORDER_SECONDS, self._stop_closed)

    def _stop_surplus(self, kept: set[Machine]) -> None:
        fewer = self.live - self.desired
        others = [one for one in self._shuffled(State.IDLE, State.BUSY) if one not in kept]
        for machine in (self.of(State.STARTING) + others)[: max(fewer, 0)]:
            self._signal(machine)

    def _known_busy(self) -> set[Machine]:
        """Return who is known to have a job: by its last report, or since it has had it for long."""
        latest = self._traits.report_seconds
        return {
            one
            for one in self.of(State.BUSY)
            if self._agenda.now - one.began_seconds >= self._random.uniform(0, latest)
        }

    def _shuffled(self, *states: State) -> list[Machine]:
        chosen = [one for one in self._machines if one.state in states and not one.is_leaving]
        self._random.shuffle(chosen)
        return chosen

    def _signal(self, machine: Machine, *, is_interruption: bool = False) -> None:
        """SIGTERM: stop receiving; finish what fits in the grace; give back what does not."""
        machine.is_leaving = True
        self._at_work = None
        if machine.state is State.STARTING:
            self._end(machine)
        elif machine.state is State.IDLE:
            self._agenda.after(STOP_SECONDS, lambda: self._end(machine))
        elif machine.ends_seconds - self._agenda.now > self._traits.grace_seconds:
            self._agenda.after(
                self._traits.grace_seconds, lambda: self._give_up(machine, is_interruption=is_interruption)
            )

    def _give_up(self, machine: Machine, *, is_interruption: bool) -> None:
        if is_interruption:
            self.meter.interrupted += 1
        else:
            self.meter.killed += 1
        job = machine.job
        self._end(machine)
        self.on_lost(job)

    def _end(self, machine: Machine) -> None:
        if machine.state is not State.GONE:
            machine.state = State.GONE
            machine.epoch += 1
            del self._machines[machine]
            self.meter.bill(machine, self._agenda.now)
