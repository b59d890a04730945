"""What workers can learn from each other, on the fake and on DynamoDB as the embedded AWS has it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.contracts.tables import ledger_table
from tests.fakes.knowledge import FakeKnowledge
from worker.adapters.dynamodb_knowledge import DynamoDbKnowledge
from worker.domain.exchange import EngineHealth, Memory, Tally
from worker.ports import Knowledge


@pytest.fixture(params=["fake", "embedded AWS"])
async def knowledge(request) -> AsyncIterator[Knowledge]:
    if request.param == "fake":
        yield FakeKnowledge()
        return
    async with ledger_table(request.getfixturevalue("aws_endpoint")) as (client, table):
        yield DynamoDbKnowledge(client=client, table=table)


async def test_of_many_who_ask_at_once_one_finds_it_out(knowledge):
    answers = await asyncio.gather(*(knowledge.recall("k", owner=f"w{at}", seconds=60) for at in range(8)))
    mine = [answer for answer in answers if answer is not None]
    assert [answer.is_mine for answer in mine] == [True]


async def test_what_was_found_out_is_known_to_all(knowledge):
    await knowledge.recall("k", owner="a", seconds=60)
    await knowledge.remember("k", owner="a", artifact_key="memory/k.json")
    assert await knowledge.recall("k", owner="b", seconds=60) == Memory(
        key="k", artifact_key="memory/k.json", is_mine=False
    )


async def test_the_first_thing_remembered_stands(knowledge):
    await knowledge.remember("k", owner="a", artifact_key="first")
    await knowledge.remember("k", owner="b", artifact_key="second")
    known = await knowledge.recall("k", owner="c", seconds=60)
    assert known is not None
    assert known.artifact_key == "first"


async def test_who_gives_up_leaves_it_to_the_next_one(knowledge):
    await knowledge.recall("k", owner="a", seconds=60)
    await knowledge.forget("k", owner="a")
    again = await knowledge.recall("k", owner="b", seconds=60)
    assert again is not None
    assert again.is_mine


async def test_nobody_gives_up_for_another_and_nothing_known_is_forgotten(knowledge):
    await knowledge.recall("k", owner="a", seconds=60)
    await knowledge.forget("k", owner="b")
    assert await knowledge.recall("k", owner="b", seconds=60) is None
    await knowledge.remember("k", owner="a", artifact_key="x")
    await knowledge.forget("k", owner="a")
    known = await knowledge.recall("k", owner="b", seconds=60)
    assert known is not None
    assert known.artifact_key == "x"


async def test_the_claim_of_one_that_died_ends_with_its_time(knowledge):
    await knowledge.recall("k", owner="dead", seconds=-1)
    again = await knowledge.recall("k", owner="b", seconds=60)
    assert again is not None
    assert again.is_mine


async def test_tallies_add_up_by_class_and_arm(knowledge):
    await knowledge.tally("python/small", "builtin", is_kept=True, seconds=2.5)
    await knowledge.tally("python/small", "builtin", is_kept=False, seconds=1.0)
    await knowledge.tally("python/small", "ollama/m", is_kept=True, seconds=4.0)
    await knowledge.tally("python/large", "builtin", is_kept=True, seconds=9.0)
    tallies = sorted(await knowledge.tallies("python/small"), key=lambda tally: tally.arm)
    assert tallies == [
        Tally(arm="builtin", tried=2, kept=1, seconds=3.5),
        Tally(arm="ollama/m", tried=1, kept=1, seconds=4.0),
    ]


async def test_an_engine_that_nobody_spoke_of_is_well(knowledge):
    assert await knowledge.health("ollama") == EngineHealth()


async def test_failures_count_until_the_engine_is_well_again(knowledge):
    for _ in range(2):
        await knowledge.note_health("ollama", is_well=False, open_seconds=30)
    ill = await knowledge.health("ollama")
    assert ill.failures == 2
    assert ill.open_until > 0
    await knowledge.note_health("ollama", is_well=True, open_seconds=0)
    assert await knowledge.health("ollama") == EngineHealth()


async def test_flaky_tests_are_noted_by_source(knowledge):
    await knowledge.note_flaky("source", ["a", "b"])
    await knowledge.note_flaky("source", ["b"])
    assert await knowledge.flaky("source") == {"a", "b"}
    assert await knowledge.flaky("other") == frozenset()
