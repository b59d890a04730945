"""A scenario: expressions to evaluate on given operands, what came of them, and the test that says so."""

import ast
import builtins
import contextlib
import functools
import io
import itertools
import keyword
import re
import sys

from . import literals
from .literals import MAXIMUM_ITEMS, Unwritable

_MODULES = ("io", "asyncio", "copy", "pickle", "math", "decimal", "datetime", "itertools", "re", "types")
_USES = re.compile(r"\b(" + "|".join(_MODULES) + r")\.")
_ITERATORS = frozenset({"generator", "list_iterator", "map", "filter", "zip", "enumerate", "chain", "islice", "reversed"})


class Operand:
    """A value of the scenario, as source; named where it is used twice or changes."""

    def __init__(self, source, name="value", kind=None):
        self.source = source
        self.name = name
        self.kind = kind
        self.parameter = None  # what it is given to


class Step:
    """An expression with a place for each operand: `{0}.limit({1})`."""

    def __init__(self, template, operands):
        self.template = template
        self.operands = list(operands)

    def render(self, text_of):
        texts = [text_of(operand) for operand in self.operands]
        return re.sub(r"\{(\d+)\}", lambda match: texts[int(match[1])], self.template)


class Scenario:
    """Steps about one target. `setup` are statements that come first (from a docstring)."""

    def __init__(self, target, steps, setup=(), expected=None):
        self.target = target
        self.steps = steps
        self.setup = list(setup)
        self.expected = expected  # text that the docstring promises for the last step

    def operands(self):
        seen = {}
        for step in self.steps:
            for operand in step.operands:
                seen.setdefault(id(operand), operand)
        return list(seen.values())


class Observation:
    """What a scenario did: a value for each step, or the exception that ended it."""

    def __init__(self):
        self.values = []  # (rendered expression builder index, value)
        self.error = None
        self.is_deliberate = False
        self.changed = {}  # id(operand) -> value afterwards
        self.printed = ""


def observe(scenario, module, plan, raise_lines, tracer):
    """Run a scenario once and trace it; the caller limits its time."""
    tracer.reset()
    seen = Observation()
    space = {plan["name"]: module}
    out = io.StringIO()
    before = {}
    places = {id(operand): f"_{number}" for number, operand in enumerate(scenario.operands())}
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            for statement in scenario.setup:
                exec(statement, space)
            for step in scenario.steps:
                for operand in step.operands:
                    if id(operand) not in before:
                        space[places[id(operand)]] = tracer.evaluate(code_of(operand.source), add_imports(operand.source, space))
                        before[id(operand)] = literals.fingerprint(space[places[id(operand)]])
                source = step.render(lambda operand: places[id(operand)])
                seen.values.append(_walked_by(tracer, tracer.evaluate(code_of(source), add_imports(source, space))))
    except Exception as error:
        seen.error = error
        seen.is_deliberate = _is_deliberate(error, plan["file"], raise_lines)
        error.__traceback__ = None  # its frames may hold all the memory there is
    seen.printed = out.getvalue()
    for operand in scenario.operands():
        value = space.get(places[id(operand)])
        after = literals.fingerprint(value) if id(operand) in before else None
        if after is not None and after != before[id(operand)]:
            seen.changed[id(operand)] = value
    return seen


def add_imports(source, space):
    for name in _USES.findall(source) if "." in source else ():
        space.setdefault(name, sys.modules.get(name) or __import__(name))
    return space


def _walked_by(tracer, value):
    return tracer.evaluate(_WALK, {"walked": walked, "value": value}) if is_iterator(value) else value


_WALK = compile("walked(value)", "<walk>", "eval")


class Walked(list):
    """Items of an iterator, which the test walks the same way."""


def is_iterator(value):
    return type(value).__name__ in _ITERATORS or (hasattr(value, "__next__") and hasattr(value, "gi_frame"))


def walked(value):
    if is_iterator(value):
        return Walked(itertools.islice(value, MAXIMUM_ITEMS))
    return value


