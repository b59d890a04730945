"""One simulation: a queue, a fleet, and a scaler that looks at both with the age that its source of figures has."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from random import Random
from typing import NamedTuple, Protocol

from automation.simulation.agenda import Agenda
from automation.simulation.fleet import Fleet
from automation.simulation.machines import Machine, Meter, Platform, Traits
from automation.simulation.workload import RETRY_SECONDS, Workload

DORMANT_AFTER_SECONDS = 6 * 3600.0
"""CloudWatch takes a queue that nobody touched for so long for inactive."""
BLIND_AT_MOST_SECONDS = 900.0
"""Once an inactive queue is touched again its metrics stay away for up to so long."""
PROMPT_SECONDS = 3.0
"""From a submission to the look that it asks for; those that come meanwhile need no other."""
RUN_SECONDS = 50.0
"""Who looks since a submission woke the fleet looks on for so long: until then the schedule's own turn has come."""
MOST_LOSSES = 10
"""A queue gives up a message that was received so often without an end."""
RECENT = 30
"""Jobs and starts that a mean is taken of."""
SLEEP_SECONDS = 300.0
"""An empty fleet without work is taken to sleep after so long."""
LONGEST_TAIL_SECONDS = 3600.0
"""So long a fleet is watched after its last job."""


class Sight(NamedTuple):
    """Queue and fleet at one moment."""

    visible: int
    in_flight: int
    running: int
    busy: int


@dataclass(frozen=True, slots=True)
class Order:
    """What a scaler wants."""

    desired: int | None
    """Number to set; None leaves it."""
    next_in_seconds: float
    """When it looks again."""
    is_asleep: bool = False
    """Nobody works, and nobody looks on: a look that a submission asks for goes on looking, as one among others does not."""


class Scaler(Protocol):
    """Looks at a world from time to time and says how many workers there should be."""

    @property
    def traits(self) -> Traits:
        """How it acts."""

    def look(self, world: "World") -> Order:
        """Decide."""


