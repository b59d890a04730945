"""Rivals: the subject with one small fault each. A call that shows something else on a rival than on the subject pins the place down.

The state of the module is shared and not fresh: what is found here is a hint, and is judged afterwards as everything else.
"""

import ast
import time

from . import forks, instrument
from .mutants import find_mutants
from .patches import Patcher, patched
from .signs import Program

_STEPS_AT_LEAST, _STEPS_FACTOR, _STEPS_OF_A_CALL = 2000, 20, 300_000
_CALL_SECONDS = 0.3


class Rival:
    """One faulty copy; its code is made when it is first needed."""

    def __init__(self, mutant):
        self.mutant = mutant
        self.id, self.reach = mutant.id, mutant.reach
        self.patches = None

    def is_reached(self, lines):
        return not self.reach or not self.reach.isdisjoint(lines)


class Rivals:
    """All of them, and the way to compare."""

    def __init__(self, plan, source, module, *, only=None):
        self.module, self.name = module, plan["name"]
        self.tree = ast.parse(source)
        self.steps = instrument.Steps()
        module.__dict__[instrument.TICK] = self.steps.tick
        module.__dict__[instrument.SET] = instrument.BackwardSet
        self.patcher = Patcher(self.tree, module, plan["file"])
        self.caches = [value.cache_clear for value in vars(module).values() if hasattr(value, "cache_clear")]
        mutants = find_mutants(self.tree, limit=plan["mutants"], seed=plan["seed"])
        instrument.count_steps(self.tree, mutants)
        self.all = [Rival(mutant) for mutant in mutants]
        if only is not None:
            self.all = [rival for rival in self.all if rival.mutant.line in only]
        self.alive = list(self.all)
        self.deadline = float("inf")
        self.counting = self.patcher.of_tree(self.tree)
        sets = instrument.with_own_sets(ast.parse(source))
        self.backward = None
        if sets is not None:
            instrument.count_steps(sets)
            self.backward = self.patcher.of_tree(sets)

    def is_steady(self, scenario):
        """Whether what it shows hangs on no set's order."""
        if self.backward is None:
            return True
        program = Program(scenario, self.name)
        with patched(self.counting):
            usual = self._alone(program, [])
            return usual == self._alone(program, self.backward)

    def told(self, scenario, lines, rivals):
        """Those of the rivals on which the scenario shows something else."""
        reached = [rival for rival in rivals if rival.is_reached(lines) and self._has_code(rival)]
        if not reached:
            return []
        program = Program(scenario, self.name)
        with patched(self.counting):
            own = self._alone(program, [])
            limit = _STEPS_AT_LEAST + _STEPS_FACTOR * self.steps.count
            if own is None:
                return []  # too long
            told = self._different(program, reached, own, limit)
            return told if not told or own == self._alone(program, []) else []  # never twice the same

    def _different(self, program, rivals, own, limit):
        """Many within one time limit, since setting one takes as long as a call; who breaks it is tried again alone."""
        told, place = [], 0
        while place < len(rivals):
            try:
                with forks.time_limit(_CALL_SECONDS):
                    while place < len(rivals):
                        if time.monotonic() > self.deadline:
                            return told
                        if self._shown(program, rivals[place].patches, limit) != own:
                            told.append(rivals[place])
                        place += 1
            except forks.CallTimeout:
                if place < len(rivals) and rivals[place] not in told and self._alone(program, rivals[place].patches, limit) != own:
                    told.append(rivals[place])
                place += 1
        return told

    def _alone(self, program, patches, limit=_STEPS_OF_A_CALL):
        try:
            with forks.time_limit(_CALL_SECONDS):
                return self._shown(program, patches, limit)
        except forks.CallTimeout:
            return None

    def _shown(self, program, patches, limit):
        """The sign of a run with these patches; None where it has no end."""
        for clear in self.caches:
            clear()
        self.steps.count, self.steps.limit = 0, limit
        try:
            with patched(patches):
                return program.sign(self.module)
        except (instrument.OutOfSteps, SystemExit, KeyboardInterrupt, GeneratorExit):
            return None

    def fell(self, scenario, lines, *, at_most=None):
        """Those that were alive and are told by this scenario; they are alive no more. With many alive, only some are compared with each."""
        compared = self.alive
        if at_most is not None and len(compared) > at_most:
            compared = compared[:at_most]
            self.alive = [*self.alive[at_most:], *compared]
        fallen = self.told(scenario, lines, compared)
        if fallen:
            self.alive = [rival for rival in self.alive if rival not in fallen]
        return fallen

    def _has_code(self, rival):
        if rival.patches is None:
            rival.mutant.swap()
            try:
                rival.patches = self.patcher.faulty(rival.mutant)
            except Exception:  # code that can't be so is no rival
                rival.patches = []
            finally:
                rival.mutant.swap()
            if not rival.patches:
                self.alive = [other for other in self.alive if other is not rival]
        return bool(rival.patches)
