"""Workers that can be asked to close, as the worker does it: they report, read what is asked, end their receives, answer, and open again.

What the controller's roster says of them is as old as their last report: half a minute, but for what they were asked.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from random import Random

from automation.simulation.agenda import Agenda
from automation.simulation.machines import Machine, State, Traits
from worker.domain.closing import Ask
from worker.domain.fleet_control import WorkerSeen

SHORT_POLL_SECONDS, LONG_POLL_SECONDS = 3.0, 20.0
"""Of a worker that had its last job within a minute, and of another."""
JUST_NOW_SECONDS = 60.0
LANES = 3
"""Each has a receive under way while a worker is idle; jobs come by one of them here."""


class Crew:
    """What one ask after another does to the machines of a fleet."""

    def __init__(self, agenda: Agenda, traits: Traits, random: Random) -> None:
        """Nothing is asked."""
        self.on_open: Callable[[Machine], None] = lambda _machine: None
        self._agenda = agenda
        self._traits = traits
        self._random = random
        self._ask = Ask()

    def enlist(self, machine: Machine) -> None:
        """A machine has started: it reports, reads, and receives unless it is asked not to."""
        machine.idle_since_seconds = self._agenda.now
        self._renew(machine)
        self._read(machine)

    def ask(self, ask: Ask, machines: Iterable[Machine]) -> None:
        """Let the machines read it, each within the time between two of its looks."""
        if ask == self._ask:
            return
        self._ask = ask
        for machine in machines:
            if _is_here(machine):
                self._soon(partial(self._read, machine))

    def took(self, machine: Machine) -> None:
        """A machine has a job; where it was asked not to take one the controller hears of it."""
        if machine.asked is not None:
            self._soon(partial(self._answer, machine))

    def rests(self, machine: Machine) -> None:
        """A machine has done its job; where it is asked it begins no receive."""
        machine.idle_since_seconds = self._agenda.now
        if machine.asked is not None:
            machine.receives_until_seconds = self._agenda.now
            self._soon(partial(self._answer, machine))

    def may_take(self, machine: Machine) -> bool:
        """Tell whether a job can come to it: a receive is under way, or will be."""
        if machine.asked is None:
            return not machine.is_new
        return self._agenda.now < machine.receives_until_seconds

    def roster(self, machines: Iterable[Machine]) -> list[WorkerSeen]:
        """Return what the controller reads."""
        return [
            WorkerSeen(
                task_arn=machine.name,
                worker_id=machine.name,
                started_at=datetime.fromtimestamp(machine.launched_seconds, UTC),
                seen_at=datetime.fromtimestamp(machine.reported_seconds, UTC),
                running=int(machine.reported_busy),
                is_draining=machine.is_leaving,
                closed_for=machine.reported_answer,
            )
            for machine in machines
            if machine.reported_seconds is not None
        ]

    def _soon(self, action: Callable[[], None]) -> None:
        self._agenda.after(self._random.uniform(0, self._traits.ask_seconds), action)

    def _read(self, machine: Machine) -> None:
        if not _is_here(machine):
            return
        number = self._ask.number_for(machine.name, is_new=machine.is_new)
        if number is None:
            was_closed = machine.asked is not None or machine.is_new
            machine.asked = machine.answer = None
            machine.is_new = False
            if was_closed:
                self._report(machine)
                self.on_open(machine)
            return
        if machine.asked is None and not machine.is_new and machine.state is State.IDLE:
            self._end_receives(machine)
        machine.asked = number
        self._answer(machine)

    def _end_receives(self, machine: Machine) -> None:
        """Those under way end when their time is over, each at another moment."""
        now = self._agenda.now
        is_fresh = now - machine.idle_since_seconds < JUST_NOW_SECONDS
        longest = SHORT_POLL_SECONDS if is_fresh else LONG_POLL_SECONDS
        ends = [now + self._random.uniform(0, longest) for _ in range(LANES)]
        machine.receives_until_seconds, machine.polls_until_seconds = ends[0], max(ends)
        delay = max(ends) - now + self._random.uniform(0, self._traits.ask_seconds)
        self._agenda.after(delay, partial(self._answer, machine))

    def _answer(self, machine: Machine) -> None:
        if machine.asked is None or not _is_here(machine):
            return
        is_empty = machine.state is State.IDLE and self._agenda.now >= machine.polls_until_seconds
        machine.answer = machine.asked if is_empty else None
        self._report(machine)

    def _report(self, machine: Machine) -> None:
        machine.reported_seconds = self._agenda.now
        machine.reported_busy = machine.state is State.BUSY
        machine.reported_answer = machine.answer

    def _renew(self, machine: Machine) -> None:
        if machine.state is not State.GONE:
            self._report(machine)
            self._agenda.after(self._traits.report_seconds, partial(self._renew, machine))


def _is_here(machine: Machine) -> bool:
    return machine.state in {State.IDLE, State.BUSY} and not machine.is_leaving
