"""A loaded subject whose functions are exchanged for changed ones: a thousand copies a second instead of a hundred."""

import ast
import gc
import types

from . import forks, instrument
from .repair_text import FUNCTIONS

COPY_SECONDS = 0.4


class Copies:
    """Tries changed texts on the cases of a suite that is loaded from the original."""

    def __init__(self, suite, cases, source, failing):
        self.suite, self.source = suite, source
        self.cases = sorted(cases, key=lambda case: case.name not in failing)
        self.functions = _functions_of(suite.path)
        self.seconds = COPY_SECONDS
        self.is_late = False  # the last one was stopped: it took too many steps, or too long
        self.caches = [value.cache_clear for value in vars(suite.module).values() if hasattr(value, "cache_clear")]
        self.spans = _spans(ast.parse(source), source)

    def progress(self, changed):
        """(whether all pass, asserts passed before the first failure); None where such a copy can't be made here."""
        codes = self._codes(changed)
        if codes is None:
            return None
        held = [(function, function.__code__) for name in codes for function in self.functions[name]]
        try:
            for function, _ in held:
                function.__code__ = codes[function.__qualname__]
            return self._ran()
        except forks.CallTimeout:
            self.is_late = True
            return False, 0
        finally:
            for function, code in held:
                function.__code__ = code

    def _ran(self):
        suite = self.suite
        for clear in self.caches:
            clear()
        suite.passed, suite.steps.count = 0, 0
        self.is_late = False
        try:
            with forks.time_limit(self.seconds, of_cpu=True):
                for case in self.cases:
                    suite.run(case)
        except (forks.CallTimeout, instrument.OutOfSteps):
            self.is_late = True
            return False, suite.passed
        except BaseException:
            return False, suite.passed
        return True, suite.passed

    def _codes(self, changed):
        """Code of the units in which the texts differ."""
        start, end = _differing(self.source, changed)
        found = {}
        for first, body, last, name, header in self.spans:
            if last <= start or first >= end:
                continue
            if not (body <= start and end <= last):
                return None  # beyond one body: how it is called is no part of its code
            text = changed[first : last + len(changed) - len(self.source)]
            try:
                tree = ast.parse(header + text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return {}
            if header and not (len(tree.body) == 1 and len(tree.body[0].body) == 1):
                return None
            count_steps(tree)
            try:
                module = compile(tree, self.suite.path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return {}
            code = next((code for qualname, code in _codes_in(module) if qualname == name), None)
            held = self.functions.get(name, ())
            if code is None or len(held) != 1 or held[0].__code__.co_freevars != code.co_freevars:
                return None
            found[name] = code
        return found or None


def count_steps(tree):
    """As `instrument.count_steps`, but without looking into expressions."""
    pending = [tree]
    while pending:
        node = pending.pop()
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                pending += [one for one in inner if not isinstance(one, ast.expr)]
        if isinstance(node, (ast.While, ast.For, ast.AsyncFor, *FUNCTIONS)):
            tick = ast.Expr(ast.Call(ast.Name(instrument.TICK, ast.Load()), [], []))
            node.body.insert(0, ast.fix_missing_locations(ast.copy_location(tick, node.body[0])))


def _differing(old, new):
    """The part of the old text that is another in the new one."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start : start + 64] == new[start : start + 64]:
        start += 64
    start = min(start, most)
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    return start, len(old) - end


def _spans(tree, source):
    """Of each unit whose code can be exchanged: first place, that of its body, last place, qualified name, and what has to stand before it to be parsed."""
    starts = [0]
    for line in source.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    spans = []
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for one in inner:
            if isinstance(one, FUNCTIONS):
                header = f"class {node.name}:\n" if one is not node else ""
                name = f"{node.name}.{one.name}" if one is not node else one.name
                body = starts[one.body[0].lineno - 1] if one.body[0].lineno > one.lineno else starts[one.lineno - 1]
                spans.append((starts[one.lineno - 1], body, min(starts[one.end_lineno], len(source)), name, header))
    return spans


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
