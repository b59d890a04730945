"""Knowledge that is silent where its store is down: nothing depends on it, so whoever can't ask or tell goes on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import EngineHealth, Memory, Tally
from worker.ports import Knowledge

Trouble = Callable[[StoreUnavailable], None]
"""Hears of a store that did not answer."""

_Answer = TypeVar("_Answer")


class TolerantKnowledge:
    """A `worker.ports.Knowledge` that never raises StoreUnavailable."""

    def __init__(self, inner: Knowledge, *, on_trouble: Trouble) -> None:
        """Ask the inner one."""
        self._inner = inner
        self._on_trouble = on_trouble

    async def recall(self, key: str, *, owner: str, seconds: float) -> Memory | None:
        """Ask; who can't does the work."""
        mine = Memory(key=key, artifact_key="", is_mine=True)
        return await self._or(mine, self._inner.recall(key, owner=owner, seconds=seconds))

    async def remember(self, key: str, *, owner: str, artifact_key: str) -> None:
        """Tell."""
        await self._or(None, self._inner.remember(key, owner=owner, artifact_key=artifact_key))

    async def forget(self, key: str, *, owner: str) -> None:
        """Tell; a claim that stays ends with its time."""
        await self._or(None, self._inner.forget(key, owner=owner))

    async def tallies(self, job_class: str) -> Sequence[Tally]:
        """Ask; nothing is known of what can't be asked."""
        nothing: Sequence[Tally] = ()
        return await self._or(nothing, self._inner.tallies(job_class))

    async def tally(self, job_class: str, arm: str, *, is_kept: bool, seconds: float) -> None:
        """Tell."""
        await self._or(None, self._inner.tally(job_class, arm, is_kept=is_kept, seconds=seconds))

    async def health(self, engine: str) -> EngineHealth:
        """Ask; an engine of which nothing is known is well."""
        return await self._or(EngineHealth(), self._inner.health(engine))

    async def note_health(self, engine: str, *, is_well: bool, open_seconds: float) -> None:
        """Tell."""
        await self._or(None, self._inner.note_health(engine, is_well=is_well, open_seconds=open_seconds))

    async def flaky(self, source_sha256: str) -> frozenset[str]:
        """Ask."""
        nothing: frozenset[str] = frozenset()
        return await self._or(nothing, self._inner.flaky(source_sha256))

    async def note_flaky(self, source_sha256: str, digests: Sequence[str]) -> None:
        """Tell."""
        await self._or(None, self._inner.note_flaky(source_sha256, digests))

    async def _or(self, otherwise: _Answer, asked: Awaitable[_Answer]) -> _Answer:
        try:
            return await asked
        except StoreUnavailable as error:
            self._on_trouble(error)
            return otherwise
