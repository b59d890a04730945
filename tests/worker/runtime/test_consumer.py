"""The consumer, in virtual time."""

import asyncio

from tests.worker.runtime.stage import running_stage
from worker.domain.attempt import MessageFate
from worker.domain.job import Lane
from worker.runtime.consumer import JUST_NOW_SECONDS, ConsumerPolicy
from worker.runtime.delivery import Disposition


async def test_every_message_is_handled_once_and_acknowledged():
    async with running_stage(concurrency=5) as stage:
        bodies = [f"0.1:{number}" for number in range(40)]
        for body in bodies:
            stage.queue.send(body)
        await stage.clock.advance(10)
        assert sorted(stage.handler.started) == sorted(bodies)
        assert stage.queue.entries == []


async def test_no_more_jobs_run_at_once_than_there_are_slots():
    async with running_stage(concurrency=3) as stage:
        for number in range(12):
            stage.queue.send(f"1:{number}")
        await stage.clock.advance(20)
        assert stage.handler.most_at_once == 3
        assert len(stage.handler.finished) == 12


async def test_a_slow_job_does_not_hold_up_the_others():
    async with running_stage(concurrency=2) as stage:
        for body in ("50:slow", *(f"1:{number}" for number in range(10))):
            stage.queue.send(body)
        await stage.clock.advance(15)
        assert len(stage.handler.finished) == 10


async def test_long_jobs_leave_the_rest_of_the_backlog_to_other_workers():
    async with running_stage(concurrency=2) as stage:
        for number in range(10):
            stage.queue.send(f"10:{number}")
        await stage.clock.advance(5)
        assert stage.queue.in_flight == 2


async def test_acknowledgements_travel_in_batches():
    async with running_stage(concurrency=10) as stage:
        for number in range(100):
            stage.queue.send(f"0.01:{number}")
        await stage.clock.advance(5)
        assert stage.queue.entries == []
        assert stage.queue.calls["acknowledge"] <= 20


async def test_a_job_longer_than_the_visibility_timeout_starts_exactly_once():
    async with running_stage(concurrency=4, visibility=3) as stage:
        for number in range(4):
            stage.queue.send(f"7:{number}")
        await stage.clock.advance(28)
        assert len(stage.handler.started) == 4
        assert stage.queue.entries == []


async def test_a_message_that_waits_for_a_slot_is_renewed_too():
    async with running_stage(concurrency=1, visibility=6, lanes=(Lane.HIGH, Lane.NORMAL)) as stage:
        stage.queue.send("20:long")
        await stage.clock.advance(1)
        stage.queues[Lane.HIGH].send("1:waits")
        await stage.clock.advance(30)
        assert stage.handler.started == ["20:long", "1:waits"]
        assert stage.queues[Lane.HIGH].entries == []


async def test_a_lost_lease_ends_the_work_and_leaves_the_message_alone():
    async with running_stage(visibility=6) as stage:
        stage.queue.send("20:a")
        await stage.clock.advance(1)
        stage.queue.entries[0].receipt = "another worker has it"
        await stage.clock.advance(2)
        assert stage.handler.interrupted == ["20:a lease_lost"]
        assert stage.queue.entries[0].receipt == "another worker has it"
        stage.queue.entries.clear()


async def test_heartbeats_that_fail_for_a_while_are_made_up_for():
    async with running_stage(visibility=6) as stage:
        stage.queue.send("20:a")
        await stage.clock.advance(2.5)
        stage.queue.is_down = True
        await stage.clock.advance(3)
        stage.queue.is_down = False
        await stage.clock.advance(20)
        assert stage.handler.finished == ["20:a"]
        assert stage.handler.started == ["20:a"]


async def test_a_lease_that_could_not_be_renewed_for_a_whole_timeout_is_lost():
    async with running_stage(visibility=6) as stage:
        stage.queue.send("60:a")
        await stage.clock.advance(1)
        stage.queue.is_down = True
        await stage.clock.advance(8)
        assert stage.handler.interrupted == ["60:a lease_lost"]
        stage.queue.is_down = False


