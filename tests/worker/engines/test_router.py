"""The router orders engines and remembers how they did."""

from random import Random

from tests.fakes.engine import FakeEngine
from tests.fakes.knowledge import FakeKnowledge
from worker.domain.result import EngineIdentity
from worker.engines.router import LearningRouter


class Named(FakeEngine):
    def __init__(self, model: str) -> None:
        super().__init__()
        self.model = model

    @property
    def identity(self) -> EngineIdentity:
        return EngineIdentity(name="ollama", kind="llm", model=self.model)


SMALL, LARGE = Named("small"), Named("large")


def router(knowledge: FakeKnowledge, *, is_drawn: bool) -> LearningRouter:
    return LearningRouter([SMALL, LARGE], knowledge=knowledge, random=Random(1), is_drawn=is_drawn)


async def test_without_a_draw_the_engines_keep_their_order_whatever_they_achieved():
    knowledge = FakeKnowledge()
    for _ in range(50):
        await knowledge.tally("python/small", "ollama/large", is_kept=True, seconds=1)
        await knowledge.tally("python/small", "ollama/small", is_kept=False, seconds=1)
    assert await router(knowledge, is_drawn=False).route("python/small") == [SMALL, LARGE]


async def test_what_an_engine_achieved_in_a_class_of_jobs_brings_it_to_the_front_there():
    knowledge = FakeKnowledge()
    drawn = router(knowledge, is_drawn=True)
    for _ in range(50):
        await drawn.learn("python/small", LARGE, is_kept=True, seconds=1)
        await drawn.learn("python/small", SMALL, is_kept=False, seconds=1)
    assert [await drawn.route("python/small") for _ in range(20)] == [[LARGE, SMALL]] * 20
    elsewhere = [(await drawn.route("javascript/small"))[0] for _ in range(60)]
    assert SMALL in elsewhere
    assert LARGE in elsewhere
