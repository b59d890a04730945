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
from worker.languages.javascript_repair_diagnosis import tests_among
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
_SHARE_AFTER, _SHARE_LOOKING, _SHARE_BESIDE = 0.6, 0.3, 0.3
"""Of the time: what is left when changes that mend some of the tests are looked for, what that may take of it, and what pairs of changes then have."""
_FURTHER, _OTHERS_WHOLE, _NEARER = 60, 1_500, 16
"""So many changes that came further, and so many others, are run on all tests for it; so many are told of."""
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
        first, nearer = await self._alone([_NO_CHANGE, *patches], steps, tests_among(diagnosis.failing))
        green = _green(first)
        notes = [
            f"{len(patches)} changes of one place; {sum(one.is_timed_out for one in first.trials.values())} without end"
        ]
        is_exhausted = first.is_complete
        if not nearer and len(green) < self.most and not (green and self.slack is not None):
            green += await self._longer(first, green)
        if not green and self.left > 1 and diagnosis.checks >= _ENOUGH_FOR_TWO:
            pairs = await asyncio.to_thread(_pairs, first, patches, is_of_two=bool(nearer))
            notes.append(f"{len(pairs)} pairs of changes of which one helps")
            second = await self._share(_SHARE_BESIDE if nearer else 1.0).try_patches(pairs, steps)
            self.tried += len(second.trials)
            green, is_exhausted = _green(second), is_exhausted and second.is_complete
        ordered = sorted(green, key=lambda trial: trial.patch.cost)
        return Found(
            trials=tuple(ordered[: self.most]),
            nearer=tuple(nearer),
            tried=self.tried,
            is_exhausted=is_exhausted,
            notes=tuple(notes),
        )

    async def _alone(
        self, patches: Sequence[Patch], steps: int, failing: frozenset[str]
    ) -> tuple[Tried, list[Trial]]:
        """Try each by itself. Where none passes by half time or in the end, also return those with which some of the tests pass; then no more are tried."""
        if len(failing) < 2:
            first = await self.try_patches(patches, steps)
            return first, []
        share = self._share(1 - _SHARE_AFTER)
        first = await share.try_patches(patches, steps)
        self.tried = share.tried
        nearer = await self._nearer(first, patches, steps, failing) if not first.green() else []
        rest = [at for at in range(len(patches)) if at not in first.trials]
        if first.is_complete or nearer or not rest:
            return first, nearer
        more = await self.try_patches([patches[at] for at in rest], steps)
        first.trials.update({rest[at]: trial for at, trial in more.trials.items()})
        first.progress.update({rest[at]: held for at, held in more.progress.items()})
        first.is_complete = more.is_complete
        late = (
            await self._nearer(more, [patches[at] for at in rest], steps, failing)
            if not first.green()
            else []
        )
        return first, late

    async def _nearer(
        self, tried: Tried, patches: Sequence[Patch], steps: int, failing: frozenset[str]
    ) -> list[Trial]:
        """Run all tests on those that came further; where none of them mends a test, on the others: a test before it may fail for another fault."""
        ground = tried.progress.get(0, 0)
        further = sorted(
            (at for at, held in tried.progress.items() if held > ground),
            key=lambda at: (-tried.progress[at], patches[at].cost),
        )
        others = [at for at in sorted(tried.trials) if at not in further and patches[at].edits]
        for places in (further[:_FURTHER], others[:_OTHERS_WHOLE]):
            share = self._share(_SHARE_LOOKING)
            found = await share.try_patches([patches[at] for at in places], steps, is_whole=True)
            near = [trial for trial in found.trials.values() if _mends(trial, failing)]
            if near:
                near.sort(key=lambda trial: (-len(trial.passed & failing), trial.patch.cost))
                return near[:_NEARER]
        return []

    def _share(self, share: float) -> "Search":
        """Return one that has a share of the time, and counts from here on."""
        return replace(self, deadline=monotonic() + self.left * share)

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

    async def try_patches(self, patches: Sequence[Patch], steps: int, *, is_whole: bool = False) -> Tried:
        """Run the suite on each, within what time is left; `is_whole` runs all tests though one fails."""
        base = await asyncio.to_thread(paced, self.suite.subject.source)
        versions = await asyncio.to_thread(versions_of, base, patches)
        bounds = Bounds(
            seconds=self.left,
            steps=steps,
            most=self.most,
            is_hasty=self.is_hasty,
            slack=self.slack,
            is_named=is_whole,
            is_whole=is_whole,
        )
        found = await run_versions(self.suite, versions, patches, self.sandbox, bounds)
        self.tried += len(found.trials)
        return found


def _patches(source: str, diagnosis: Diagnosis) -> list[Patch]:
    executable = find_points(source).lines
    return patches_of(source, parse(source), Suspicion(diagnosis.locations, sorted(executable)))


def _green(tried: Tried) -> list[Trial]:
    return [trial for at in tried.green() if (trial := tried.trials[at]).patch.edits]


def _mends(trial: Trial, failing: frozenset[str]) -> bool:
    """Some of the failing tests pass, and no other fails; of assertions within a failing test nothing is said."""
    return bool(trial.passed & failing) and tests_among(trial.failed) <= failing


def _pairs(first: Tried, patches: Sequence[Patch], *, is_of_two: bool) -> list[Patch]:
    """Join changes by which more assertions hold than before with cheap ones; `is_of_two` faults, of which tests tell apart."""
    ground = first.progress.get(0, 0)
    helpful = [at for at, held in first.progress.items() if held > ground]
    helpful.sort(key=lambda at: (-first.progress[at], first.trials[at].patch.cost))
    halves = [first.trials[at].patch for at in helpful[:_HALVES]]
    found: dict[str, Patch] = {}
    for half in halves:
        for other in patches[:_OTHERS]:
            pair = joined(half, other)
            if pair is None:
                continue
            if is_of_two:
                costs = (half.cost, other.cost)
                pair = replace(pair, cost=sum(costs), costs=costs)
            found.setdefault(repr(pair.edits), pair)
    return sorted(found.values(), key=lambda pair: pair.cost)[:_PAIRS]
