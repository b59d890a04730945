"""Which engine for which job: in the order that they are set in, or in one drawn from how they have fared (see worker.domain.routing)."""

from collections.abc import Sequence
from random import Random

from worker.domain.routing import arm_name, drawn_order
from worker.ports import Engine, Knowledge


class LearningRouter:
    """A `worker.ports.Router` over a few engines."""

    def __init__(
        self, engines: Sequence[Engine], *, knowledge: Knowledge, random: Random, is_drawn: bool
    ) -> None:
        """Know the engines, from cheap to strong; `is_drawn` orders them by a draw, else they keep their order."""
        self._engines = {_name(engine): engine for engine in engines}
        self._knowledge = knowledge
        self._random = random
        self._is_drawn = is_drawn

    async def route(self, job_class: str) -> Sequence[Engine]:
        """Order the engines for a job."""
        if not self._is_drawn or len(self._engines) == 1:
            return list(self._engines.values())
        tallies = await self._knowledge.tallies(job_class)
        return [self._engines[arm] for arm in drawn_order(list(self._engines), tallies, self._random)]

    async def learn(self, job_class: str, engine: Engine, *, is_kept: bool, seconds: float) -> None:
        """Count the turn of an engine."""
        await self._knowledge.tally(job_class, _name(engine), is_kept=is_kept, seconds=seconds)


def _name(engine: Engine) -> str:
    identity = engine.identity
    return arm_name(identity.name, identity.model)
