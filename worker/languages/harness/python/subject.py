"""The module under test: loading it from its file, whatever the standard library calls by the same name."""

import ast
import contextlib
import importlib.util
import os
import sys


def load(plan, code=None):
    """Load the subject of a plan (`name`, `file`, `without`); `code` replaces what the file holds, for mutants."""
    name, path = plan["name"], os.path.abspath(plan["file"])
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    with _without(plan["without"]):
        if code is None:
            spec.loader.exec_module(module)
        else:
            exec(code, module.__dict__)
    return module


@contextlib.contextmanager
def _without(names):
    """Have these modules absent. By hand: `unittest.mock` takes longer to load than most subjects."""
    held = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(held)


def read(plan):
    """Text of the subject."""
    with open(plan["file"], encoding="utf-8", newline="") as file:
        return file.read()


def branching_lines(source):
    """Lines after which the program may go on at more than one place."""
    kinds = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.IfExp, ast.Try, ast.ExceptHandler, ast.comprehension, ast.match_case)
    lines = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.comprehension):
            lines.add(node.target.lineno)
        elif isinstance(node, ast.match_case):
            lines.add(node.pattern.lineno)
        elif isinstance(node, kinds):
            lines.add(node.lineno)
    return frozenset(lines)


def units(source):
    """Functions and methods: name, first line, last line."""
    found = []
    for node in ast.parse(source).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
        found += [(prefix + each.name, each.lineno, each.end_lineno) for each in inner if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return found


_FRAMES_OF_A_FUNCTION = 300
"""Traced in one run; what is called more often shows little new and would take all the time."""
_KNOWN_JUMPS_OF_A_FRAME = 10_000
"""One after the other; after them only the line on which the frame ends is noted."""


class Tracer:
    """Records which lines of one file run, and which jumps are made between them."""

    def __init__(self, path, branching):
        self.path = os.path.abspath(path)
        self.branching = branching
        self.reset()

    def __enter__(self):
        self.reset()
        sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *_):
        sys.settrace(None)

    def reset(self):
        """Forget what ran."""
        self.lines, self.arcs = set(), set()
        self.entered = {}

    def evaluate(self, code, space):
        """Trace one expression and no more: what surrounds it would cost more than it."""
        sys.settrace(self._enter_frame)
        try:
            return eval(code, space)
        finally:
            sys.settrace(None)

    def branches(self):
        """Jumps that were a choice, as texts."""
        return sorted(f"{start}>{end}" for start, end in self.arcs if start in self.branching)

    def _enter_frame(self, frame, _event, _argument):
        code = frame.f_code
        if code.co_filename != self.path:
            return None
        self.entered[code] = count = self.entered.get(code, 0) + 1
        if count > _FRAMES_OF_A_FUNCTION:
            return None
        first = code.co_firstlineno
        last, known = -first, 0
        lines, arcs = self.lines, self.arcs

        def follow(frame, event, _argument):
            nonlocal last, known
            if event == "line":
                arc = last, last = last, frame.f_lineno
                if arc not in arcs:
                    arcs.add(arc)
                    lines.add(last)
                    known = 0
                elif (known := known + 1) > _KNOWN_JUMPS_OF_A_FRAME:
                    frame.f_trace_lines = False
            elif event == "return":
                if not frame.f_trace_lines:
                    lines.add(last := frame.f_lineno)
                arcs.add((last, -first))
            return follow

        return follow
