"""What the fleet has learned of its engines, as the workers note it and the driver shows it."""

import time

import pytest

from automation.fleet.engines import engines
from tests.automation.fleet.conftest import Stores
from tests.contracts.worlds import aws_client
from worker.adapters.dynamodb_knowledge import DynamoDbKnowledge

pytestmark = pytest.mark.slow


async def test_what_workers_noted_is_shown_by_class_the_best_first(stores: Stores) -> None:
    async with aws_client("dynamodb", stores.access.endpoint) as client:
        knowledge = DynamoDbKnowledge(client=client, table=stores.outputs.ledger_table)
        for is_kept in (True, False, False, False):
            await knowledge.tally("python/small", "ollama/m:1b", is_kept=is_kept, seconds=10)
        await knowledge.tally("python/small", "builtin/b:1", is_kept=True, seconds=2.5)
        for is_hit in (False, True, True):
            await knowledge.tally("javascript/large", "cache", is_kept=is_hit, seconds=0)
        await knowledge.note_health("ollama/m:1b", is_well=False, open_seconds=60)
    view = engines(stores.access, stores.outputs)
    told = [(arm.job_class, arm.arm, arm.tried, arm.kept, arm.seconds_each) for arm in view.arms]
    assert told == [
        ("python/small", "builtin/b:1", 1, 1, 2.5),
        ("python/small", "ollama/m:1b", 4, 1, 10.0),
    ]
    assert view.arms[0].expected_rate == pytest.approx(2 / 3, abs=0.001)
    assert [(memory.job_class, memory.asked, memory.hits) for memory in view.memory] == [
        ("javascript/large", 3, 2)
    ]
    (health,) = view.health
    assert (health.arm, health.failures) == ("ollama/m:1b", 1)
    assert 0 < health.closed_for_seconds <= 60


async def test_an_engine_that_recovered_is_asked(stores: Stores) -> None:
    async with aws_client("dynamodb", stores.access.endpoint) as client:
        knowledge = DynamoDbKnowledge(client=client, table=stores.outputs.ledger_table)
        await knowledge.note_health("ollama/m:1b", is_well=False, open_seconds=time.time())
        await knowledge.note_health("ollama/m:1b", is_well=True, open_seconds=0)
    (health,) = engines(stores.access, stores.outputs).health
    assert (health.failures, health.closed_for_seconds) == (0, 0)


def test_a_fleet_that_has_done_nothing_has_learned_nothing(stores: Stores) -> None:
    view = engines(stores.access, stores.outputs)
    assert (view.arms, view.memory, view.health) == ((), (), ())
