"""Where the store of what was learned is down, the work goes on."""

from tests.fakes.knowledge import FakeKnowledge
from worker.adapters.tolerant_knowledge import TolerantKnowledge
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import EngineHealth, Memory


async def test_who_cannot_ask_knows_nothing_and_does_the_work_itself():
    troubles: list[StoreUnavailable] = []
    silent = TolerantKnowledge(FakeKnowledge(is_down=True), on_trouble=troubles.append)
    assert await silent.recall("k", owner="w", seconds=9) == Memory(key="k", artifact_key="", is_mine=True)
    assert await silent.tallies("python/small") == ()
    assert await silent.health("ollama") == EngineHealth()
    assert await silent.flaky("source") == frozenset()
    await silent.remember("k", owner="w", artifact_key="memory/k.json")
    await silent.forget("k", owner="w")
    await silent.tally("python/small", "builtin", is_kept=True, seconds=1)
    await silent.note_health("ollama", is_well=False, open_seconds=1)
    await silent.note_flaky("source", ["a"])
    assert len(troubles) == 9


async def test_what_can_be_asked_is_passed_on():
    inner = FakeKnowledge()
    knowledge = TolerantKnowledge(inner, on_trouble=lambda _: None)
    await knowledge.tally("python/small", "builtin", is_kept=True, seconds=1)
    await knowledge.note_flaky("source", ["a"])
    assert await knowledge.tallies("python/small") == await inner.tallies("python/small")
    assert await knowledge.flaky("source") == {"a"}