async def test_a_queue_that_is_down_is_asked_again_and_again_with_a_growing_wait():
    async with running_stage() as stage:
        stage.queue.is_down = True
        await stage.clock.advance(120)
        assert 4 <= stage.queue.calls["receive"] <= 60
        stage.queue.is_down = False
        stage.queue.send("0:a")
        await stage.clock.advance(31)
        assert stage.handler.finished == ["0:a"]


async def test_a_retry_comes_back_after_its_delay_with_its_count_kept():
    async with running_stage() as stage:
        stage.handler.disposition = Disposition(fate=MessageFate.RETRY, delay_seconds=30)
        stage.queue.send("0:a")
        await stage.clock.advance(5)
        assert (stage.queue.visible, stage.queue.in_flight) == (0, 1)
        await stage.clock.advance(30)
        assert stage.handler.started == ["0:a", "0:a"]
        assert stage.queue.entries[0].receives == 2


async def test_poison_goes_to_the_dead_letter_queue_with_its_reason():
    async with running_stage() as stage:
        stage.handler.disposition = Disposition(
            fate=MessageFate.LEAVE, dead_letter_reason="not a job: " + "x" * 999
        )
        stage.queue.send("0:a")
        await stage.clock.advance(1)
        (letter,) = stage.queue.dead_letters
        assert letter.reason.startswith("not a job: xxx")
        assert len(letter.reason) == 256
        assert stage.queue.entries == []


async def test_a_handler_that_fails_costs_one_message_a_retry_and_nothing_else():
    async with running_stage() as stage:
        stage.queue.send("no number")
        stage.queue.send("0:a")
        await stage.clock.advance(0.5)
        assert stage.handler.finished == ["0:a"]
        assert stage.queue.in_flight == 1
        assert "could not convert string to float" in stage.log.getvalue()


async def test_high_comes_more_often_than_low_and_low_does_not_starve():
    async with running_stage(concurrency=2, lanes=(Lane.HIGH, Lane.NORMAL, Lane.LOW)) as stage:
        for number in range(200):
            for lane, queue in stage.queues.items():
                queue.send(f"1:{lane}:{number}")
        await stage.clock.advance(60)
        started = [body.split(":")[1] for body in stage.handler.started]
        assert started.count("high") > started.count("normal") > started.count("low") >= 5


async def test_an_idle_worker_asks_each_lane_three_times_a_minute():
    async with running_stage(lanes=tuple(Lane)) as stage:
        await stage.clock.advance(JUST_NOW_SECONDS + 1)
        for queue in stage.queues.values():
            queue.calls.clear()
        await stage.clock.advance(120)
        assert [queue.calls for queue in stage.queues.values()] == [{"receive": 6}] * 3


async def test_idle_again_it_asks_no_more_than_before():
    async with running_stage(lanes=tuple(Lane)) as stage:
        for number in range(30):
            stage.queue.send(f"0.1:{number}")
        await stage.clock.advance(JUST_NOW_SECONDS + 10)
        for queue in stage.queues.values():
            queue.calls.clear()
        await stage.clock.advance(120)
        assert all(queue.calls["receive"] <= 6 for queue in stage.queues.values())


async def test_a_job_costs_a_quarter_of_a_request():
    async with running_stage(concurrency=100, lanes=tuple(Lane)) as stage:
        for number in range(2000):
            stage.queue.send(f"0:{number}")
        await stage.clock.advance(5)
        assert len(stage.handler.finished) == 2000
        calls = sum(sum(queue.calls.values()) for queue in stage.queues.values())
        assert calls / 2000 <= 0.25


