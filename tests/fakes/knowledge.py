"""What workers learn from each other, in memory."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import EngineHealth, Memory, Tally


@dataclass
class FakeKnowledge:
    known: dict[str, str] = field(default_factory=dict)
    claims: dict[str, tuple[str, float]] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    arms: dict[tuple[str, str], Tally] = field(default_factory=dict)
    engines: dict[str, EngineHealth] = field(default_factory=dict)
    flaky_tests: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    is_down: bool = False
    now: Callable[[], float] = time.time

    async def recall(self, key: str, *, owner: str, seconds: float) -> Memory | None:
        self._require_up()
        if key in self.known:
            self.hits[key] += 1
            return Memory(key=key, artifact_key=self.known[key], is_mine=False)
        holder, until = self.claims.get(key, (owner, 0.0))
        if holder != owner and until >= self.now():
            return None
        self.claims[key] = (owner, self.now() + seconds)
        return Memory(key=key, artifact_key="", is_mine=True)

    async def remember(self, key: str, *, owner: str, artifact_key: str) -> None:
        self._require_up()
        self.known.setdefault(key, artifact_key)
        self.claims.pop(key, None)

    async def forget(self, key: str, *, owner: str) -> None:
        self._require_up()
        if self.claims.get(key, ("", 0.0))[0] == owner:
            del self.claims[key]

    async def tallies(self, job_class: str) -> Sequence[Tally]:
        self._require_up()
        return [tally for (name, _), tally in self.arms.items() if name == job_class]

    async def tally(self, job_class: str, arm: str, *, is_kept: bool, seconds: float) -> None:
        self._require_up()
        before = self.arms.get((job_class, arm), Tally(arm=arm, tried=0, kept=0, seconds=0.0))
        self.arms[job_class, arm] = replace(
            before, tried=before.tried + 1, kept=before.kept + is_kept, seconds=before.seconds + seconds
        )

    async def health(self, engine: str) -> EngineHealth:
        self._require_up()
        return self.engines.get(engine, EngineHealth())

    async def note_health(self, engine: str, *, is_well: bool, open_seconds: float) -> None:
        self._require_up()
        failures = self.engines.get(engine, EngineHealth()).failures
        self.engines[engine] = (
            EngineHealth()
            if is_well
            else EngineHealth(failures=failures + 1, open_until=self.now() + open_seconds)
        )

    async def flaky(self, source_sha256: str) -> frozenset[str]:
        self._require_up()
        return frozenset(self.flaky_tests[source_sha256])

    async def note_flaky(self, source_sha256: str, digests: Sequence[str]) -> None:
        self._require_up()
        self.flaky_tests[source_sha256].update(digests)

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake knowledge is down")
