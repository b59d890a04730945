"""Which lane is asked next."""

from collections import Counter

from worker.domain.job import Lane
from worker.runtime.lanes import Lanes, Poll

ALL = (Lane.HIGH, Lane.NORMAL, Lane.LOW)


def busy(lanes: Lanes) -> None:
    """Make every lane busy by a full answer to its first poll."""
    for poll in lanes.plan(3):
        lanes.ended(poll, received=poll.limit)


def look(lanes: Lanes) -> None:
    """Have every lane looked at, and found empty."""
    for poll in lanes.plan(3):
        lanes.ended(poll, received=0)


def test_at_first_every_lane_gets_a_look_and_then_a_long_poll_that_keeps_no_slot():
    lanes = Lanes(ALL, wait_seconds=20)
    for wait_seconds in (0, 20):
        polls = lanes.plan(2)
        assert [(poll.lane, poll.limit, poll.wait_seconds, poll.reserved) for poll in polls] == [
            (lane, 1, wait_seconds, 0) for lane in ALL
        ]
        assert lanes.is_looking is (wait_seconds == 0)
        assert lanes.plan(2) == []
        for poll in polls:
            lanes.ended(poll, received=0)


def test_beside_jobs_a_quiet_lane_is_polled_no_longer_than_those_take():
    lanes = Lanes(ALL, wait_seconds=20)
    look(lanes)
    for lane in ALL:
        lanes.rested(lane)
    assert [poll.wait_seconds for poll in lanes.plan(2, patience_seconds=7)] == [7, 7, 7]


def test_beside_short_jobs_an_empty_lane_rests_between_two_looks():
    lanes = Lanes(ALL, wait_seconds=20)
    look(lanes)
    assert lanes.plan(2, patience_seconds=0) == []
    lanes.rested(Lane.HIGH)
    (poll,) = lanes.plan(2, patience_seconds=0)
    assert (poll.lane, poll.wait_seconds) == (Lane.HIGH, 0)


def test_a_worker_that_becomes_idle_waits_for_no_rest():
    lanes = Lanes(ALL, wait_seconds=20)
    look(lanes)
    assert lanes.plan(2, patience_seconds=0) == []
    assert [poll.wait_seconds for poll in lanes.plan(2)] == [20, 20, 20]


def test_without_a_free_slot_nothing_is_asked():
    assert Lanes(ALL, wait_seconds=20).plan(0) == []


def test_free_slots_go_to_the_busy_lanes_by_their_weights():
    lanes = Lanes(ALL, wait_seconds=20)
    busy(lanes)
    served: Counter[Lane] = Counter()
    for _ in range(100):
        (poll,) = lanes.plan(1)
        served[poll.lane] += 1
        lanes.ended(poll, received=1)
    assert served == {Lane.HIGH: 60, Lane.NORMAL: 30, Lane.LOW: 10}


def test_a_busy_lane_is_asked_in_polls_that_do_not_wait_and_keep_their_slots():
    lanes = Lanes((Lane.NORMAL,), wait_seconds=20)
    (first,) = lanes.plan(100)
    lanes.ended(first, received=10)
    polls = lanes.plan(25)
    assert polls == [
        Poll(lane=Lane.NORMAL, limit=limit, wait_seconds=0, reserved=limit) for limit in (10, 10, 5)
    ]
    assert lanes.reserved == 25
    for poll in polls:
        lanes.ended(poll, received=0)
    assert lanes.reserved == 0


def test_a_lane_that_ran_empty_goes_back_to_the_long_poll():
    lanes = Lanes((Lane.NORMAL,), wait_seconds=20)
    (first,) = lanes.plan(10)
    lanes.ended(first, received=10)
    (second,) = lanes.plan(10)
    lanes.ended(second, received=3)
    (third,) = lanes.plan(10)
    assert third.wait_seconds == 20
