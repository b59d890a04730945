"""A task is protected while it has a job that a stop could cut off, and not otherwise."""

import asyncio

import pytest

from tests.fakes.clock import FakeClock, settle
from tests.fakes.protection import FakeProtection
from tests.fakes.queue import FakeQueue
from tests.worker.runtime.stage import ScriptedHandler
from worker.domain.exchange import Message
from worker.domain.job import Lane
from worker.runtime.closing import ScaleIn
from worker.runtime.delivery import Delivery
from worker.runtime.protection import ProtectedHandler

GRACE_SECONDS, TIMEOUT_SECONDS = 90.0, 600.0


class Stage:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.protection = FakeProtection()
        self.scale_in = ScaleIn()
        self.queue = FakeQueue(clock=self.clock, lane=Lane.NORMAL, visibility_timeout_seconds=60)
        self.handler = ProtectedHandler(
            ScriptedHandler(clock=self.clock),
            protection=self.protection,
            clock=self.clock,
            grace_seconds=GRACE_SECONDS,
            timeout_seconds=TIMEOUT_SECONDS,
            scale_in=self.scale_in,
        )

    def start(self, seconds: float) -> asyncio.Task:
        message = Message(message_id="m", receipt="r", body=f"{seconds}:x", receives=1, lane=Lane.NORMAL)
        delivery = Delivery(message=message, queue=self.queue, receipt="r", held_since=0.0)
        return asyncio.create_task(self.handler(delivery))


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_work_that_a_drain_would_finish_needs_no_protection(stage):
    for _ in range(20):
        task = stage.start(29)
        await stage.clock.advance(29)
        await task
    assert stage.protection.asked == []


async def test_long_work_is_protected_until_its_end_and_no_longer_than_it_may_take(stage):
    task = stage.start(200)
    await stage.clock.advance(30)
    assert stage.protection.asked == [11]
    await stage.clock.advance(170)
    await task
    assert stage.protection.asked == [11, 0]


async def test_protection_lasts_while_any_long_job_runs(stage):
    first, second = stage.start(100), stage.start(200)
    await stage.clock.advance(100)
    await first
    assert stage.protection.is_protected
    await stage.clock.advance(100)
    await second
    assert not stage.protection.is_protected


async def test_under_a_steady_load_of_short_jobs_a_task_can_be_replaced_at_any_time(stage):
    tasks = []
    for _ in range(50):
        tasks.append(stage.start(20))
        await stage.clock.advance(10)
    await stage.clock.advance(20)
    await asyncio.gather(*tasks)
    assert stage.protection.asked == []


async def test_work_that_is_cut_off_gives_its_protection_up(stage):
    task = stage.start(500)
    await stage.clock.advance(60)
    task.cancel()
    await settle()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.protection.asked == [11, 0]


async def test_while_another_worker_is_to_go_a_protection_is_left_to_end_soon_instead_of_given_up(stage):
    task = stage.start(200)
    await stage.clock.advance(30)
    stage.scale_in.is_near = True
    await stage.clock.advance(170)
    await task
    assert stage.protection.asked == [11, 2]
