"""What a server that is slow, full or down must not do to the jobs that need it."""

import asyncio
from random import Random

import pytest

from tests.fakes.clock import FakeClock, settle
from tests.fakes.engine import FakeEngine
from tests.fakes.knowledge import FakeKnowledge
from tests.fakes.slots import FakeSlots
from worker.domain.errors import EngineBusy, EngineMissing, EngineUnavailable
from worker.domain.exchange import Budget, Completion, EngineHealth, EngineRequest, Subject
from worker.engines.guarded import FAILURES_TO_OPEN, TRIES, GuardedEngine, GuardPolicy

REQUEST = EngineRequest(
    prompt="p",
    subject=Subject(source="f", module_name="m", path="m.py"),
    language="python",
    budget=Budget(seconds=5),
)
NAME = "fake/fake:1"


class SlowEngine(FakeEngine):
    """Takes its time, in virtual time, and tells how many asked at once."""

    def __init__(self, clock: FakeClock, seconds: float, *answers: str | Exception) -> None:
        super().__init__(answers=list(answers) or ["tests"])
        self.clock, self.seconds = clock, seconds
        self.at_once = self.most_at_once = 0

    async def generate(self, request: EngineRequest) -> Completion:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.clock.sleep(self.seconds)
            return await super().generate(request)
        finally:
            self.at_once -= 1


def guarded(
    inner: FakeEngine,
    clock: FakeClock,
    *,
    knowledge: FakeKnowledge | None = None,
    slots: FakeSlots | None = None,
    concurrency: int = 2,
    fleet_concurrency: int = 0,
    worker_id: str = "w",
    pause_seconds: float = 15,
) -> GuardedEngine:
    return GuardedEngine(
        inner,
        policy=GuardPolicy(
            worker_id=worker_id,
            concurrency=concurrency,
            fleet_concurrency=fleet_concurrency,
            pause_seconds=pause_seconds,
        ),
        knowledge=knowledge or FakeKnowledge(),
        slots=slots or FakeSlots(now=clock.monotonic),
        clock=clock,
        random=Random(1),
    )


async def ended(work, clock: FakeClock, seconds: float = 600.0):
    """Let virtual time pass until it ends."""
    task = asyncio.ensure_future(work)
    await settle()
    passed = 0.0
    while not task.done() and passed < seconds:
        await clock.advance(1.0)
        passed += 1.0
    return await task


async def test_no_more_requests_run_at_once_than_the_model_takes_and_the_others_wait():
    clock = FakeClock()
    inner = SlowEngine(clock, 3)
    engine = guarded(inner, clock, concurrency=2)
    await ended(asyncio.gather(*(engine.generate(REQUEST) for _ in range(6))), clock)
    assert inner.most_at_once == 2
    assert len(inner.requests) == 6


async def test_the_fleet_s_limit_holds_over_several_workers():
    clock = FakeClock()
    slots, inner = FakeSlots(now=clock.monotonic), SlowEngine(clock, 3)
    workers = [
        guarded(inner, clock, slots=slots, concurrency=5, fleet_concurrency=3, worker_id=f"w{number}")
        for number in range(3)
    ]
    await ended(asyncio.gather(*(each.generate(REQUEST) for each in workers for _ in range(3))), clock)
    assert inner.most_at_once == 3
    assert slots.held == {}


async def test_where_no_slot_becomes_free_the_engine_is_busy():
    clock = FakeClock()
    slots = FakeSlots(now=clock.monotonic)
    await slots.take(f"engine/{NAME}", slots=1, holder="another", seconds=3600)
    engine = guarded(FakeEngine(), clock, slots=slots, fleet_concurrency=1)
    with pytest.raises(EngineBusy, match="all 1 requests"):
        await ended(engine.generate(REQUEST), clock)


async def test_a_failure_that_came_quickly_is_tried_again():
    clock, inner = FakeClock(), FakeEngine(answers=[EngineUnavailable("reset"), "tests"])
    assert (await ended(guarded(inner, clock).generate(REQUEST), clock)).text == "tests"