async def test_a_busy_worker_is_gone_with_its_longest_job_though_its_other_lanes_are_quiet():
    backlog = [f"0.2:{number}" for number in range(600)]
    async with running_stage(
        concurrency=10, lanes=tuple(Lane), grace=60, poll_grace=None, backlog=backlog
    ) as stage:
        await stage.clock.advance(1)
        stage.consumer.stop()
        await stage.clock.advance(0.2 + 0.5)
        assert stage.is_gone
        assert (stage.queue.in_flight, stage.handler.interrupted) == (0, [])
        assert stage.queue.visible + len(stage.handler.finished) == 600


async def test_beside_long_jobs_the_other_lanes_are_still_served_at_once_and_at_few_requests():
    async with running_stage(concurrency=2, lanes=tuple(Lane)) as stage:
        stage.queue.send("300:long")
        await stage.clock.advance(200)
        stage.queues[Lane.HIGH].send("1:urgent")
        await stage.clock.advance(0.1)
        assert stage.handler.started == ["300:long", "1:urgent"]
        assert stage.queues[Lane.LOW].calls["receive"] <= 30


async def test_a_drain_finishes_what_runs_and_gives_back_what_waits():
    async with running_stage(concurrency=1, lanes=(Lane.HIGH, Lane.NORMAL), grace=5) as stage:
        stage.queue.send("1:runs")
        await stage.clock.advance(0.5)
        stage.queues[Lane.HIGH].send("1:waits")
        await stage.clock.advance(0.2)
        stage.consumer.stop()
        await stage.clock.advance(0.1)
        assert stage.queues[Lane.HIGH].visible == 1
        await stage.clock.advance(2)
        assert stage.handler.started == ["1:runs"]
        assert stage.queue.entries == []


async def test_a_message_that_arrives_after_the_signal_is_given_back_at_once():
    async with running_stage(grace=5) as stage:
        stage.consumer.stop()
        stage.queue.send("1:late")
        await stage.clock.advance(0.1)
        assert stage.handler.started == []
        assert stage.queue.visible == 1


async def test_a_drain_gives_back_what_does_not_finish_in_the_grace():
    async with running_stage(grace=0.05) as stage:
        stage.queue.send("600:a")
        await stage.clock.advance(1)
        stage.consumer.stop()
        await asyncio.sleep(0.2)
        assert stage.handler.interrupted == ["600:a drained"]
        assert (stage.queue.visible, stage.queue.in_flight) == (1, 0)


async def test_heartbeats_go_on_while_draining():
    async with running_stage(visibility=3, grace=5) as stage:
        stage.queue.send("7:a")
        await stage.clock.advance(1)
        stage.consumer.stop()
        await stage.clock.advance(8)
        assert stage.handler.finished == ["7:a"]
        assert stage.queue.entries == []
        assert stage.queue.calls["extend"] >= 4


async def test_a_message_delivered_twice_to_us_runs_once_and_is_deleted_by_its_newest_receipt():
    async with running_stage(concurrency=3, visibility=30) as stage:
        stage.queue.send("4:a")
        await stage.clock.advance(1)
        stage.queue.entries[
            0
        ].visible_at = stage.clock.monotonic()  # as a queue that delivers at least once may do
        await stage.clock.advance(10)
        assert stage.handler.started == ["4:a"]
        assert stage.queue.entries == []


async def test_a_drain_waits_for_its_long_poll_and_gives_back_what_it_brings():
    async with running_stage(poll_grace=None) as stage:
        stage.consumer.stop()
        await stage.clock.advance(7)
        stage.queue.send("1:late")
        await stage.clock.advance(1)
        assert stage.handler.started == []
        assert (stage.queue.visible, stage.queue.in_flight) == (1, 0)
        assert stage.queue.calls["receive"] == 2  # the first look, and the long poll that the stop found


def test_unless_told_otherwise_a_poll_is_never_cut_off_before_it_should_have_answered():
    policy = ConsumerPolicy(concurrency=1, visibility_timeout_seconds=60, receive_wait_seconds=20)
    assert policy.longest_poll_seconds > 20
