"""The search: one small change at a time, those without end once more with more steps, then two changes where one alone helps."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from time import monotonic

from worker.domain.diagnosis import Diagnosis
from worker.domain.patch import Patch, PatchOrigin, Trial
from worker.domain.repair import Found
from worker.languages.javascript_points import find_points
from worker.languages.javascript_repair_candidates import Suspicion, joined, patches_of
from worker.languages.javascript_repair_pace import paced
from worker.languages.javascript_repair_running import (
    MORE_STEPS,
    STEPS,
    Bounds,
    Suite,
    Tried,
    run_versions,
    versions_of,
)
from worker.languages.javascript_syntax import parse
from worker.ports import Sandbox

_NO_CHANGE = Patch(
    edits=(), origin=PatchOrigin.BUILTIN, operator="none", description="nothing is changed", cost=0.0
)
_SLACK, _THIN, _FEW = 1.5, 6, 6
"""Tests that make more than so many checks decide nearly by themselves: then a few patches that pass are enough."""
_ENOUGH_FOR_TWO = 10
"""Two free choices fit fewer checks by chance."""
_LONGER_SECONDS = 4.0
"""For those that were stopped by their steps."""
_MULTIPLE, _MUCH = 4, 10_000
"""What a change may take of steps against before; tests that take more than so many are ended by their first failure."""
_HALVES, _OTHERS, _PAIRS = 14, 300, 2_000
"""So many changes that help are joined with so many of the cheapest."""


@dataclass
class Search:
    """One search."""

    suite: Suite
    """The tests, and the source that is changed."""
    sandbox: Sandbox
    """Where they run."""
    most: int
    """So many patches that pass are enough."""
    deadline: float
    """By the monotonic clock."""
    tried: int = 0
    """Versions that were run."""
    slack: float | None = None
    """How much dearer than the first green change one may be that is still run; None where thin tests want all weighed."""
    is_hasty: bool = False
    """The tests do much work."""

    @property
    def left(self) -> float:
        """Seconds."""
        return max(self.deadline - monotonic(), 0.0)

    async def run(self, diagnosis: Diagnosis) -> Found:
        """Search."""
        patches = await asyncio.to_thread(_patches, self.suite.subject.source, diagnosis)
        steps = STEPS + _MULTIPLE * diagnosis.steps
        self.is_hasty = diagnosis.steps > _MUCH
        if diagnosis.checks > _THIN:
            self.slack, self.most = _SLACK, min(self.most, _FEW)
        first = await self.try_patches([_NO_CHANGE, *patches], steps)
        green = _green(first)
        notes = [
            f"{len(patches)} changes of one place; {sum(one.is_timed_out for one in first.trials.values())} without end"
        ]
        if len(green) < self.most and not (green and self.slack is not None):
            green += await self._longer(first, green)
        is_exhausted = first.is_complete
        if not green and self.left > 1 and diagnosis.checks >= _ENOUGH_FOR_TWO:
            pairs = await asyncio.to_thread(_pairs, first, patches)
            notes.append(f"{len(pairs)} pairs of changes of which one helps")
            second = await self.try_patches(pairs, steps)
            green, is_exhausted = _green(second), is_exhausted and second.is_complete
        ordered = sorted(green, key=lambda trial: trial.patch.cost)
        return Found(
            trials=tuple(ordered[: self.most]),
            tried=self.tried,
            is_exhausted=is_exhausted,
            notes=tuple(notes),
        )

    async def _longer(self, first: Tried, green: Sequence[Trial]) -> list[Trial]:
        """Try those again that were stopped by their steps: what mends a fault may do more work than the fault.

        Where others pass, those that are far dearer would weigh too little.
        """
        dearest = min((trial.patch.cost for trial in green), default=inf) + _SLACK
        stopped = [
            at
            for at, trial in first.trials.items()
            if trial.is_timed_out and trial.patch.edits and trial.patch.cost <= dearest
        ]
        if not stopped or self.left < 1:
            return []
        seconds = _LONGER_SECONDS / (2 if green else 1)
        share = replace(self, deadline=monotonic() + min(self.left / 3, seconds))
        found = await share.try_patches([first.trials[at].patch for at in stopped], MORE_STEPS)
        self.tried += share.tried - self.tried
        first.progress.update({stopped[place]: held for place, held in found.progress.items()})
        return _green(found)

    async def try_patches(self, patches: Sequence[Patch], steps: int) -> Tried:
        """Run the suite on each, within what time is left."""
        base = await asyncio.to_thread(paced, self.suite.subject.source)
        versions = await asyncio.to_thread(versions_of, base, patches)
        bounds = Bounds(
            seconds=self.left, steps=steps, most=self.most, is_hasty=self.is_hasty, slack=self.slack
        )
        found = await run_versions(self.suite, versions, patches, self.sandbox, bounds)
        self.tried += len(found.trials)
        return found


def _patches(source: str, diagnosis: Diagnosis) -> list[Patch]:
    executable = find_points(source).lines
    return patches_of(source, parse(source), Suspicion(diagnosis.locations, sorted(executable)))


def _green(tried: Tried) -> list[Trial]:
    return [trial for at in tried.green() if (trial := tried.trials[at]).patch.edits]


def _pairs(first: Tried, patches: Sequence[Patch]) -> list[Patch]:
    """Join changes by which more assertions hold than before with cheap ones."""
    ground = first.progress.get(0, 0)
    helpful = [at for at, held in first.progress.items() if held > ground]
    helpful.sort(key=lambda at: (-first.progress[at], first.trials[at].patch.cost))
    halves = [first.trials[at].patch for at in helpful[:_HALVES]]
    found: dict[str, Patch] = {}
    for half in halves:
        for other in patches[:_OTHERS]:
            pair = joined(half, other)
            if pair is not None:
                found.setdefault(repr(pair.edits), pair)
    return sorted(found.values(), key=lambda pair: pair.cost)[:_PAIRS]
