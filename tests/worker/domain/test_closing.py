"""The controller's part of asking before taking away: nobody who may hold work is ever counted among those that can go."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.closing import LEASE_SECONDS, Ask
from worker.domain.closing_steps import ANSWER_SECONDS, LEAVING_SECONDS, Crew, step_towards
from worker.domain.fleet_control import WorkerSeen

START = 1_000_000.0


def worker(name: str, **given: object) -> WorkerSeen:
    when = datetime.fromtimestamp(START, UTC)
    seen = WorkerSeen(
        task_arn=name, started_at=when, seen_at=when, running=0, is_draining=False, worker_id=name
    )
    return replace(seen, **given)


def crew(workers: Sequence[WorkerSeen], desired: int, *, after: float = 0.0) -> Crew:
    """All were heard just now."""
    now = START + after
    heard = [replace(one, seen_at=datetime.fromtimestamp(now, UTC)) for one in workers]
    return Crew(now_seconds=now, desired=desired, present=desired, workers=heard)


def test_who_has_no_job_is_asked_first_and_goes_when_it_has_answered():
    busy, idle = worker("busy", running=1), worker("idle")
    asked = step_towards(1, Ask(), crew([busy, idle], 2))
    assert (asked.desired, list(asked.ask.named)) == (2, ["idle"])
    closed = replace(idle, closed_for=asked.ask.named["idle"])
    gone = step_towards(1, asked.ask, crew([busy, closed], 2, after=5))
    assert (gone.desired, list(gone.ask.let_go), gone.ask.named) == (1, ["idle"], {})


def test_an_answer_to_another_ask_counts_for_nothing():
    asked = step_towards(0, Ask(), crew([worker("a")], 1))
    stale = replace(worker("a"), closed_for=asked.ask.named["a"] - 20_000)
    assert step_towards(0, asked.ask, crew([stale], 1, after=5)).desired == 1


def test_who_does_not_answer_is_let_be_and_another_one_is_asked():
    workers = [worker("deaf", started_at=datetime.fromtimestamp(START + 9, UTC)), worker("other")]
    asked = step_towards(1, Ask(), crew(workers, 2))
    assert list(asked.ask.named) == ["deaf"]
    later = step_towards(1, asked.ask, crew(workers, 2, after=ANSWER_SECONDS - 1))
    assert later.ask == asked.ask
    again = step_towards(1, later.ask, crew(workers, 2, after=ANSWER_SECONDS + 1))
    assert (again.desired, list(again.ask.named)) == (2, ["other"])


def test_who_dies_in_the_middle_is_asked_no_more_and_holds_nobody_up():
    asked = step_towards(0, Ask(), crew([worker("dies"), worker("lives")], 2))
    number = asked.ask.named["lives"]
    silent = replace(worker("dies"), seen_at=datetime.fromtimestamp(START - 500, UTC))
    seen = crew([], 2, after=20)
    seen = replace(
        seen,
        workers=[
            silent,
            replace(worker("lives"), closed_for=number, seen_at=datetime.fromtimestamp(START + 20, UTC)),
        ],
    )
    step = step_towards(0, asked.ask, seen)
    assert (step.desired, step.ask.named) == (1, {})


def test_work_that_comes_again_withdraws_what_is_asked_but_not_from_whom_the_platform_may_stop():
    workers = [worker("a"), worker("b"), worker("c")]
    asked = step_towards(0, Ask(), crew(workers, 3))
    closed = [replace(workers[0], closed_for=asked.ask.named["a"]), *workers[1:]]
    gone = step_towards(0, asked.ask, crew(closed, 3, after=5))
    assert gone.desired == 2
    back = step_towards(3, gone.ask, crew(closed, 2, after=10))
    assert back.desired == 3
    assert (back.ask.named, list(back.ask.let_go)) == ({}, ["a"])
    after = 5 + LEAVING_SECONDS + 1
    assert step_towards(3, back.ask, crew(closed, 3, after=after)).ask == Ask()


def test_who_was_let_go_is_not_counted_twice_however_long_the_platform_takes():
    workers = [worker("a"), worker("b", running=1), worker("c", running=1)]
    asked = step_towards(2, Ask(), crew(workers, 3))
    closed = [replace(workers[0], closed_for=asked.ask.named["a"]), *workers[1:]]
    gone = step_towards(2, asked.ask, crew(closed, 3, after=5))
    slow = replace(crew(closed, 2, after=10), present=3)
    assert step_towards(1, gone.ask, slow).desired == 2


def test_workers_that_start_are_asked_together_and_go_one_look_later():
    busy = worker("busy", running=1)
    asked = step_towards(1, Ask(), crew([busy], 3))
    assert (asked.desired, asked.ask.named) == (3, {})
    assert asked.ask.number_for("anybody", is_new=True) is not None
    assert asked.ask.number_for("anybody", is_new=False) is None
    gone = step_towards(1, asked.ask, crew([busy], 3, after=5))
    assert gone.desired == 1
    assert gone.ask.number_for("anybody", is_new=True) is not None  # until the platform has stopped them


def test_a_newcomer_that_turns_up_after_it_was_let_go_is_not_let_go_again():
    busy, idle = worker("busy", running=1), worker("idle", running=1)
    asked = step_towards(2, Ask(), crew([busy, idle], 3))
    gone = step_towards(2, asked.ask, crew([busy, idle], 3, after=5))
    assert gone.desired == 2
    late = worker("late", closed_for=gone.ask.newcomers)
    assert step_towards(1, gone.ask, crew([busy, idle, late], 2, after=10)).desired == 2


def test_a_worker_that_is_silent_may_work_and_is_not_taken_for_one_that_starts():
    silent = worker("silent", seen_at=datetime.fromtimestamp(START - 1000, UTC))
    seen = replace(crew([], 1), workers=[silent])
    asked = step_towards(0, Ask(), seen)
    assert not asked.ask.is_open
    assert step_towards(0, asked.ask, seen).desired == 1


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_jumps_makes_no_old_answer_count(jump):
    asked = step_towards(0, Ask(), crew([worker("a")], 1))
    closed = replace(worker("a"), closed_for=asked.ask.named["a"])
    assert step_towards(0, asked.ask, crew([closed], 1, after=jump)).desired == 1


@dataclass
class Simulated:
    """A worker that follows the rules, whenever a test lets it."""

    name: str
    is_new: bool = True
    is_reported: bool = False
    number: int | None = None
    read_at: float = 0.0
    spent: int | None = None
    running: int = 0
    told: WorkerSeen | None = None

    def check(self, ask: Ask, now: float) -> None:
        """Report, read, do so, and answer."""
        self.report(now)
        self.expire(now)
        number = ask.number_for(self.name, is_new=self.is_new)
        if number is None or number == self.spent:
            self.number, self.is_new = None, False
        elif number != self.number:
            self.number, self.read_at = number, now
        self.report(now)

    def expire(self, now: float) -> None:
        if self.number is not None and now - self.read_at >= LEASE_SECONDS:
            self.spent, self.number, self.is_new = self.number, None, False

    def report(self, now: float) -> None:
        self.is_reported = True
        self.told = worker(
            self.name,
            running=self.running,
            seen_at=datetime.fromtimestamp(now, UTC),
            closed_for=None if self.running else self.number,
        )

    @property
    def may_receive(self) -> bool:
        return self.is_reported and self.number is None and not self.is_new

    @property
    def may_hold_work(self) -> bool:
        return bool(self.running) or self.may_receive


@dataclass
class Simulation:
    """Workers, their platform and the controller, one event at a time."""

    desired: int
    workers: list[Simulated] = field(default_factory=list)
    ask: Ask = field(default_factory=Ask)
    now: float = START
    made: int = 0

    def happen(self, what: str, which: int, seconds: float) -> None:
        self.now += seconds
        for one in self.workers:
            one.expire(self.now)
        if what == "look":
            self.look(which)
        elif what == "stop":
            self.stop()
        elif self.workers:
            self.act(what, self.workers[which % len(self.workers)])

    def act(self, what: str, one: Simulated) -> None:
        if what == "check":
            one.check(self.ask, self.now)
        elif what == "work" and one.may_receive:
            one.running = 1
        elif what == "rest":
            one.running = 0
        elif what == "report" and one.is_reported:
            one.report(self.now)

    def look(self, wanted: int) -> None:
        before = self.desired
        seen = Crew(
            now_seconds=self.now,
            desired=before,
            present=len(self.workers),
            workers=[each.told for each in self.workers if each.told],
        )
        step = step_towards(wanted, self.ask, seen)
        self.desired, self.ask = step.desired, step.ask
        self.fill()
        if self.desired < before:
            assert sum(each.may_hold_work for each in self.workers) <= self.desired

    def fill(self) -> None:
        while len(self.workers) < self.desired:
            self.made += 1
            self.workers.append(Simulated(f"w{self.made}"))

    def stop(self) -> None:
        """The platform takes one of those that are too many: all who may hold work are protected."""
        spare = next((each for each in self.workers if not each.may_hold_work), None)
        if spare is not None and len(self.workers) > self.desired:
            self.workers.remove(spare)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["look", "look", "check", "check", "work", "rest", "report", "stop"]),
        st.integers(0, 5),
        st.floats(0.5, 25.0),
    ),
    max_size=60,
)


@settings(deadline=None, max_examples=150)
@given(EVENTS, st.integers(1, 5))
def test_the_number_is_never_lowered_below_those_that_may_hold_work(events, size):
    simulation = Simulation(desired=size)
    simulation.fill()
    for event in events:
        simulation.happen(*event)


@settings(deadline=None, max_examples=50)
@given(EVENTS, st.integers(1, 5))
def test_whatever_has_happened_an_idle_fleet_goes_and_a_busy_one_comes_back_whole(events, size):
    simulation = Simulation(desired=size)
    simulation.fill()
    for event in events:
        simulation.happen(*event)
    for wanted in (0, 3, 0):
        for _ in range(60):
            simulation.happen("look", wanted, 5.0)
            for which, one in enumerate(list(simulation.workers)):
                one.running = 0
                simulation.happen("check", which, 0.0)
            simulation.happen("stop", 0, 0.0)
        assert simulation.desired == wanted
        assert sum(each.may_receive for each in simulation.workers) == wanted
