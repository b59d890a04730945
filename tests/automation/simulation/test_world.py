"""The simulated queue and fleet: nothing is lost, everything is paid for, and the same seed gives the same figures."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.simulation.contest import OURS, SCALERS, simulate
from automation.simulation.machines import Platform, State, Stops, Traits
from automation.simulation.ours import OurScaler
from automation.simulation.peers import AlwaysOn, Buildkite, Keda
from automation.simulation.peers_aws import CdkTuned
from automation.simulation.workload import Job, Workload, seeded
from automation.simulation.workloads import WORKLOADS, workload
from automation.simulation.world import Order, Scaler, World
from tests.automation.simulation.loads import PUNCTUAL, load
from worker.domain.scaling import ScalingPolicy

POLICY = ScalingPolicy()


def run(jobs: Workload, scaler: Scaler, platform: Platform = PUNCTUAL) -> World:
    world = World(jobs, scaler, platform, seeded("test"))
    world.run()
    return world


@st.composite
def loads(draw: st.DrawFn) -> Workload:
    jobs = draw(st.lists(st.tuples(st.floats(0, 4000), st.floats(1, 1000)), min_size=1, max_size=25))
    interruptions = draw(st.lists(st.floats(0, 4000), max_size=3))
    return replace(load(*jobs), interruptions_seconds=sorted(interruptions))


@settings(deadline=None, max_examples=15)
@given(loads(), st.sampled_from(sorted(SCALERS)))
def test_every_job_ends_exactly_once_under_every_scaler(jobs, name):
    world = run(jobs, SCALERS[name](POLICY), Platform(maximum=4))
    assert len(world.meter.waits) == len(jobs.jobs)
    if not world.meter.dead_lettered:
        assert world.meter.work_seconds == pytest.approx(jobs.work_seconds)
    assert min(world.meter.waits) > -1e-6


@settings(deadline=None, max_examples=15)
@given(loads(), st.sampled_from(sorted(SCALERS)))
def test_what_is_paid_is_at_least_the_work_and_at_most_all_workers_all_the_time(jobs, name):
    platform = Platform(maximum=4)
    world = run(jobs, SCALERS[name](POLICY), platform)
    assert world.meter.billed_seconds >= world.meter.work_seconds
    ended = world.now
    # whoever leaves is paid for while it drains, beside the one in its place
    assert world.meter.billed_seconds <= 2 * platform.maximum * ended + 60 * world.meter.launches


@settings(deadline=None, max_examples=15)
@given(loads())
def test_ours_sleeps_within_the_promise_and_never_stops_a_worker_with_a_job(jobs):
    for policy in (POLICY, replace(POLICY, idle_seconds=900.0)):
        asked = run(jobs, OurScaler(policy), Platform())
        assert asked.meter.killed == 0
        assert asked.meter.longest_idle_tail_seconds <= 900


def test_one_job_from_nothing_waits_for_one_start_and_pays_for_it():
    world = run(load((0.0, 45.0)), OurScaler(ScalingPolicy(idle_seconds=60)))
    assert world.meter.waits == [pytest.approx(120.0)]
    assert world.meter.launches == 1
    # start, job, idle timer; then up to one look, one stale figure, question and answer, the order and the stop
    assert 225 <= world.meter.billed_seconds <= 225 + 20 + 10 + 20 + 5 + 10


def test_workers_that_always_run_take_jobs_in_turn():
    world = run(load((1000.0, 50.0), (1000.0, 50.0), (1000.0, 50.0)), AlwaysOn(2))
    assert sorted(world.meter.waits) == pytest.approx([0.0, 0.0, 50.0])
    assert world.meter.billed_seconds == pytest.approx(2 * 7200)


def test_keda_takes_five_messages_for_one_worker_and_sleeps_after_its_cooldown():
    burst = [(0.0, 100.0)] * 15
    world = run(load(*burst), Keda(5))
    assert world.meter.launches == 3
    assert 300 <= world.meter.longest_idle_tail_seconds <= 300 + 15 + 10 + 5 + 10


def test_a_worker_that_the_scaler_stops_in_a_long_job_loses_it():
    # ten short jobs and a long one: KEDA needs fewer workers once the short ones are done, and stops any
    burst = [(0.0, 20.0)] * 30 + [(0.0, 3000.0)] * 2
    kills = [
        World(load(*burst), Keda(5), PUNCTUAL, seeded(f"victims/{seed}")).run().killed for seed in range(5)
    ]
    assert sum(kills) > 0
    protected = World(load(*burst), Keda(5, stops=Stops.PROTECTED), PUNCTUAL, seeded("victims/0")).run()
    assert protected.killed == 0


def test_a_buildkite_agent_ends_itself_ten_minutes_after_its_last_job():
    world = run(load((0.0, 45.0)), Buildkite())
    assert world.meter.longest_idle_tail_seconds == pytest.approx(610)


def test_a_scaler_that_sees_no_messages_in_flight_never_lets_a_long_job_end():
    world = run(load((0.0, 1500.0)), CdkTuned())
    assert (world.meter.killed, world.meter.dead_lettered) == (10, 1)
    assert run(load((0.0, 1500.0)), CdkTuned(stops=Stops.PROTECTED)).meter.dead_lettered == 0


def test_poison_is_tried_three_times_and_its_pauses_are_no_waiting():
    poison = Workload(name="p", title="p", jobs=[Job(0.0, 40.0, 3)], span_seconds=3600.0)
    world = run(poison, AlwaysOn(1))
    assert world.meter.waits == [pytest.approx(120.0)]
    assert world.meter.work_seconds == 120.0


def test_an_interruption_gives_the_job_back_and_another_worker_does_it():
    jobs = replace(load((0.0, 1000.0)), interruptions_seconds=(600.0,))
    world = run(jobs, AlwaysOn(1))
    assert world.meter.interrupted == 1
    assert len(world.meter.waits) == 1
    assert world.meter.waits[0] > 480


def test_the_same_seed_gives_the_same_outcome_and_another_one_another():
    jobs = workload("W8", 0)

    def once(seed: int) -> object:
        return simulate(jobs, SCALERS[OURS](POLICY), platform=Platform(), seed=seed, slo_seconds=300)

    assert once(1) == once(1)
    assert once(1) != once(2)


class Onlooker:
    """Counts its looks; orders nobody."""

    traits = Traits(looks_on_submit=True)

    def __init__(self) -> None:
        self.moments: list[float] = []

    def look(self, world: World) -> Order:
        self.moments.append(world.now)
        is_asleep = not world.sight(0).visible
        return Order(None, 60.0 if is_asleep else 20.0, is_asleep=is_asleep)


def test_a_submission_that_wakes_a_fleet_is_looked_at_as_often_as_a_fleet_that_runs():
    onlooker = Onlooker()
    world = World(load((1000.0, 45.0)), onlooker, PUNCTUAL, seeded("looks"))
    world.agenda.at(1100.0, lambda: world.fleet.order(1))
    world.run()
    looks = [moment - 1000.0 for moment in onlooker.moments if 1000.0 <= moment < 1080.0]
    assert looks[:3] == pytest.approx([3.0, 20.0, 23.0])  # 20: the schedule's turn, which goes on by itself
    assert 43.0 in looks


def test_who_is_at_work_is_counted_right_whatever_became_of_the_machines():
    jobs = replace(
        load(*[(300.0 + 100.0 * n, 150.0) for n in range(12)]), interruptions_seconds=(600.0, 1000.0)
    )
    for scaler in (OurScaler(POLICY), OurScaler(replace(POLICY, minimum=1)), Buildkite(), Keda(1)):
        world = World(jobs, scaler, Platform(maximum=4), seeded("count"))
        fleet, counted, there = world.fleet, [], []

        def count(fleet=fleet, counted=counted, there=there):
            busy, idle = len(fleet.of(State.BUSY)), len(fleet.of(State.IDLE))
            counted.append(fleet.at_work())
            there.append((busy + idle, busy))

        for moment in range(2300):
            world.agenda.at(float(moment), count)
        world.run()
        assert counted == there
        assert len(set(there)) > 4


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_a_known_workload_is_in_order_and_the_same_for_the_same_seed(name):
    once, again = workload(name, 3), workload(name, 3)
    assert list(once.jobs) == list(again.jobs)
    assert [job.arrival_seconds for job in once.jobs] == sorted(job.arrival_seconds for job in once.jobs)
    assert all(job.service_seconds > 0 and math.isfinite(job.service_seconds) for job in once.jobs)
    assert list(workload(name, 4).jobs) != list(once.jobs)
