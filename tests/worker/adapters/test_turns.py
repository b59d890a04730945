"""Calls of a store take turns; the time of a call runs from its turn on."""

import asyncio

import pytest

from worker.adapters.aws_errors import told_as_unavailable
from worker.domain.errors import StoreUnavailable


async def test_to_wait_for_ones_turn_longer_than_a_call_may_take_is_no_fault_of_the_store() -> None:
    turns = asyncio.Semaphore(1)
    await turns.acquire()

    async def call() -> str:
        async with told_as_unavailable("ask", seconds=0.05, turns=turns):
            return "answered"

    waiting = asyncio.create_task(call())
    await asyncio.sleep(0.2)
    turns.release()
    assert await waiting == "answered"


async def test_a_call_that_takes_too_long_is_told_and_gives_its_turn_back() -> None:
    turns = asyncio.Semaphore(1)
    with pytest.raises(StoreUnavailable, match="ask"):
        async with told_as_unavailable("ask", seconds=0.05, turns=turns):
            await asyncio.sleep(30)
    assert not turns.locked()


async def test_no_more_calls_than_turns_are_under_way() -> None:
    turns, under_way, most = asyncio.Semaphore(3), 0, 0

    async def call() -> None:
        nonlocal under_way, most
        async with told_as_unavailable("ask", turns=turns):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.001)
            under_way -= 1

    await asyncio.gather(*(call() for _ in range(20)))
    assert most == 3
