"""The memory of the fleet: what was proved once is not worked out again.

The key is a digest of all that the answer follows from: code, name, language and units, engines with their models' digests, prompts,
seed and budget. Code is taken to the letter, but for the form of its line ends, which no language of ours can tell apart: code that looks
alike is not alike, since a bug and its fix differ by a character. One worker works an answer out, the others wait for it.

Only what was proved, by an engine that was wanted, with time enough, is remembered; errors never are.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from worker.domain.attempt import EndReason
from worker.domain.candidate import RejectionReason
from worker.domain.errors import EngineUnavailable, StoreUnavailable
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.outcome_codec import MEMORY_PREFIX, decode_outcome, encode_outcome
from worker.domain.routing import CACHE_ARM, job_class
from worker.ports import Artifacts, Clock, Knowledge, Pipeline

CLAIM_SECONDS_AT_LEAST, CLAIM_BUDGETS = 60.0, 4.0
"""How long the others wait for one who works an answer out: so many budgets, but so long at least. Then it is taken for dead."""
LOOK_SECONDS = 1.0
"""Between two looks for it."""

Fingerprint = Callable[[], Awaitable[str]]
"""Tells engines, models and prompts apart; raises EngineUnavailable."""
Count = Callable[[str], None]
"""Hears of each answer: hit, miss or waited."""


@dataclass(frozen=True, kw_only=True)
class Memories:
    """Where is remembered."""

    knowledge: Knowledge
    """Knows what there is, and who works on it."""
    artifacts: Artifacts
    """Holds it."""
    owner: str
    """Who works here."""
    count: Count
    """Hears of hits and misses."""


class RememberingPipeline:
    """A `worker.ports.Pipeline` around another."""

    def __init__(
        self, inner: Pipeline, *, memories: Memories, fingerprint: Fingerprint, clock: Clock
    ) -> None:
        """Ask the inner one for what is not remembered."""
        self._inner = inner
        self._memories = memories
        self._fingerprint = fingerprint
        self._clock = clock

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:
        """Remember, or work it out. A retry is always worked out: who asks again wants another answer."""
        if job.retry_of is not None:
            return await self._inner.run(job, budget_seconds=budget_seconds)
        try:
            key = key_of(job, budget_seconds=budget_seconds, fingerprint=await self._fingerprint())
        except EngineUnavailable:  # nobody knows what the answer would follow from
            return await self._inner.run(job, budget_seconds=budget_seconds)
        known = await self._recalled(job, key, budget_seconds)
        if known is not None:
            return known
        try:
            outcome = await self._inner.run(job, budget_seconds=budget_seconds)
        except BaseException:
            await self._memories.knowledge.forget(key, owner=self._owner(job))
            raise
        await self._keep(job, key, outcome)
        return outcome

    async def _recalled(self, job: Job, key: str, budget_seconds: float) -> PipelineOutcome | None:
        """Return what is remembered, waiting for one who works it out; None where the work is ours."""
        memories = self._memories
        seconds = max(CLAIM_SECONDS_AT_LEAST, CLAIM_BUDGETS * budget_seconds)
        answer = "hit"
        while True:
            memory = await memories.knowledge.recall(key, owner=self._owner(job), seconds=seconds)
            if memory is not None:
                break
            answer = "waited"
            await self._clock.sleep(LOOK_SECONDS)
        known = None if memory.is_mine else await self._read(memory.artifact_key)
        await self._count(job, answer if known else "miss")
        return None if known is None else replace(known, is_remembered=True)

    def _owner(self, job: Job) -> str:
        """Two jobs of one worker wait for each other like those of two."""
        return f"{self._memories.owner}/{job.job_id}"

    async def _read(self, artifact_key: str) -> PipelineOutcome | None:
        """Read it; what can't be read is worked out again."""
        try:
            content = await self._memories.artifacts.get(artifact_key)
            return None if content is None else await asyncio.to_thread(decode_outcome, content)
        except (StoreUnavailable, ValueError):
            return None

    async def _count(self, job: Job, answer: str) -> None:
        self._memories.count(answer)
        kind = job_class(job.language, job.code)
        await self._memories.knowledge.tally(kind, CACHE_ARM, is_kept=answer != "miss", seconds=0.0)

    async def _keep(self, job: Job, key: str, outcome: PipelineOutcome) -> None:
        memories = self._memories
        artifact_key = f"{MEMORY_PREFIX}{key}.json"
        try:
            if not is_memorable(outcome):
                await memories.knowledge.forget(key, owner=self._owner(job))
                return
            await memories.artifacts.put(
                artifact_key, encode_outcome(outcome), content_type="application/json"
            )
        except StoreUnavailable:
            await memories.knowledge.forget(key, owner=self._owner(job))
            return
        await memories.knowledge.remember(key, owner=self._owner(job), artifact_key=artifact_key)


def key_of(job: Job, *, budget_seconds: float, fingerprint: str) -> str:
    """Digest of all that the answer follows from, in hex."""
    parts = (
        *(job.kind.value, job.language, job.path or "", sorted(job.targets)),
        *(job.seed, budget_seconds, fingerprint),
        job.code.replace("\r\n", "\n"),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_memorable(outcome: PipelineOutcome) -> bool:
    """Whether another try would bring the same: proved by a wanted engine, and nothing was left out for want of time."""
    is_cut_short = bool(outcome.rejected.get(RejectionReason.NO_TIME.value))
    return outcome.end_reason is EndReason.PROVED and outcome.fallback is None and not is_cut_short
