"""Simulated workers that are asked to close."""

from random import Random

from automation.simulation.agenda import Agenda
from automation.simulation.crew import Crew
from automation.simulation.machines import Machine, State, Traits


def test_a_worker_that_was_asked_takes_no_other_job_once_its_own_is_done():
    crew = Crew(Agenda(), Traits(), Random(1))
    machine = Machine(0.0, state=State.IDLE, is_new=False, asked=1, receives_until_seconds=20.0)
    assert crew.may_take(machine)
    crew.rests(machine)
    assert not crew.may_take(machine)
