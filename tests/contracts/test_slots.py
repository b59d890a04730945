"""What a limit over the whole fleet does, on the fake and on DynamoDB as the embedded AWS has it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.contracts.tables import ledger_table
from tests.fakes.slots import FakeSlots
from worker.adapters.dynamodb_slots import DynamoDbSlots
from worker.domain.errors import StoreUnavailable
from worker.ports import Slots

LIMIT = "repository/acme"


@pytest.fixture(params=["fake", "embedded AWS"])
async def slots(request) -> AsyncIterator[Slots]:
    if request.param == "fake":
        yield FakeSlots()
        return
    async with ledger_table(request.getfixturevalue("aws_endpoint")) as (client, table):
        yield DynamoDbSlots(client=client, table=table)


async def test_no_more_holders_than_slots_however_many_come_at_once(slots):
    taken = await asyncio.gather(
        *(slots.take(LIMIT, slots=3, holder=f"j{at}", seconds=60) for at in range(12))
    )
    assert sum(taken) == 3


async def test_a_holder_that_comes_again_renews_its_slot_and_takes_no_second_one(slots):
    assert await slots.take(LIMIT, slots=2, holder="a", seconds=60)
    assert await slots.take(LIMIT, slots=2, holder="a", seconds=60)
    assert await slots.take(LIMIT, slots=2, holder="b", seconds=60)
    assert not await slots.take(LIMIT, slots=2, holder="c", seconds=60)


async def test_a_slot_given_back_is_free_for_the_next_one(slots):
    assert await slots.take(LIMIT, slots=1, holder="a", seconds=60)
    await slots.give_back(LIMIT, slots=1, holder="a")
    assert await slots.take(LIMIT, slots=1, holder="b", seconds=60)


async def test_who_holds_nothing_gives_nothing_of_anybodys_back(slots):
    assert await slots.take(LIMIT, slots=1, holder="a", seconds=60)
    await slots.give_back(LIMIT, slots=1, holder="b")
    assert not await slots.take(LIMIT, slots=1, holder="b", seconds=60)


async def test_the_slot_of_a_holder_that_died_is_free_when_its_time_is_over(slots):
    assert await slots.take(LIMIT, slots=1, holder="dead", seconds=-1)
    assert await slots.take(LIMIT, slots=1, holder="b", seconds=60)


async def test_limits_do_not_know_each_other(slots):
    assert await slots.take(LIMIT, slots=1, holder="a", seconds=60)
    assert await slots.take("repository/other", slots=1, holder="a", seconds=60)


async def test_a_missing_table_is_a_store_that_is_unavailable(aws_endpoint):
    async with ledger_table(aws_endpoint) as (client, _):
        with pytest.raises(StoreUnavailable, match="ResourceNotFound"):
            await DynamoDbSlots(client=client, table="none").take(LIMIT, slots=1, holder="a", seconds=1)