class World:
    """One simulation of one workload under one scaler."""

    def __init__(self, workload: Workload, scaler: Scaler, platform: Platform, random: Random) -> None:
        """Nothing runs yet; see `run`."""
        self.agenda = Agenda()
        self.fleet = Fleet(self.agenda, platform, scaler.traits, random)
        self.fleet.on_idle = self._offer
        self.fleet.on_lost = self._lose
        self.random = random
        self.platform = platform
        self.blind_until_seconds = 0.0
        self._workload = workload
        self._scaler = scaler
        self._jobs = list(workload.jobs)
        self._arrivals = [job.arrival_seconds for job in self._jobs]
        self._tries = [job.attempts for job in self._jobs]
        self._losses = [0] * len(self._jobs)
        self._queue: deque[int] = deque()
        self._in_flight = 0
        self._arrived = 0
        self._services: deque[float] = deque(maxlen=RECENT)
        self._mean_service: float | None = None
        self._moments: list[float] = []
        self._sights: list[Sight] = []
        self._seen: tuple[int, ...] = ()
        self._idle_since: float | None = None
        self._touched = 0.0
        self._look_period: float | None = None
        self._looked = 0.0
        self._is_look_near = False
        self._has_slept = False

    @property
    def meter(self) -> Meter:
        """What was counted."""
        return self.fleet.meter

    @property
    def now(self) -> float:
        """The clock."""
        return self.agenda.now

    def run(self) -> Meter:
        """Simulate until the work is done, the span is over and the fleet had time to go to sleep."""
        for moment in self._workload.interruptions_seconds:
            self.agenda.at(moment, self.fleet.interrupt_half)
        self._expect_next_arrival()
        self._look()
        while len(self.meter.waits) < len(self._jobs) and self.agenda.step():
            self._record()
        end = max(self._workload.span_seconds, self.now + LONGEST_TAIL_SECONDS)
        while self.agenda.next_moment <= end and self.agenda.step():
            self._record()
        self.agenda.now = end
        self._record()
        self.fleet.close_books()
        return self.meter

    def sight(self, age_seconds: float) -> Sight:
        """Return what was there so long ago."""
        index = bisect_right(self._moments, self.now - age_seconds) - 1
        return self._sights[index] if index >= 0 else Sight(0, 0, 0, 0)

    def most_visible(self, begin: float, end: float) -> int:
        """Return the most jobs that waited at any time between two moments."""
        first = max(bisect_right(self._moments, begin) - 1, 0)
        last = bisect_right(self._moments, end)
        return max((one.visible for one in self._sights[first:last]), default=0)

    def busy_share(self, begin: float, end: float) -> float:
        """Return which part of the running workers' time between two moments went into jobs."""
        index = max(bisect_right(self._moments, begin) - 1, 0)
        busy = running = 0.0
        moment = begin
        while moment < end and index < len(self._sights):
            until = self._moments[index + 1] if index + 1 < len(self._moments) else end
            span = max(min(until, end) - moment, 0.0)
            busy += self._sights[index].busy * span
            running += self._sights[index].running * span
            moment, index = max(until, moment), index + 1
        return busy / running if running else 0.0

    @property
    def mean_service_seconds(self) -> float | None:
        """Mean time of recent jobs; None before the first has ended."""
        return self._mean_service

    def _expect_next_arrival(self) -> None:
        if self._arrived < len(self._jobs) and self._workload.follow_seconds is None:
            self.agenda.at(self._arrivals[self._arrived], self._arrive)
        elif self._arrived < len(self._jobs):
            pause = self._workload.follow_seconds if self._arrived else 0.0
            self.agenda.after(pause or 0.0, self._arrive)

    def _arrive(self) -> None:
        if self.now - self._touched > DORMANT_AFTER_SECONDS and not self.fleet.paid:
            self.blind_until_seconds = self.now + self.random.uniform(0, BLIND_AT_MOST_SECONDS)
        self._touched = self.now
        self._arrivals[self._arrived] = self.now
        self._queue.append(self._arrived)
        self._arrived += 1
        if self._scaler.traits.wakes_on_submit and self.fleet.desired == 0:
            self.fleet.order(1)
        self._look_soon()
        if self._look_period is not None:
            skipped = -(-(self.now - self._looked) // self._look_period)
            turn = self._looked + skipped * self._look_period
            self.agenda.at(turn, self._look)
            self._look_period = None
        idle = self.fleet.takers()
        if idle:
            self._offer(self.random.choice(idle))
        if self._workload.follow_seconds is None:
            self._expect_next_arrival()

    def _offer(self, machine: Machine) -> None:
        """An idle worker receives."""
        if not self._queue:
            return
        job = self._queue.popleft()
        self._in_flight += 1
        seconds = self._jobs[job].service_seconds
        self.fleet.begin(machine, job, seconds)
        epoch = machine.epoch
        self.agenda.after(seconds, lambda: self._done(machine, epoch))

    def _done(self, machine: Machine, epoch: int) -> None:
        if machine.epoch != epoch:
            return
        job = machine.job
        self._services.append(self._jobs[job].service_seconds)
        self._mean_service = sum(self._services) / len(self._services)
        self._tries[job] -= 1
        if self._tries[job] > 0:
            self.agenda.after(RETRY_SECONDS, lambda: self._take_back(job))
        else:
            self._in_flight -= 1
            self._count(job)
        self.fleet.finish(machine)

    def _count(self, job: int) -> None:
        one = self._jobs[job]
        self.meter.waits.append(self.now - self._arrivals[job] - one.shortest_seconds)
        if self._losses[job] < MOST_LOSSES:
            self.meter.work_seconds += one.service_seconds * one.attempts
        if self._workload.follow_seconds is not None:
            self._expect_next_arrival()

    def _lose(self, job: int) -> None:
        """The work on a job is lost: a scaler that stops busy workers may never let a long job end."""
        self._losses[job] += 1
        if self._losses[job] < MOST_LOSSES:
            self._take_back(job)
            return
        self._in_flight -= 1
        self.meter.dead_lettered += 1
        self._count(job)

    def _take_back(self, job: int) -> None:
        """A job is visible again."""
        self._in_flight -= 1
        self._queue.appendleft(job)
        idle = self.fleet.takers()
        if idle:
            self._offer(self.random.choice(idle))

    def _look_soon(self) -> None:
        """Who hands in work has the scaler look at once, besides its own looks."""
        if self._scaler.traits.looks_on_submit and not self._is_look_near:
            self._is_look_near = True
            self.agenda.after(PROMPT_SECONDS, self._extra_look)

    def _extra_look(self) -> None:
        self._is_look_near = False
        has_slept = self._has_slept
        order = self._scaler.look(self)
        self._follow(order)
        if has_slept:
            self._look_on(order, self.now + RUN_SECONDS)

    def _look_on(self, order: Order, end: float) -> None:
        if order.is_asleep or self.now + order.next_in_seconds > end:
            return

        def look() -> None:
            following = self._scaler.look(self)
            self._follow(following)
            self._look_on(following, end)

        self.agenda.after(order.next_in_seconds, look)

    def _follow(self, order: Order) -> None:
        self._looked = self.now
        self._has_slept = order.is_asleep
        if order.desired is not None and order.desired != self.fleet.desired:
            self.fleet.order(order.desired)

    def _look(self) -> None:
        order = self._scaler.look(self)
        self._follow(order)
        if self._is_asleep():
            self._look_period = order.next_in_seconds
        else:
            self.agenda.after(order.next_in_seconds, self._look)

    def _is_asleep(self) -> bool:
        """Tell whether no look can see anything until the next job comes: those looks are skipped."""
        quiet_since = self._moments[-1] if self._moments else 0.0
        is_empty = not self._queue and not self._in_flight and not self.fleet.desired and not self.fleet.paid
        return is_empty and self.now - quiet_since > SLEEP_SECONDS

    def _record(self) -> None:
        """Most events change nothing that can be seen: those cost as little as may be."""
        now = self.agenda.now
        seen = (len(self._queue), self._in_flight, *self.fleet.at_work())
        if seen != self._seen:
            self._seen = seen
            self._moments.append(now)
            self._sights.append(Sight(*seen))
        has_work = bool(self._queue or self._in_flight)
        is_paid = self.fleet.paid > 0
        if has_work or is_paid:
            self._touched = now
        self._time_idleness(now, is_idle=is_paid and not has_work)

    def _time_idleness(self, now: float, *, is_idle: bool) -> None:
        if self._idle_since is not None:
            meter = self.fleet.meter
            meter.longest_idle_tail_seconds = max(meter.longest_idle_tail_seconds, now - self._idle_since)
        if not is_idle:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
