"""The peers have the defaults that their documentation gives; a change of one is a change of the comparison."""

from automation.simulation.crew import JUST_NOW_SECONDS, SHORT_POLL_SECONDS
from automation.simulation.machines import Platform, Stops
from automation.simulation.ours import GRACE_SECONDS, OurScaler
from automation.simulation.peers import AlwaysOn, Buildkite, Keda, SkyPilotPool
from automation.simulation.peers_aws import CdkDefault, CdkTuned, TargetTracking
from automation.simulation.workload import seeded
from automation.simulation.world import Scaler, World
from tests.automation.simulation.loads import PUNCTUAL, load
from worker.domain.scaling import ScalingPolicy
from worker.runtime import consumer
from worker.runtime.roster import ASK_SECONDS

HALF_A_DAY = 43_200.0


def world_of(scaler: Scaler, *jobs: tuple[float, float], span: float = HALF_A_DAY) -> World:
    world = World(load(*jobs, span_seconds=span), scaler, PUNCTUAL, seeded("peers"))
    world.run()
    return world


def test_keda_has_its_documented_defaults():
    keda = Keda()
    assert (keda.POLLING_SECONDS, keda.SYNC_SECONDS, keda.COOLDOWN_SECONDS) == (30, 15, 300)
    assert (keda.STABILIZATION_SECONDS, keda.TOLERANCE, keda.PODS_A_SYNC) == (300, 0.1, 4)
    assert keda.traits.stops is Stops.ANY
    assert keda.traits.grace_seconds == 30


def test_skypilot_has_its_documented_defaults():
    pool = SkyPilotPool()
    assert (pool.DECISION_SECONDS, pool.DECISION_AT_ZERO_SECONDS) == (20, 5)
    assert (pool.THRESHOLD, pool.UP_SECONDS, pool.DOWN_SECONDS) == (1, 300, 1200)
    assert pool.traits.stops is Stops.PROTECTED


def test_buildkite_has_its_documented_defaults():
    assert (Buildkite.POLLING_SECONDS, Buildkite.IDLE_EXIT_SECONDS) == (10, 600)


def test_cdk_has_its_documented_defaults():
    assert (CdkDefault.MINIMUM, CdkDefault.MAXIMUM, CdkDefault.CPU_TARGET) == (1, 2, 0.5)
    assert CdkDefault.STEPS == ((500, 5), (100, 1))
    assert CdkDefault.EVALUATION_SECONDS == 300


def test_target_tracking_has_its_documented_defaults():
    assert (TargetTracking.OUT_POINTS, TargetTracking.IN_POINTS) == (3, 15)
    assert TargetTracking.COOLDOWN_SECONDS == 300


def test_ours_is_what_the_controller_and_the_worker_are_set_to():
    scaler = OurScaler(ScalingPolicy())
    assert GRACE_SECONDS == 90
    assert (scaler.traits.wakes_on_submit, scaler.traits.looks_on_submit) == (True, True)
    assert scaler.traits.stops is Stops.CLOSED
    assert scaler.traits.ask_seconds == ASK_SECONDS
    assert (SHORT_POLL_SECONDS, JUST_NOW_SECONDS) == (consumer.SHORT_POLL_SECONDS, consumer.JUST_NOW_SECONDS)


def test_cdk_never_sleeps():
    assert world_of(CdkDefault(), (0.0, 45.0)).meter.longest_idle_tail_seconds > 3600


def test_target_tracking_takes_a_quarter_of_an_hour_to_let_a_task_go():
    assert 900 <= world_of(TargetTracking(), (0.0, 45.0)).meter.billed_seconds <= 1300


def test_skypilot_keeps_an_idle_pool_for_twenty_minutes():
    tail = world_of(SkyPilotPool(), (0.0, 45.0)).meter.longest_idle_tail_seconds
    assert 1100 <= tail <= 1300


def test_steps_by_hand_follow_the_queue_and_sleep_in_the_end():
    world = world_of(CdkTuned(), *[(600.0, 45.0)] * 30)
    assert world.meter.launches > 2
    assert world.fleet.paid == 0


def test_a_dormant_queue_keeps_cloudwatch_blind_and_nobody_who_asks_sqs():
    late = (8 * 3600.0, 45.0)
    blind = [world_of(TargetTracking(), (0.0, 45.0), late).meter.waits[-1]]
    asking = world_of(Keda(), (0.0, 45.0), late).meter.waits[-1]
    assert blind[-1] > asking
    assert asking <= 30 + 10 + 120 + 15


def test_always_on_changes_nothing():
    world = World(load((0.0, 45.0)), AlwaysOn(3), Platform(), seeded("x"))
    world.run()
    assert world.fleet.paid == 3
    assert world.meter.launches == 3
