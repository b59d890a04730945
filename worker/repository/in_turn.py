"""Modules that share tests, mended one after the other, also where a test fails for more than one of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from worker.domain.diagnosis import FaultClass
from worker.domain.outcome import PipelineOutcome
from worker.repository.units import Unit

Work = Callable[[Unit, Mapping[str, str]], Awaitable[PipelineOutcome | None]]
"""Works on a unit among texts; None where there was no time."""


def is_mended(outcome: PipelineOutcome | None) -> bool:
    """A patch was proved."""
    return outcome is not None and outcome.repair is not None and bool(outcome.repair.diff)


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
            await self._apart(failing)

    async def _apart(self, units: Sequence[Unit]) -> None:
        """Mend some by tests of their own, the rest on top of that: it counts where all tests of all of them pass in the end."""
        found = await self._mended([alone for unit in units if (alone := narrowed(unit, units)) is not None])
        if found:
            found |= await self._mended([unit for unit in units if unit.path not in found])
        proofs = []
        if len(found) == len(units):
            proofs = [await self._on(unit) for unit in units]
            self._note(*proofs)
        if proofs and all(_is_passing(proof) for proof in proofs):
            self._note(*(self.outcomes[path] for path in found))
            self.outcomes.update(found)
        else:
            self._note(*found.values())

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
        if outcome is not None and outcome.repair is not None and outcome.repair.diff:
            self._present[unit.path] = outcome.repair.patched
        return outcome

    def _note(self, *outcomes: PipelineOutcome | None) -> None:
        self.others += [outcome for outcome in outcomes if outcome is not None]