async def test_a_failure_that_took_long_is_not():
    clock = FakeClock()
    inner = SlowEngine(clock, 20, EngineUnavailable("hangs"))
    with pytest.raises(EngineUnavailable, match="hangs"):
        await ended(guarded(inner, clock).generate(REQUEST), clock)
    assert len(inner.requests) == 1


async def test_a_missing_model_is_told_at_once_and_is_no_failure_of_the_server():
    clock, knowledge = FakeClock(), FakeKnowledge()
    inner = FakeEngine(answers=[EngineMissing("no model")])
    with pytest.raises(EngineMissing):
        await guarded(inner, clock, knowledge=knowledge).generate(REQUEST)
    assert len(inner.requests) == 1
    assert knowledge.engines == {}


async def test_after_failures_in_a_row_nobody_in_the_fleet_asks_for_a_while():
    clock = FakeClock()
    knowledge = FakeKnowledge(now=lambda: clock.now().timestamp())
    inner = FakeEngine(answers=[EngineUnavailable("down")])
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(EngineUnavailable, match="down"):
            await ended(guarded(inner, clock, knowledge=knowledge).generate(REQUEST), clock)
    assert len(inner.requests) == TRIES * FAILURES_TO_OPEN
    other = guarded(inner, clock, knowledge=knowledge, worker_id="another")
    with pytest.raises(EngineBusy, match="failed 3 times in a row"):
        await other.generate(REQUEST)
    assert len(inner.requests) == TRIES * FAILURES_TO_OPEN


async def test_the_wait_grows_with_each_further_failure_up_to_a_bound():
    clock, knowledge, waits = FakeClock(), FakeKnowledge(), []

    async def note(engine: str, *, is_well: bool, open_seconds: float) -> None:
        waits.append(open_seconds)
        knowledge.engines[engine] = EngineHealth(failures=len(waits))

    knowledge.note_health = note
    engine = guarded(FakeEngine(answers=[EngineUnavailable("down")]), clock, knowledge=knowledge)
    for _ in range(10):
        with pytest.raises(EngineUnavailable):
            await ended(engine.generate(REQUEST), clock)
    assert waits == [0, 0, 15, 30, 60, 120, 240, 300, 300, 300]


async def test_requests_that_were_under_way_when_the_pause_began_lengthen_nothing():
    clock = FakeClock()
    knowledge = FakeKnowledge(now=lambda: clock.now().timestamp())
    inner = SlowEngine(clock, 20, EngineUnavailable("hangs"))
    engine = guarded(inner, clock, knowledge=knowledge, concurrency=9)
    asked = asyncio.gather(*(engine.generate(REQUEST) for _ in range(9)), return_exceptions=True)
    assert {type(error) for error in await ended(asked, clock)} == {EngineUnavailable}
    health = knowledge.engines[NAME]
    assert health.failures == FAILURES_TO_OPEN
    assert health.open_until - clock.now().timestamp() <= 15


async def test_where_no_pause_is_wanted_a_model_is_asked_always():
    clock, knowledge = FakeClock(), FakeKnowledge()
    inner = FakeEngine(answers=[EngineUnavailable("down")])
    engine = guarded(inner, clock, knowledge=knowledge, pause_seconds=0)
    for _ in range(9):
        with pytest.raises(EngineUnavailable, match="down"):
            await ended(engine.generate(REQUEST), clock)
    assert knowledge.engines == {}


async def test_when_the_wait_is_over_it_is_asked_again_and_one_success_makes_it_well():
    clock, knowledge = FakeClock(), FakeKnowledge()
    knowledge.engines[NAME] = EngineHealth(failures=5, open_until=clock.now().timestamp() + 30)
    engine = guarded(FakeEngine(answers=["tests"]), clock, knowledge=knowledge)
    with pytest.raises(EngineBusy):
        await engine.generate(REQUEST)
    await clock.advance(31)
    assert (await engine.generate(REQUEST)).text == "tests"
    assert knowledge.engines[NAME] == EngineHealth()
