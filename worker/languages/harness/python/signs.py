"""A short sign of what a scenario shows: two runs with the same sign pass the same test."""

import io
import math
import sys

from . import literals
from .scenarios import Walked, add_imports, code_of, walked


class Program:
    """A scenario made ready to be run many times."""

    def __init__(self, scenario, name):
        self.name = name
        self.setup = [compile(statement, "<setup>", "exec", dont_inherit=True) for statement in scenario.setup]
        self.places = {id(operand): f"_{number}" for number, operand in enumerate(scenario.operands())}
        self.actions = []
        known = set()
        for step in scenario.steps:
            for operand in step.operands:
                if id(operand) not in known:
                    known.add(id(operand))
                    self.actions.append((self.places[id(operand)], code_of(operand.source)))
            self.actions.append((None, code_of(step.render(lambda operand: self.places[id(operand)]))))
        self.imports = {}
        for source in (*(operand.source for operand in scenario.operands()), *(step.template for step in scenario.steps)):
            add_imports(source, self.imports)

    def sign(self, module):
        """What it shows, as text; whatever is no Exception is raised."""
        space = {self.name: module, **self.imports}
        shown = []
        out = io.StringIO()
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = out
        try:
            for statement in self.setup:
                exec(statement, space)
            for place, code in self.actions:
                value = eval(code, space)
                if place:
                    space[place] = value
                else:
                    shown.append(sign_of(walked(value)))
        except Exception as error:
            shown.append(f"raises {type(error).__name__} {str(error)[:200]}")
        finally:
            sys.stdout, sys.stderr = streams
        try:
            shown += [sign_of(space[place]) for place in self.places.values() if place in space]
        except Exception as error:  # the subject's own `__repr__`
            shown.append(f"can't be shown: {type(error).__name__}")
        return "\n".join([*shown, out.getvalue()])


def sign_of(value):
    if value is None or type(value) is bool:
        return repr(value)
    try:
        return _text(value, 0)
    except RecursionError:
        return "deep"


def _text(value, depth):
    """Equal for values that are equal to each other, as far as assertions tell."""
    kind = type(value)
    if kind is int or kind is bool:
        return repr(int(value)) if abs(value) < 1 << 2000 else "huge"
    if kind is float or kind is complex:
        return _number(value)
    if kind is str or value is None:
        return repr(value)
    if depth > 6:
        return "…"
    if kind in (list, tuple, Walked):
        ends = "()" if kind is tuple else "[]"
        return ends[0] + ",".join([_text(item, depth + 1) for item in value]) + ends[1]
    if isinstance(value, dict) and kind.__repr__ is dict.__repr__:
        return "{" + ",".join(sorted(f"{_text(key, depth + 1)}:{_text(item, depth + 1)}" for key, item in value.items())) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ",".join(sorted(_text(item, depth + 1) for item in value)) + "}"
    return _object(value, depth)


def _number(value):
    if type(value) is complex:
        return f"{value:.12g}"
    if not math.isfinite(value):
        return repr(value)
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.12g}"


def _object(value, depth):
    if isinstance(value, type):
        return value.__name__
    if type(value).__repr__ is not object.__repr__:
        text = repr(value)
        return type(value).__name__ if literals.ADDRESS.search(text) else text
    held = sorted((name, item) for name, item in getattr(value, "__dict__", {}).items() if not name.startswith("_"))
    return type(value).__name__ + ";".join(f"{name}={_text(item, depth + 1)}" for name, item in held)
