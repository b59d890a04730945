"""Modules that share tests, mended one after the other, also where a test fails for more than one of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from worker.domain.diagnosis import FaultClass
from worker.domain.outcome import PipelineOutcome
from worker.domain.patch import Patch
from worker.domain.repair import RepairReport
from worker.repository.units import Unit

Work = Callable[[Unit, Mapping[str, str]], Awaitable[PipelineOutcome | None]]
"""Works on a unit among texts; None where there was no time."""

MOST_TOGETHER = 3
"""So many modules whose faults one file of tests shows are mended together."""


def mended_by(outcome: PipelineOutcome | None) -> RepairReport | None:
    """Return the report of a repair that proved a patch."""
    return (
        outcome.repair if outcome is not None and outcome.repair is not None and outcome.repair.diff else None
    )


def is_mended(outcome: PipelineOutcome | None) -> bool:
    """A patch was proved."""
    return mended_by(outcome) is not None


def _is_failing(outcome: PipelineOutcome | None) -> bool:
    """Tests fail, and no patch mends that."""
    if outcome is None or outcome.repair is None or is_mended(outcome):
        return False
    return bool(outcome.repair.diagnosis.failing) and outcome.repair.diagnosis.is_fixable


def _is_passing(outcome: PipelineOutcome | None) -> bool:
    return (
        outcome is not None
        and outcome.repair is not None
        and outcome.repair.diagnosis.fault is FaultClass.NONE
    )


def _nearer(outcome: PipelineOutcome | None) -> Patch | None:
    """Return the best patch that makes some of its failing tests pass."""
    return next(iter(outcome.repair.nearer), None) if outcome is not None and outcome.repair else None


def narrowed(unit: Unit, others: Sequence[Unit]) -> Unit | None:
    """Keep the tests that reach none of the others; None where that is all of them, or none."""
    shared = {test for other in others if other is not unit for test in other.tests}
    own = tuple(test for test in unit.tests if test not in shared)
    if not own or own == unit.tests:
        return None
    return replace(
        unit, tests=own, files=tuple(path for path in unit.files if path in own or path not in shared)
    )


class InTurn:
    """One group of units."""

    def __init__(self, texts: Mapping[str, str], *, work: Work) -> None:
        """Begin with the texts of the commit."""
        self._present = dict(texts)
        self._work = work
        self.outcomes: dict[str, PipelineOutcome | None] = {}
        """What counts, by path."""
        self.others: list[PipelineOutcome] = []
        """What only took its time."""

    async def run(self, group: Sequence[Unit]) -> None:
        """Work on each, on top of what was mended before it; then on those that may stand in each other's way."""
        for unit in group:
            self.outcomes[unit.path] = await self._on(unit)
        failing = [unit for unit in group if _is_failing(self.outcomes[unit.path])]
        if len(failing) > 1:
            present = dict(self._present)
            if not await self._apart(failing):
                self._present = present
                await self._together(failing)

    async def _apart(self, units: Sequence[Unit]) -> bool:
        """Mend some by tests of their own, the rest on top of that: it counts where all tests of all of them pass in the end."""
        found = await self._mended([alone for unit in units if (alone := narrowed(unit, units)) is not None])
        if found:
            found |= await self._mended([unit for unit in units if unit.path not in found])
        return await self._counted(found, units)

    async def _together(self, units: Sequence[Unit]) -> bool:
        """Where tests tell the faults apart, but no file of them does: mend others on top of what mends a part of the tests."""
        grounds = [
            (unit, patch) for unit in units if (patch := _nearer(self.outcomes[unit.path])) is not None
        ]
        likely = [unit for unit, _ in grounds]
        ordered = [*likely, *(unit for unit in units if unit not in likely)]
        for unit, patch in grounds[:MOST_TOGETHER]:
            present = dict(self._present)
            others = [other for other in ordered if other is not unit]
            found = await self._around(unit, patch, others[:MOST_TOGETHER], more=MOST_TOGETHER - 2)
            if await self._counted(found, units):
                return True
            self._present = present
        return False

    async def _around(
        self, unit: Unit, patch: Patch, others: Sequence[Unit], *, more: int
    ) -> dict[str, PipelineOutcome]:
        """Mend another unit on a ground that nothing has proved, then the unit itself, as it was, on top of that; nothing where either fails.

        Where the other has only a part of its tests mended, too, that is a ground within the ground, `more` times.
        """
        before, found = self._present, dict[str, PipelineOutcome]()
        text = before[unit.path]
        for other in others:
            self._present = {**before, unit.path: patch.applied_to(text)}
            outcome = await self._on(other)
            if outcome is not None and is_mended(outcome):
                found = {other.path: outcome}
                break
            self._note(outcome)
            ground = _nearer(outcome) if more else None
            if ground is not None:
                rest = [one for one in others if one is not other]
                found = await self._around(other, ground, rest, more=more - 1)
            if found:
                break
        self._present = {**self._present, unit.path: text}
        own = await self._mended([unit]) if found else {}
        if not own:
            self._note(*found.values())
        return found | own if own else {}

    async def _counted(self, found: Mapping[str, PipelineOutcome], units: Sequence[Unit]) -> bool:
        """Take what was found, where every test of all of them passes; who needed no patch passes, too."""
        proofs: dict[str, PipelineOutcome | None] = {}
        for unit in units if found else ():
            proofs[unit.path] = await self._on(unit)
            if not _is_passing(proofs[unit.path]):
                break
        if not found or not all(map(_is_passing, proofs.values())):
            self._note(*found.values(), *proofs.values())
            return False
        self._note(*(self.outcomes[unit.path] for unit in units))
        self._note(*(proof for path, proof in proofs.items() if path in found))
        self.outcomes.update({**proofs, **found})
        return True

    async def _mended(self, units: Sequence[Unit]) -> dict[str, PipelineOutcome]:
        found = {}
        for unit in units:
            outcome = await self._on(unit)
            if outcome is not None and is_mended(outcome):
                found[unit.path] = outcome
            else:
                self._note(outcome)
        return found

    async def _on(self, unit: Unit) -> PipelineOutcome | None:
        outcome = await self._work(unit, self._present)
        if (repair := mended_by(outcome)) is not None:
            self._present[unit.path] = repair.patched
        return outcome

    def _note(self, *outcomes: PipelineOutcome | None) -> None:
        self.others += [outcome for outcome in outcomes if outcome is not None]
