"""The pool, probed where asyncio-pool is weak."""

import asyncio

import pytest

from worker.runtime.pool import JobPool


def make_pool(size: int) -> JobPool[str]:
    return JobPool(size=size, on_free=lambda: None)


async def note(task, seen):
    seen.append("cancelled" if task.cancelled() else task.result())


async def work(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "done"


async def test_a_full_pool_refuses_instead_of_waiting():
    pool = make_pool(1)
    seen: list[str] = []
    await pool.start(work(0.05), lambda task: note(task, seen))
    with pytest.raises(RuntimeError, match="no slot"):
        await pool.start(work(0), lambda task: note(task, seen))
    assert await pool.join(seconds=1)
    assert seen == ["done"]


async def test_a_task_cancelled_before_its_first_step_gives_its_slot_back():
    pool = make_pool(1)
    seen: list[str] = []
    task = await pool.start(work(10), lambda task: note(task, seen))
    task.cancel()
    assert await pool.join(seconds=1)
    assert (seen, pool.free) == (["cancelled"], 1)


async def test_slots_are_used_again_a_thousand_times():
    freed = asyncio.Event()
    pool: JobPool[str] = JobPool(size=3, on_free=freed.set)
    seen: list[str] = []
    for _ in range(1000):
        if pool.free == 0:
            freed.clear()
            await freed.wait()
        await pool.start(work(0), lambda task: note(task, seen))
    assert await pool.join(seconds=5)
    assert (len(seen), pool.free, pool.running) == (1000, 3, 0)


async def test_joining_is_bounded():
    pool = make_pool(1)
    task = await pool.start(work(10), lambda task: note(task, []))
    assert not await pool.join(seconds=0.02)
    task.cancel()
    assert await pool.join(seconds=1)


async def test_a_settlement_that_fails_is_kept_for_the_consumer_to_see():
    async def broken(_task):
        raise OSError("out of luck")

    pool = make_pool(1)
    await pool.start(work(0), broken)
    assert await pool.join(seconds=1)
    assert isinstance(pool.failure, OSError)
    assert pool.free == 1
