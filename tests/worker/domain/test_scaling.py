"""How many workers, and why: whatever is observed, and in the cases that matter."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.domain.errors import SettingsInvalid
from worker.domain.scaling import (
    CLOSING_SECONDS,
    SETTLING_SECONDS,
    Budget,
    Decision,
    Memory,
    Observation,
    Reason,
    ScalingPolicy,
)
from worker.domain.scaling_history import Launch, PauseHistory

TICK_SECONDS = 20.0
START_OF_DAY = 1_000_000.0

unhurried = settings(deadline=None, max_examples=40)
counts = st.integers(0, 400)
moments = st.floats(0, 2_000_000)


@st.composite
def policies(draw: st.DrawFn) -> ScalingPolicy:
    minimum = draw(st.integers(0, 5))
    return ScalingPolicy(
        minimum=minimum,
        maximum=minimum + draw(st.integers(0, 40)),
        slo_seconds=draw(st.floats(1, 3600)),
        idle_seconds=draw(st.none() | st.floats(0, 900)),
        surplus_seconds=draw(st.floats(0, 900)),
        max_step_out=draw(st.integers(1, 10)),
        max_step_in=draw(st.integers(1, 10)),
        tolerance=draw(st.floats(0, 0.9)),
    )


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    return Observation(
        now_seconds=draw(moments),
        visible=draw(st.none() | counts),
        in_flight=draw(st.none() | counts),
        desired=draw(st.integers(0, 60)),
        running=draw(st.none() | st.integers(0, 60)),
        busy=draw(st.none() | st.integers(0, 60)),
        jobs_per_worker=draw(st.integers(1, 4)),
        oldest_age_seconds=draw(st.none() | st.floats(-100, 5000)),
        service_seconds=draw(st.none() | st.floats(0.01, 2000)),
        start_seconds=draw(st.none() | st.floats(0.01, 2000)),
        budget=draw(st.sampled_from(Budget)),
        is_paused=draw(st.booleans()),
    )


@st.composite
def memories(draw: st.DrawFn) -> Memory:
    launches = draw(st.lists(st.builds(Launch, at_seconds=moments, count=st.integers(1, 9)), max_size=4))
    return Memory(
        seen_at_seconds=draw(st.none() | moments),
        decided=draw(st.none() | st.integers(0, 60)),
        idle_since_seconds=draw(st.none() | moments),
        surplus_since_seconds=draw(st.none() | moments),
        stalled_since_seconds=draw(st.none() | moments),
        visible=draw(st.none() | counts),
        launches=tuple(launches),
        service_seconds=draw(st.none() | st.floats(0.01, 2000)),
        start_seconds=draw(st.none() | st.floats(0.01, 2000)),
    )


def look(**given: object) -> Observation:
    seen = Observation(now_seconds=START_OF_DAY, visible=0, in_flight=0, desired=0, running=0, busy=0)
    return replace(seen, **given)


def watch(policy: ScalingPolicy, seen: Observation, *, seconds: float) -> list[Decision]:
    """Look every tick while nothing changes but the fleet, which follows at once."""
    decisions = [policy.decide(seen)]
    while decisions[-1].memory.seen_at_seconds < seen.now_seconds + seconds:
        last = decisions[-1]
        now = last.memory.seen_at_seconds + TICK_SECONDS
        follows = replace(seen, now_seconds=now, desired=last.desired, running=last.desired)
        decisions.append(policy.decide(follows, last.memory))
    return decisions


@unhurried
@given(policies(), observations(), memories())
def test_nobody_with_a_job_is_ever_taken_away_unless_the_budget_is_overspent(policy, seen, memory):
    decision = policy.decide(seen, memory)
    if seen.budget is Budget.ZERO:
        assert decision.desired == 0
    else:
        assert decision.desired >= min(seen.busy_workers, seen.desired)


def test_a_maximum_below_the_workers_at_work_takes_nobody_with_a_job_away():
    policy = ScalingPolicy(maximum=2, max_step_in=5)
    decision = policy.decide(look(visible=9, in_flight=4, busy=4, desired=6, running=6))
    assert (decision.desired, decision.reason) == (4, Reason.AT_MAXIMUM)


@unhurried
@given(policies(), observations(), memories())
def test_the_size_stays_within_bounds_once_it_is(policy, seen, memory):
    inside = replace(seen, desired=min(max(seen.desired, policy.minimum), policy.maximum))
    decision = policy.decide(inside, memory)
    lowest = 0 if inside.budget is Budget.ZERO else policy.minimum
    assert lowest <= decision.desired <= policy.maximum


@unhurried
@given(policies(), observations(), memories())
def test_the_size_never_jumps_by_more_than_a_step_but_to_nothing(policy, seen, memory):
    decision = policy.decide(seen, memory)
    assert decision.desired - seen.desired <= policy.max_step_out
    if decision.reason not in {Reason.IDLE_STOP, Reason.BUDGET_ZERO}:
        assert seen.desired - decision.desired <= policy.max_step_in


@unhurried
@given(policies(), observations(), memories(), st.integers(0, 400))
def test_more_work_never_means_fewer_workers(policy, seen, memory, further):
    more = replace(seen, visible=None if seen.visible is None else seen.visible + further)
    assert policy.decide(more, memory).desired >= policy.decide(seen, memory).desired


@unhurried
@given(policies(), observations(), memories())
def test_what_can_t_be_read_changes_nothing_but_may_wake(policy, seen, memory):
    seen = replace(seen, budget=Budget.NORMAL, is_paused=False)
    for blind in (replace(seen, visible=None), replace(seen, in_flight=None)):
        decision = policy.decide(blind, memory)
        is_wake = decision.reason is Reason.WAKE and blind.visible and blind.desired == 0
        assert decision.desired == (1 if is_wake else blind.desired)


@unhurried
@given(policies(), observations(), memories())
def test_a_spent_budget_starts_nobody(policy, seen, memory):
    frozen = policy.decide(replace(seen, budget=Budget.FROZEN), memory)
    assert frozen.desired <= seen.desired
    assert policy.decide(replace(seen, budget=Budget.ZERO), memory).desired == 0


@unhurried
@given(policies(), observations(), memories())
def test_a_number_set_by_hand_stands_within_the_budget(policy, seen, memory):
    decision = policy.decide(replace(seen, is_paused=True, budget=Budget.NORMAL), memory)
    assert (decision.desired, decision.reason) == (seen.desired, Reason.PAUSED)


@unhurried
@given(policies(), observations(), memories())
def test_a_decision_always_says_why(policy, seen, memory):
    assert policy.decide(seen, memory).sentence


@unhurried
@given(policies(), observations(), memories())
def test_deciding_twice_from_the_same_look_gives_the_same_answer(policy, seen, memory):
    assert policy.decide(seen, memory) == policy.decide(seen, memory)


@unhurried
@given(policies(), observations(), memories())
def test_memory_survives_being_stored(policy, seen, memory):
    kept = policy.decide(seen, memory).memory
    assert Memory.from_dict(kept.to_dict()) == kept


@unhurried
@given(policies(), st.integers(1, 60), memories())
def test_an_idle_fleet_is_gone_within_fifteen_minutes_whatever_the_settings_and_the_past(
    policy, workers, memory
):
    policy = replace(policy, minimum=0)
    now = START_OF_DAY
    desired = workers
    while desired > 0 and now <= START_OF_DAY + 900:
        decision = policy.decide(look(now_seconds=now, desired=desired, running=desired), memory)
        desired, memory, now = decision.desired, decision.memory, now + TICK_SECONDS
    assert desired == 0
    assert now - TICK_SECONDS - START_OF_DAY <= 900


@unhurried
@given(policies(), observations(), memories(), st.floats(-100_000, 100_000))
def test_a_clock_that_jumps_stops_nobody_with_a_job_and_keeps_nobody_for_ever(policy, seen, memory, jump):
    policy = replace(policy, minimum=0)
    first = policy.decide(seen, memory)
    jumped = replace(seen, now_seconds=max(seen.now_seconds + jump, 0.0), budget=Budget.NORMAL)
    second = policy.decide(jumped, first.memory)
    assert second.desired >= min(jumped.busy_workers, jumped.desired)
    idle = replace(look(desired=5, running=5), now_seconds=jumped.now_seconds)
    desired, kept, now = 5, second.memory, idle.now_seconds
    for _ in range(int(900 / TICK_SECONDS) + 1):
        decision = policy.decide(replace(idle, now_seconds=now, desired=desired, running=desired), kept)
        desired, kept, now = decision.desired, decision.memory, now + TICK_SECONDS
    assert desired == 0


def test_one_waiting_job_wakes_a_fleet_that_sleeps():
    decision = ScalingPolicy().decide(look(visible=1))
    assert (decision.desired, decision.reason) == (1, Reason.WAKE)


def test_a_burst_gets_as_many_workers_as_the_goal_asks_for():
    policy = ScalingPolicy(slo_seconds=300, start_seconds=120, service_seconds=45, tolerance=0.0)
    # each worker begins (300 - 120 + 45 / 2) = 202.5 s of work in time; 16 jobs of 45 s are 720 s
    assert policy.decide(look(visible=16)).desired == 4


def test_workers_that_can_do_it_in_time_get_no_company():
    policy = ScalingPolicy(slo_seconds=300, start_seconds=120, service_seconds=30)
    decision = policy.decide(look(visible=8, in_flight=1, desired=1, running=1, busy=1))
    assert (decision.desired, decision.reason) == (1, Reason.STEADY)


def test_workers_that_still_start_are_counted_before_more_are_started():
    policy = ScalingPolicy(tolerance=0.0)
    first = policy.decide(look(visible=16))
    again = policy.decide(
        look(visible=16, desired=first.desired, now_seconds=START_OF_DAY + 20), first.memory
    )
    assert again.desired == first.desired


def test_steps_out_are_gradual_and_the_rest_follows():
    policy = ScalingPolicy(maximum=20, max_step_out=3)
    sizes = [decision.desired for decision in watch(policy, look(visible=500), seconds=140)]
    assert sizes[:4] == [3, 6, 9, 12]
    assert max(sizes) == 20


def test_jobs_within_one_worker_share_it():
    policy = ScalingPolicy(tolerance=0.0)
    alone = policy.decide(look(visible=40)).desired
    shared = policy.decide(look(visible=40, jobs_per_worker=4)).desired
    assert alone == 5
    assert shared < alone


def test_who_has_no_job_leaves_while_others_work_on():
    policy = ScalingPolicy(surplus_seconds=30)
    decisions = watch(policy, look(in_flight=2, busy=2, desired=6, running=6), seconds=60)
    assert [decision.desired for decision in decisions][:4] == [6, 6, 2, 2]


def test_the_last_worker_stays_for_the_idle_timer_and_then_goes():
    policy = ScalingPolicy(idle_seconds=100, surplus_seconds=30)
    decisions = watch(policy, look(desired=1, running=1), seconds=200)
    stopped = next(decision for decision in decisions if decision.desired == 0)
    assert stopped.reason is Reason.IDLE_STOP
    assert stopped.memory.seen_at_seconds == START_OF_DAY + 100
    assert decisions[-1].reason is Reason.ASLEEP


def test_a_job_in_between_starts_the_idle_timer_anew():
    policy = ScalingPolicy(idle_seconds=100, surplus_seconds=30)
    idle = watch(policy, look(desired=1, running=1), seconds=80)[-1]
    now = idle.memory.seen_at_seconds
    working = policy.decide(
        look(in_flight=1, busy=1, desired=1, running=1, now_seconds=now + 10), idle.memory
    )
    later = policy.decide(look(desired=1, running=1, now_seconds=now + 90), working.memory)
    assert (later.desired, later.reason) == (1, Reason.IDLE_WAIT)


def test_short_pauses_teach_the_fleet_to_stay_and_long_ones_to_go():
    policy = ScalingPolicy(start_seconds=120)
    short, long = PauseHistory(), PauseHistory()
    for _ in range(30):
        short, long = short.after(50), long.after(1000)
    break_even = policy.idle_timer_seconds(Memory())
    assert break_even == 120
    assert policy.idle_timer_seconds(Memory(pauses=long)) < break_even
    assert 60 <= policy.idle_timer_seconds(Memory(pauses=short)) + CLOSING_SECONDS <= 240


def test_a_fleet_that_learned_of_long_pauses_closes_at_the_first_look_that_sees_nothing_to_do():
    long = PauseHistory()
    for _ in range(30):
        long = long.after(1000)
    working = ScalingPolicy().decide(
        look(in_flight=1, busy=1, desired=1, running=1), Memory(pauses=long, decided=1)
    )
    resting = ScalingPolicy().decide(look(desired=1, running=1, now_seconds=START_OF_DAY + 5), working.memory)
    assert (resting.desired, resting.reason) == (0, Reason.IDLE_STOP)


def test_a_worker_that_was_just_launched_is_not_idle_for_work_that_is_not_counted_yet():
    policy = ScalingPolicy(idle_seconds=0)
    asleep = policy.decide(look())
    submitted = look(desired=1, now_seconds=START_OF_DAY + 600)
    woken = policy.decide(submitted, asleep.memory)
    assert (woken.desired, woken.reason) == (1, Reason.IDLE_WAIT)
    assert policy.idle_end_seconds(woken, submitted) == START_OF_DAY + 600 + SETTLING_SECONDS
    later = policy.decide(replace(submitted, now_seconds=START_OF_DAY + 600 + SETTLING_SECONDS), woken.memory)
    assert (later.desired, later.reason) == (0, Reason.IDLE_STOP)


@unhurried
@given(st.lists(st.floats(0, 5000), max_size=60), st.floats(1, 600))
def test_no_past_makes_the_idle_timer_longer_than_two_starts_or_the_ceiling(pauses, start):
    history = PauseHistory()
    for pause in pauses:
        history = history.after(pause)
    timer = ScalingPolicy(start_seconds=start).idle_timer_seconds(Memory(pauses=history))
    assert timer <= max(2 * start, 20)
    assert timer <= 780


def test_workers_that_don_t_start_are_not_multiplied():
    policy = ScalingPolicy(maximum=50, start_seconds=60, max_step_out=2)
    seen = look(visible=400)
    decision = policy.decide(seen)
    for _ in range(30):
        now = decision.memory.seen_at_seconds + TICK_SECONDS
        decision = policy.decide(replace(seen, now_seconds=now, desired=decision.desired), decision.memory)
    assert decision.reason is Reason.NOT_STARTING
    assert decision.desired < 50


def test_a_woken_fleet_counts_the_worker_that_the_submission_started():
    policy = ScalingPolicy(start_seconds=100)
    asleep = policy.decide(look())
    woken = policy.decide(look(visible=1, desired=1, now_seconds=START_OF_DAY + 20), asleep.memory)
    assert woken.desired == 1
    assert woken.memory.launches == (Launch(at_seconds=START_OF_DAY + 20, count=1),)


def test_an_hour_without_a_look_teaches_nothing_about_pauses():
    policy = ScalingPolicy()
    idle = policy.decide(look(desired=1, running=1))
    back = policy.decide(look(visible=3, desired=1, running=1, now_seconds=START_OF_DAY + 3600), idle.memory)
    assert back.memory.pauses == PauseHistory()


def test_jobs_stuck_behind_long_ones_get_another_worker():
    policy = ScalingPolicy(service_seconds=20, slo_seconds=200)
    stuck = watch(policy, look(visible=1, in_flight=1, desired=1, running=1, busy=1), seconds=80)
    assert [decision.desired for decision in stuck] == [1, 1, 1, 1, 2]


def test_a_job_behind_a_long_one_waits_for_it_while_a_start_and_one_more_job_still_fit_into_the_goal():
    policy = ScalingPolicy(service_seconds=20, start_seconds=120, slo_seconds=300)
    stuck = watch(policy, look(visible=1, in_flight=1, desired=1, running=1, busy=1), seconds=180)
    # seen to be stuck from the second look on: 300 - 120 - 20 s later it is time
    assert [decision.desired for decision in stuck] == [1] * 9 + [2]


def test_a_queue_that_is_being_taken_from_is_not_stuck():
    policy = ScalingPolicy(service_seconds=20)
    decision = policy.decide(look(visible=8, in_flight=1, desired=1, running=1, busy=1))
    for visible in range(7, 0, -1):
        now = decision.memory.seen_at_seconds + TICK_SECONDS
        seen = look(visible=visible, in_flight=1, desired=1, running=1, busy=1, now_seconds=now)
        decision = policy.decide(seen, decision.memory)
        assert decision.desired == 1


def test_jobs_that_are_overdue_get_more_workers():
    policy = ScalingPolicy()
    seen = look(visible=20, in_flight=3, desired=3, running=3, busy=3)
    on_time = policy.decide(seen)
    late = policy.decide(replace(seen, oldest_age_seconds=900.0))
    assert late.desired > on_time.desired


@pytest.mark.parametrize("stored", [{}, {"launches": 3}, {"pauses": {"weights": [1]}}, {"launches": [{}]}])
def test_memory_that_can_t_be_read_is_forgotten(stored):
    assert Memory.from_dict(stored) == Memory()


def test_all_faults_of_the_settings_are_told_together():
    with pytest.raises(SettingsInvalid) as told:
        ScalingPolicy(minimum=5, maximum=2, slo_seconds=0, idle_seconds=901, max_step_out=0)
    assert len(told.value.faults) == 4
