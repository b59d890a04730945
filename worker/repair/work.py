"""What is known of one fix job while it is worked on."""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.errors import PatchInapplicable
from worker.domain.exchange import Budget
from worker.domain.job import Job
from worker.domain.patch import Patch, PatchRejection, PatchVerdict, Trial
from worker.domain.repair import Broken, RepairProof
from worker.domain.result import Turn
from worker.domain.usage import Usage
from worker.generation.metering import MeteredSandbox
from worker.ports import Clock
from worker.repair.verdicts import refused, verdict_of
from worker.repair_ports import RepairLanguage

MOST_GREEN = 24
"""Patches that pass are collected up to so many: enough to see where they disagree."""
_LONGEST_TRANSCRIPT = 60


@dataclass
class RepairWork:
    """One job so far."""

    job: Job
    """The job."""
    language: RepairLanguage
    """Its language."""
    sandbox: MeteredSandbox
    """Where its code runs."""
    broken: Broken
    """Its code and tests."""
    clock: Clock
    """Time."""
    budget_seconds: float
    """Time for the search."""
    diagnosis: Diagnosis = field(
        default_factory=lambda: Diagnosis(fault=FaultClass.UNKNOWN, summary="Nothing was looked at yet.")
    )
    """What is wrong."""
    green: list[Trial] = field(default_factory=list)
    """Patches that pass every test, each text once."""
    nearer: list[Trial] = field(default_factory=list)
    """Patches with which some of the failing tests pass, and none that passed fails."""
    verdicts: dict[str, PatchVerdict] = field(default_factory=dict)
    """Of every patch that was looked at, by the mark of its text."""
    transcript: list[str] = field(default_factory=list)
    """What was done."""
    tried: int = 0
    """Small changes of the built-in search that were run."""
    is_exhausted: bool = True
    """Every small change was tried."""
    usage: Usage = field(default_factory=Usage)
    """What engines took."""
    turns: list[Turn] = field(default_factory=list)
    """Engines asked."""

    ahead: tuple[Patch, asyncio.Task[RepairProof]] | None = None
    """A patch that is being proved before it is chosen."""

    @property
    def source_sha256(self) -> str:
        """Digest of the broken code."""
        return hashlib.sha256(self.job.code.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def has_run_tests(self) -> bool:
        """Tests tell good patches from bad ones; else only the tools that spoke in a log can."""
        return bool(self.diagnosis.failing or self.diagnosis.passing)

    def budget(self, share: float, *, least: float = 1.0) -> Budget:
        """Return a part of the job's time."""
        return Budget(seconds=max(self.budget_seconds * share, least), seed=self.job.seed)

    def say(self, text: str) -> None:
        """Note a step."""
        if len(self.transcript) < _LONGEST_TRANSCRIPT:
            self.transcript.append(text)

    def fresh(self, patches: Iterable[Patch]) -> list[Patch]:
        """Return the patches that nothing in their text speaks against and that are new; the others get their verdict."""
        wanted: list[Patch] = []
        for patch in patches:
            mark = self.mark(patch)
            if mark in self.verdicts or any(self.mark(other) == mark for other in wanted):
                continue
            objection = self.language.objection_to(patch, self.broken)
            if objection:
                self.verdicts[mark] = refused(patch, objection)
                self.say(f"refused: {patch.description} ({patch.origin}): {objection}")
            else:
                wanted.append(patch)
        return wanted

    def take(self, trials: Sequence[Trial]) -> int:
        """Judge trials; return how many are green and new."""
        count = 0
        for trial in trials:
            mark = self.mark(trial.patch)
            if mark in self.verdicts:
                continue
            verdict = verdict_of(trial, self.diagnosis)
            self.verdicts[mark] = verdict
            if verdict.is_accepted and len(self.green) < MOST_GREEN:
                self.green.append(trial)
                count += 1
        return count

    def reject(self, patch: Patch, rejection: PatchRejection, detail: str = "") -> None:
        """Turn a patch down that passed so far."""
        known = self.verdicts[self.mark(patch)]
        self.verdicts[self.mark(patch)] = PatchVerdict(
            patch=patch,
            rejection=rejection,
            detail=detail or known.detail,
            tests_fixed=known.tests_fixed,
            tests_kept=known.tests_kept,
            repeats=known.repeats,
        )

    async def prove_ahead(self, patch: Patch, budget: Budget) -> None:
        """Begin to prove a patch that will most likely be chosen."""
        if self.ahead is not None and self.ahead[0] is patch:
            return
        await self.drop_ahead()
        proving = self.language.prove(self.broken, patch, self.sandbox, budget)
        self.ahead = patch, asyncio.create_task(proving)

    async def proved(self, patch: Patch, budget: Budget) -> RepairProof:
        """Prove a patch, or wait for what has begun."""
        if self.ahead is not None and self.ahead[0] is patch:
            return await self.ahead[1]
        return await self.language.prove(self.broken, patch, self.sandbox, budget)

    async def drop_ahead(self) -> None:
        """End what was begun and is not wanted."""
        if self.ahead is not None:
            self.ahead[1].cancel()
            await asyncio.gather(self.ahead[1], return_exceptions=True)
            self.ahead = None

    def mark(self, patch: Patch) -> str:
        """Digest of what a patch makes of the code; of its edits where it does not fit."""
        try:
            return patch.mark(self.broken.subject.source)
        except PatchInapplicable:
            return hashlib.sha256(repr(patch.edits).encode()).hexdigest()[:16]