def _is_deliberate(error, file, raise_lines):
    """Whether the subject raised this on purpose: its innermost frame is in the subject, at a `raise`."""
    entry = error.__traceback__
    while entry is not None and entry.tb_next is not None:
        entry = entry.tb_next
    return entry is not None and entry.tb_frame.f_code.co_filename == file and entry.tb_lineno in raise_lines


@functools.lru_cache(maxsize=8192)
def code_of(source):
    """Compiled once: the same texts come again and again."""
    return compile(source, "<scenario>", "eval", dont_inherit=True)


class TestText:
    """The body of a test and the imports that it needs."""

    def __init__(self, lines, imports, needs_capture):
        self.lines = lines
        self.imports = sorted(set(imports))
        self.needs_capture = needs_capture


def write_test(scenario, seen, module):
    """Write what was observed as a test body; raises Unwritable."""
    names = _names(scenario, seen, module.__name__)
    lines = list(scenario.setup)
    imports = []
    declared = set()

    def text_of(operand):
        return names.get(id(operand), operand.source)

    for index, step in enumerate(scenario.steps):
        for operand in step.operands:
            if id(operand) in names and id(operand) not in declared:
                declared.add(id(operand))
                lines.append(f"{names[id(operand)]} = {operand.source}")
        expression = step.render(text_of)
        if index < len(seen.values):
            lines += _about_value(seen.values[index], expression, module, imports)
        else:
            lines += _about_error(seen.error, expression, module, imports)
            break
    for operand in scenario.operands():
        if id(operand) in seen.changed:
            with contextlib.suppress(Unwritable):
                about, needed = literals.assertions(seen.changed[id(operand)], names[id(operand)], module)
                lines += about
                imports += needed
    needs_capture = 0 < len(seen.printed) <= literals.MAXIMUM_CHARACTERS and seen.error is None
    if needs_capture:
        lines.append(f"assert capsys.readouterr().out == {literals.write(seen.printed)}")
    imports += [f"import {name}" for name in _USES.findall("\n".join(lines)) if name != module.__name__]
    if not any(line.lstrip().startswith(("assert", "with pytest")) for line in lines):
        raise Unwritable
    return TestText(lines, imports, needs_capture)


def _names(scenario, seen, module_name):
    """Name the operands that several steps share or that change."""
    uses = {}
    for step in scenario.steps:
        for operand in step.operands:
            uses[id(operand)] = uses.get(id(operand), 0) + 1
    taken = {module_name, "pytest", "capsys", *_MODULES, *dir(builtins)}
    names = {}
    for operand in scenario.operands():
        if uses[id(operand)] < 2 and id(operand) not in seen.changed:
            continue
        name = base = operand.name if operand.name.isidentifier() and not keyword.iskeyword(operand.name) else "value"
        number = 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        names[id(operand)] = name
    return names


def _about_value(value, expression, module, imports):
    if isinstance(value, Walked):
        if len(value) == MAXIMUM_ITEMS:
            imports.append("import itertools")
            expression = f"list(itertools.islice({expression}, {MAXIMUM_ITEMS}))"
        else:
            expression = f"list({expression})"
        value = list(value)
    if isinstance(ast.parse(expression, mode="eval").body, ast.Compare):
        expression = f"({expression})"  # else the assertion would go on with it
    lines, needed = literals.assertions(value, expression, module)
    imports += needed
    if len(lines) > 1:
        lines = [f"result = {expression}", *(line.replace(expression, "result", 1) for line in lines)]
    return lines


def _about_error(error, expression, module, imports):
    imports.append("import pytest")
    kind = type(error)
    name = kind.__name__
    if getattr(module, name, None) is kind:
        name = f"{module.__name__}.{name}"
    elif getattr(builtins, name, None) is not kind:
        raise Unwritable
    text = str(error)
    if literals.ADDRESS.search(text) or len(text) > 200:
        return [f"with pytest.raises({name}):", f"    {expression}"]
    return [
        f"with pytest.raises({name}) as caught:",
        f"    {expression}",
        f"assert str(caught.value) == {literals.write(text)}",
    ]
