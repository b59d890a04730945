"""Grounds: where no patch alone makes every test pass, one that makes some of them pass is what the next search works on.

| step on a ground | ends where |
|---|---|
| 1 run the tests on it | none of the failing ones passes now, one that passed fails, or nothing tells where to look |
| 2 search it as if it were the code | a patch of it makes every test pass; else its own grounds are next |
| 3 run the tests on both as one patch of the code, and on both with each other way to the ground | - |

A ground is never offered. What is, makes every test pass, and is weighed and proved as any other patch.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from worker.domain.diagnosis import Diagnosis
from worker.domain.exchange import Budget
from worker.domain.joining import both, in_turn, rebased
from worker.domain.patch import Patch, Trial
from worker.domain.repair import Broken
from worker.repair.work import RepairWork

MOST_FAULTS = 3
"""So many faults are mended at most, each by a change of its own."""
_GROUNDS = (3, 2)
"""So many grounds are searched for a second fault, and of each so many for a third."""
_LEAST_SECONDS = 1.0
"""With less left no ground is looked at."""
_DIAGNOSE_SHARE, _FIRST_SHARE = 0.4, 0.6
_SECOND, _WAYS, _TRIED = 8, 6, 20
"""Patches of a ground that are wanted, other ways to the ground that they are joined with, patches that are tried in the end."""
_TRY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a search works on."""

    broken: Broken
    """The code, or what a patch of it made of it."""
    diagnosis: Diagnosis
    """What its tests show."""
    patch: Patch | None = None
    """The patch; None of the code itself."""
    ways: tuple[Patch, ...] = ()
    """Other patches that make the same tests pass."""

    @property
    def faults(self) -> int:
        """So many are mended in it."""
        return 0 if self.patch is None else self.patch.faults


async def by_grounds(work: RepairWork, nearer: Iterable[Trial], *, until: float) -> None:
    """Look for what mends the rest, on top of what mends a part, until a moment of the job's clock."""
    found = _Search(work=work)
    start = Ground(broken=work.broken, diagnosis=work.diagnosis)
    await found.among(nearer, start, until=until)


@dataclass(frozen=True, kw_only=True)
class _Search:
    work: RepairWork

    async def among(self, nearer: Iterable[Trial], below: Ground, *, until: float) -> None:
        """Try the best of them one after the other; the first gets most of the time."""
        chosen = _apart(sorted(nearer, key=_standing(below.diagnosis)), _GROUNDS[below.faults])
        for place, (trial, ways) in enumerate(chosen):
            left = until - self.work.clock.monotonic()
            if left < _LEAST_SECONDS or self.work.green:
                return
            share = _FIRST_SHARE if place + 1 < len(chosen) else 1.0
            await self._on(trial, ways, below, until=until - left * (1 - share))

    async def _on(self, trial: Trial, ways: tuple[Patch, ...], below: Ground, *, until: float) -> None:
        work, ground = self.work, await self._ground(trial, ways, below, until)
        if ground is None:
            return
        left = max(until - work.clock.monotonic(), _LEAST_SECONDS)
        found = await work.language.search(
            ground.broken, ground.diagnosis, work.sandbox, self._budget(left), most=_SECOND
        )
        work.tried += found.tried
        work.say(f"{found.tried} small changes tried on top of it: {len(found.trials)} pass every test")
        if found.trials:
            await self._join(ground, [each.patch for each in found.trials])
        elif ground.faults + 1 < MOST_FAULTS:
            await self.among(found.nearer, ground, until=until)

    async def _ground(
        self, trial: Trial, ways: tuple[Patch, ...], below: Ground, until: float
    ) -> Ground | None:
        """Run the tests on it: what does not hold up, or shows nothing of where to look, is no ground."""
        work, source = self.work, below.broken.subject.source
        halfway = replace(
            below.broken, subject=replace(below.broken.subject, source=trial.patch.applied_to(source))
        )
        left = max(until - work.clock.monotonic(), _LEAST_SECONDS)
        diagnosis = await work.language.diagnose(halfway, work.sandbox, self._budget(left * _DIAGNOSE_SHARE))
        work.say(f"with {trial.patch.description}: {diagnosis.summary}")
        if not _is_progress(below.diagnosis, diagnosis):
            return None
        first = below.patch
        patch = trial.patch if first is None else in_turn(work.broken.subject.source, first, trial.patch)
        others = tuple(whole for way in ways if (whole := _onto(first, way)) is not None)
        return Ground(broken=halfway, diagnosis=diagnosis, patch=patch, ways=others)

    async def _join(self, ground: Ground, patches: Sequence[Patch]) -> None:
        """Try both as one patch of the code, and in place of the ground the other ways to it: all of them are weighed."""
        work, first = self.work, ground.patch
        if first is None:
            return
        source = work.broken.subject.source
        patches = [patch for patch in patches if first.faults + patch.faults <= MOST_FAULTS]
        wanted = [in_turn(source, first, patch) for patch in patches]
        alone = [one for patch in patches if (one := rebased(patch, first)) is not None]
        wanted += [whole for way in ground.ways for one in alone if (whole := both(way, one)) is not None]
        wanted.sort(key=lambda patch: patch.cost)
        fresh = work.fresh(wanted[:_TRIED])
        trials = await work.language.try_all(work.broken, fresh, work.sandbox, self._budget(_TRY_SECONDS))
        count = work.take(trials)
        work.say(f"{len(fresh)} patches of {first.faults + 1} changes or more tried: {count} pass every test")

    def _budget(self, seconds: float) -> Budget:
        return Budget(seconds=seconds, seed=self.work.job.seed)


def _is_progress(before: Diagnosis, after: Diagnosis) -> bool:
    failing = frozenset(after.failing)
    is_less = bool(frozenset(before.failing) - failing) and not failing & frozenset(before.passing)
    return is_less and bool(failing) and after.is_fixable and bool(after.locations)


def _standing(diagnosis: Diagnosis) -> Callable[[Trial], tuple[int, float]]:
    failing = frozenset(diagnosis.failing)
    return lambda trial: (-len(trial.passed & failing), trial.patch.cost)


def _apart(ordered: Sequence[Trial], most: int) -> list[tuple[Trial, tuple[Patch, ...]]]:
    """Choose grounds that differ in what they mend or where, each with the patches that make the same tests pass."""
    chosen: dict[tuple[frozenset[str], int], Trial] = {}
    for trial in ordered:
        chosen.setdefault((trial.passed, trial.patch.line), trial)
    return [
        (
            trial,
            tuple(other.patch for other in ordered if other is not trial and other.passed >= trial.passed)[
                :_WAYS
            ],
        )
        for trial in list(chosen.values())[:most]
    ]


def _onto(first: Patch | None, way: Patch) -> Patch | None:
    """Write a patch of a ground as one of the code, the ground's own included."""
    if first is None:
        return way
    alone = rebased(way, first)
    return None if alone is None else both(first, alone)
