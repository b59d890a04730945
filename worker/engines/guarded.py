"""A guard around an engine: what a server that is slow, full or down must not do to the jobs that need it.

| guard            | what it does |
|------------------|--------------|
| turns            | so many requests of this worker at once, the others wait; and so many of the whole fleet, by slots of the ledger |
| retries          | a failure that came quickly is tried again after a moment; one that took long has cost enough |
| circuit breaker  | after a few failures in a row nobody in the fleet asks for a while; each further failure doubles it |

An engine that is full or left alone is EngineBusy: the job waits in the queue, and nothing counts as a failure of it. Source of
the breaker: M. Nygard, Release It!, 2nd edition, 2018, chapter 5.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

from worker.domain.errors import EngineBusy, EngineMissing, EngineUnavailable, StoreUnavailable
from worker.domain.exchange import Completion, EngineHealth, EngineRequest
from worker.domain.result import EngineIdentity
from worker.domain.routing import arm_name
from worker.ports import Clock, Engine, Knowledge, Slots

TRIES = 3
"""Of a request that fails quickly."""
QUICK_SECONDS = 5.0
"""A failure that took longer is not tried again here: the job has waited long enough, and comes again."""
PAUSE_SECONDS = 0.5
"""Before the second try, at the most; doubled before the third."""
FAILURES_TO_OPEN = 3
"""Failures in a row, over the whole fleet, after which nobody asks for a while."""
LONGEST_PAUSE = 20
"""Times the first pause: a server that comes back is asked within minutes."""
HEALTH_SECONDS = 5.0
"""How old what is known of an engine's health may be."""
SLOT_WAIT_SECONDS = 30.0
"""How long a request waits for a slot of the fleet."""
SLOT_MARGIN_SECONDS = 90.0
"""A slot is held for a request's time and for loading the model; then it is free, even if its worker died."""


@dataclass(frozen=True, kw_only=True)
class GuardPolicy:
    """Bounds on requests."""

    worker_id: str
    """Who asks; holds the slots."""
    concurrency: int
    """Requests of this worker at once."""
    fleet_concurrency: int = 0
    """Requests of the whole fleet at once; 0 sets no limit."""
    pause_seconds: float = 15.0
    """How long nobody asks after a few failures in a row, at first; 0 asks always."""


class GuardedEngine:
    """A `worker.ports.Engine` around another."""

    def __init__(
        self,
        inner: Engine,
        *,
        policy: GuardPolicy,
        knowledge: Knowledge,
        slots: Slots,
        clock: Clock,
        random: Random,
    ) -> None:
        """Guard the inner one."""
        self._inner = inner
        self._policy = policy
        self._knowledge = knowledge
        self._slots = slots
        self._clock = clock
        self._random = random
        self._turns = asyncio.Semaphore(policy.concurrency)
        self._health = EngineHealth()
        self._health_at = float("-inf")
        self._asked = 0

    @property
    def identity(self) -> EngineIdentity:
        """The inner one's."""
        return self._inner.identity

    async def models(self) -> Sequence[Mapping[str, object]]:
        """Pass on."""
        return await self._inner.models()

    async def generate(self, request: EngineRequest) -> Completion:
        """Ask when it is our turn; raises EngineBusy where the engine is full or left alone."""
        await self._require_closed()
        async with self._turns, self._slot(request):
            return await self._answered(request)

    async def _require_closed(self) -> None:
        now = self._clock.monotonic()
        if now - self._health_at > HEALTH_SECONDS:
            self._health, self._health_at = await self._knowledge.health(self._name), now
        left = self._health.open_until - self._clock.now().timestamp()
        if left > 0:
            raise EngineBusy(
                f"{self._name} failed {self._health.failures} times in a row and is left alone for {left:.0f} s more"
            )

    @asynccontextmanager
    async def _slot(self, request: EngineRequest) -> AsyncIterator[None]:
        """Hold a slot of the fleet, where there is a limit; raises EngineBusy where none becomes free."""
        slots = self._policy.fleet_concurrency
        if slots <= 0:
            yield
            return
        self._asked += 1
        limit, holder = f"engine/{self._name}"[:200], f"{self._policy.worker_id}/{self._asked}"
        seconds = request.budget.seconds + SLOT_MARGIN_SECONDS
        deadline = self._clock.monotonic() + SLOT_WAIT_SECONDS
        while not await self._slots.take(limit, slots=slots, holder=holder, seconds=seconds):
            if self._clock.monotonic() > deadline:
                raise EngineBusy(
                    f"all {slots} requests that the fleet may make to {self._name} are under way"
                )
            await self._clock.sleep(self._random.uniform(0.5, 2.0))
        try:
            yield
        finally:
            with suppress(StoreUnavailable):  # it ends with its time then
                await self._slots.give_back(limit, slots=slots, holder=holder)

    async def _answered(self, request: EngineRequest) -> Completion:
        for tries_left in reversed(range(TRIES)):
            began = self._clock.monotonic()
            try:
                completion = await self._inner.generate(request)
            except EngineMissing:
                raise  # the server is well
            except EngineUnavailable:
                if not tries_left or self._clock.monotonic() - began > QUICK_SECONDS:
                    await self._failed()
                    raise
                pause = PAUSE_SECONDS * 2 ** (TRIES - 1 - tries_left)
                await self._clock.sleep(self._random.uniform(0.0, pause))
            else:
                await self._served()
                return completion
        raise AssertionError  # the last try returns or raises

    async def _failed(self) -> None:
        """Tell the fleet; requests that were under way when the pause began fail of the same cause and lengthen nothing."""
        health = await self._knowledge.health(self._name)
        self._health_at = float("-inf")  # ask before the next request
        if not self._policy.pause_seconds or health.open_until > self._clock.now().timestamp():
            return
        over = health.failures + 1 - FAILURES_TO_OPEN
        seconds = self._policy.pause_seconds * min(2**over, LONGEST_PAUSE) if over >= 0 else 0.0
        await self._knowledge.note_health(self._name, is_well=False, open_seconds=seconds)

    async def _served(self) -> None:
        if self._health.failures:
            await self._knowledge.note_health(self._name, is_well=True, open_seconds=0.0)
            self._health = EngineHealth()

    @property
    def _name(self) -> str:
        return arm_name(self.identity.name, self.identity.model)
