"""Slots in memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from worker.domain.errors import StoreUnavailable


@dataclass
class FakeSlots:
    held: dict[tuple[str, int], tuple[str, float]] = field(default_factory=dict)
    is_down: bool = False
    now: Callable[[], float] = time.time

    async def take(self, limit: str, *, slots: int, holder: str, seconds: float) -> bool:
        self._require_up()
        mine = [index for index in range(slots) if self._holder(limit, index) == holder]
        free = [index for index in range(slots) if self._holder(limit, index) is None]
        for index in [*mine, *free]:
            self.held[limit, index] = (holder, self.now() + seconds)
            return True
        return False

    async def give_back(self, limit: str, *, slots: int, holder: str) -> None:
        self._require_up()
        for index in range(slots):
            if self._holder(limit, index) == holder:
                del self.held[limit, index]

    def _holder(self, limit: str, index: int) -> str | None:
        holder, until = self.held.get((limit, index), ("", float("-inf")))
        return holder if until >= self.now() else None

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake slots are down")
