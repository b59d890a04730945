"""The lower bound: right where it can be worked out by hand, and below what any simulated fleet pays that meets the goal."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from automation.simulation.bound import least_worker_seconds
from automation.simulation.linear_program import BandedProgram
from automation.simulation.machines import Platform
from automation.simulation.ours import OurScaler
from automation.simulation.peers import Keda
from automation.simulation.workload import Workload, seeded
from automation.simulation.world import World
from tests.automation.simulation.loads import PUNCTUAL, load
from worker.domain.scaling import ScalingPolicy


def bound(jobs: Workload, *, slo: float = 300.0, start: float = 120.0, is_fluid: bool = True) -> float:
    return least_worker_seconds(jobs, slo_seconds=slo, start_seconds=start, is_fluid=is_fluid)


def test_one_burst_is_served_at_an_even_rate_over_all_of_its_time():
    # 720 s of work in the six minutes that the grid allows: two workers, launched once each
    assert bound(load(*[(0.0, 72.0)] * 10)) == pytest.approx(720 + 2 * 120, rel=1e-4)


def test_bursts_that_lie_far_apart_pay_their_starts_each():
    one, two = load((0.0, 360.0)), load((0.0, 360.0), (5000.0, 360.0))
    assert bound(two) == pytest.approx(2 * bound(one), rel=1e-4)


def test_bursts_that_follow_closely_share_one_start():
    # with a goal of 0 the work must be served in its minute: one worker, kept through a gap of a minute
    jobs = load((0.0, 60.0), (120.0, 60.0))
    assert bound(jobs, slo=0.0) == pytest.approx(60 + 60 + 60 + 120, rel=1e-4)


def test_a_gap_as_long_as_a_start_is_no_cheaper_than_starting_again():
    jobs = load((0.0, 60.0), (180.0, 60.0))
    assert bound(jobs, slo=0.0) == pytest.approx(2 * (60 + 120), rel=1e-4)


def test_work_that_need_only_begin_in_time_may_be_cheaper():
    jobs = load(*[(0.0, 72.0)] * 10)
    assert bound(jobs, is_fluid=False) < bound(jobs)


def test_nothing_to_do_costs_nothing():
    assert bound(load()) == 0.0


def test_who_knows_an_adversary_s_pauses_pays_the_cheaper_of_waiting_and_starting():
    jobs = load((0.0, 50.0), (0.0, 50.0), (0.0, 50.0))
    adversary = Workload(name="a", title="a", jobs=jobs.jobs, span_seconds=0.0, follow_seconds=100.0)
    assert bound(adversary) == 150 + 2 * 100 + 120


def test_a_small_program_has_the_prices_that_its_corner_gives():
    # minimise 2a + 3b with a + b >= 4 and b >= 1: a = 3, b = 1, prices 2 and 1
    program = BandedProgram(
        cost=[2.0, 3.0], rows=[((0, 1.0), (1, 1.0)), ((1, 1.0),), ((0, 1.0),)], bounds=[4.0, 1.0, 0.0]
    )
    assert program.prices() == pytest.approx([2.0, 1.0, 0.0], abs=1e-3)


def test_a_program_whose_variables_share_two_rows_is_refused():
    twice = BandedProgram(
        cost=[1.0, 1.0], rows=[((0, 1.0), (1, 1.0)), ((0, 1.0), (1, 2.0))], bounds=[1.0, 1.0]
    )
    with pytest.raises(ValueError, match="share two rows"):
        twice.prices()


small_loads = st.lists(st.tuples(st.floats(0, 3000), st.floats(5, 200)), min_size=1, max_size=12)


@settings(deadline=None, max_examples=20)
@given(small_loads, st.booleans())
def test_no_fleet_that_meets_the_goal_pays_less(jobs, is_ours):
    jobs = load(*jobs)
    scaler = OurScaler(ScalingPolicy()) if is_ours else Keda(1)
    meter = World(jobs, scaler, Platform(start_sigma=0.0, maximum=20), seeded("bound")).run()
    assume(max(meter.waits) <= 300)
    assert bound(jobs, is_fluid=False) <= meter.billed_seconds * (1 + 1e-9)


@settings(deadline=None, max_examples=20)
@given(small_loads, st.floats(60, 600), st.floats(0, 600))
def test_the_bound_covers_the_work_and_grows_as_the_goal_tightens(jobs, start, slo):
    jobs = load(*jobs)
    tight, loose = bound(jobs, slo=slo, start=start), bound(jobs, slo=slo + 120, start=start)
    assert tight >= jobs.work_seconds * (1 - 1e-3)
    assert loose <= tight * (1 + 1e-3)


def test_the_test_machines_are_punctual():
    assert PUNCTUAL.start_sigma == 0.0
