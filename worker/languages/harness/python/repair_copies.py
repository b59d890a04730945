"""A loaded subject whose functions are exchanged for changed ones: a thousand copies a second instead of a hundred."""

import ast
import gc
import types

from . import forks, instrument
from .repair_paced import units_in

COPY_SECONDS = 0.4


class Copies:
    """Tries changed texts on the cases of a suite that is loaded from the original."""

    def __init__(self, suite, cases, failing):
        self.suite = suite
        self.cases = sorted(cases, key=lambda case: case.name not in failing)
        self.functions = _functions_of(suite.path)
        self.seconds = COPY_SECONDS
        self.is_late = False  # the last one was stopped: it took too many steps, or too long
        self.caches = [value.cache_clear for value in vars(suite.module).values() if hasattr(value, "cache_clear")]

    def progress(self, ground, edits):
        """(whether all pass, asserts passed before the first failure) with edits of a ground; None where such a copy can't be made here."""
        return self._with(self._codes(ground, edits), self._ran, (False, 0))

    def mended(self, ground, edits, cases):
        """How many of these cases pass, each by itself, with edits of a ground; None where such a copy can't be made here."""
        return self._with(self._codes(ground, edits), lambda: sum(self._ran([case])[0] for case in cases), 0)

    def _with(self, codes, work, otherwise):
        if not codes:
            return None if codes is None else otherwise
        held = [(function, function.__code__) for name in codes for function in self.functions[name]]
        try:
            for function, _ in held:
                function.__code__ = codes[function.__qualname__]
            return work()
        except forks.CallTimeout:
            self.is_late = True
            return otherwise
        finally:
            for function, code in held:
                function.__code__ = code

    def ground(self, source, below=None, edits=()):
        """A text that is changed; `below` and `edits` are what it comes from."""
        return Ground(list(units_in(source)), self._codes(below, edits) if below else {})

    def _ran(self, cases=None):
        suite = self.suite
        for clear in self.caches:
            clear()
        suite.passed, suite.steps.count = 0, 0
        self.is_late = False
        try:
            with forks.time_limit(self.seconds, of_cpu=True):
                for case in self.cases if cases is None else cases:
                    suite.run(case)
        except (forks.CallTimeout, instrument.OutOfSteps):
            self.is_late = True
            return False, suite.passed
        except BaseException:
            return False, suite.passed
        return True, suite.passed

    def _codes(self, ground, edits):
        """Code of the units that are others then: empty where it is no Python, None where more is another than the bodies of functions."""
        if ground.codes is None:
            return None
        found, parts = dict(ground.codes), {}
        for edit in edits:
            unit = next((one for one in ground.units if one.holds(edit)), None)
            if unit is None:
                return None  # beyond one body: how it is called is no part of its code
            parts.setdefault(unit, []).append(edit)
        for unit, mine in parts.items():
            try:
                module = self._compiled(unit, mine)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return {}
            code = next((code for qualname, code in _codes_in(module) if qualname == unit.name), None) if module else None
            held = self.functions.get(unit.name, ())
            if code is None or len(held) != 1 or held[0].__code__.co_freevars != code.co_freevars:
                return None
            found[unit.name] = code
        return found

    def _compiled(self, unit, edits):
        text = unit.edited(edits)
        if text is not None:
            return compile(text, self.suite.path, "exec", dont_inherit=True)
        tree = ast.parse(unit.edited_plainly(edits))
        if unit.header and not (len(tree.body) == 1 and len(tree.body[0].body) == 1):
            return None
        instrument.count_steps(tree)
        return compile(tree, self.suite.path, "exec", dont_inherit=True)


class Ground:
    """A text that is changed, in units, with the codes of those units that are others than the subject's."""

    def __init__(self, units, codes):
        self.units, self.codes = units, codes


def _functions_of(path):
    found = {}
    for one in gc.get_objects():
        if type(one) is types.FunctionType and one.__code__.co_filename == path and "<locals>" not in one.__qualname__:
            found.setdefault(one.__qualname__, []).append(one)
    return found


def _codes_in(code):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant.co_qualname, constant
            yield from _codes_in(constant)
