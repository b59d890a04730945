"""The tests that came with broken code, run within this process and again on each changed copy; pytest has the last word elsewhere.

Asserts are counted while they pass, so that a copy which comes further than another is known for it.
"""

import ast
import contextlib
import importlib
import io
import os
import sys
import types

from . import instrument, testing

_SKIPS = frozenset({("_pytest.outcomes", "Skipped"), ("unittest.case", "SkipTest")})
_PASSED, _CASE = "__ddf_passed__", "__ddf_case__"


class Case:
    """One test."""

    def __init__(self, name, call):
        self.name, self.call = name, call


class Suite:
    """The subject as it is loaded, and its tests. Everything lies in one folder, from which it is imported."""

    def __init__(self, plan, steps=None):
        self.plan = plan
        self.path = plan["file"]
        self.folder = plan["folder"]
        self.steps = steps or instrument.Steps()
        self.passed = 0
        self.unsupported = set()  # what only pytest can run
        self.module = None
        self.case = None  # a context manager around each assertion, for who wants to know more
        for place in (self.folder, *(os.path.dirname(os.path.join(self.folder, path)) for path in plan["tests"])):
            if place not in sys.path:
                sys.path.insert(0, place)

    def load(self, source):
        """Load the subject from this text, under every name by which tests import it."""
        tree = ast.parse(source)
        instrument.count_steps(tree)
        name = self.plan["names"][0]
        module = types.ModuleType(name)
        module.__file__ = self.path
        module.__dict__[instrument.TICK] = self.steps.tick
        if "." in name:
            module.__package__ = name.rpartition(".")[0]
        for name in self.plan["names"]:
            self._install(name, module)
        exec(compile(tree, self.path, "exec", dont_inherit=True), module.__dict__)
        self.module = module

    def _install(self, name, module):
        package, _, last = name.rpartition(".")
        sys.modules[name] = module
        if package:
            with contextlib.suppress(ImportError):
                setattr(importlib.import_module(package), last, module)

    def collect(self):
        """The cases, and why some files have none."""
        cases, problems = [], {}
        for path in self.plan["tests"]:
            try:
                cases += self._cases_of(path)
            except Exception as error:
                problems[path] = error
        return cases, problems

    def _cases_of(self, path):
        with open(os.path.join(self.folder, path), encoding="utf-8") as file:
            tree = ast.parse(file.read(), path)
        tree = ast.fix_missing_locations(_Counting(self.case is not None).visit(tree))
        code = compile(tree, os.path.join(self.folder, path), "exec", dont_inherit=True)
        names = {node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))}
        if not any(name.startswith(("test", "Test")) or name.endswith(("Test", "Tests", "TestCase")) for name in names):
            return [Case(path, lambda: exec(code, self._space(path)))]
        module = types.ModuleType(path.rpartition("/")[2].removesuffix(".py"))
        module.__dict__.update(self._space(path), __name__=module.__name__)
        sys.modules[module.__name__] = module
        exec(code, module.__dict__)
        return [case for name, value in list(vars(module).items()) for case in self._found(path, name, value, module)]

    def _space(self, path):
        return {"__name__": "__main__", "__file__": os.path.join(self.folder, path), _PASSED: self._pass, _CASE: self.case}

    def _pass(self):
        self.passed += 1

    def _found(self, path, name, value, module):
        if isinstance(value, type):
            unittest = sys.modules.get("unittest")  # whoever has such tests has loaded it
            is_of_unittest = unittest is not None and issubclass(value, unittest.TestCase)
            if getattr(value, "__module__", None) != module.__name__ and not is_of_unittest:
                return
            if is_of_unittest:
                for method in unittest.TestLoader().getTestCaseNames(value):
                    yield Case(f"{path}::{name}::{method}", _unittest_call(value, method))
            elif name.startswith("Test"):
                for method in [one for one in dir(value) if one.startswith("test")]:
                    yield Case(f"{path}::{name}::{method}", _method_call(value, method, module))
        elif name.startswith("test") and isinstance(value, types.FunctionType):
            yield Case(f"{path}::{name}", lambda: _call(value, module))

    def run(self, case):
        """Run a case; whatever it raises is raised, also what is no Exception."""
        streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = io.StringIO()
        try:
            case.call()
        except testing.Unsupported:
            self.unsupported.add(case.name)
        except BaseException as error:
            if (type(error).__module__, type(error).__name__) not in _SKIPS:
                raise
        finally:
            sys.stdout, sys.stderr = streams


class _Counting(ast.NodeTransformer):
    """Notes each assertion that passes; or gives each to a context manager that may go on after one that fails."""

    def __init__(self, is_apart):
        self.is_apart = is_apart
        self.depth = 0

    def visit_Assert(self, node):
        return self._noted(node)

    def visit_With(self, node):
        text = ast.unparse(node.items[0].context_expr)
        if "raises(" in text or "assertRaises" in text:
            return self._noted(node)
        self.generic_visit(node)
        return node

    def visit_Expr(self, node):
        called = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr.startswith("assert"):
            return self._noted(node)
        return node

    def visit_Lambda(self, node):
        return node

    def _noted(self, node):
        if self.is_apart:
            around = ast.With([ast.withitem(ast.Call(ast.Name(_CASE, ast.Load()), [ast.Constant(node.lineno)], []))], [node])
            return ast.copy_location(around, node)
        return [node, ast.copy_location(ast.Expr(ast.Call(ast.Name(_PASSED, ast.Load()), [], [])), node)]


def _call(function, module):
    names = [name for name in testing._parameters_of(function) if _fixture_of(module, name)]
    if not names:
        testing.call_test(function)
        return
    with contextlib.ExitStack() as stack:
        given = {name: _value_of(module, name, stack) for name in names}
        function(**given)


def _fixture_of(module, name):
    """The function behind a fixture of the test's own file; None where there is none."""
    value = getattr(module, name, None)
    wrapped = getattr(value, "_fixture_function", None) or getattr(getattr(value, "__pytest_wrapped__", None), "obj", None)
    return wrapped if isinstance(wrapped, types.FunctionType) else None


def _value_of(module, name, stack):
    function = _fixture_of(module, name)
    if function is None:
        return testing._fixture(name, stack, io.StringIO(), io.StringIO())
    value = function(**{other: _value_of(module, other, stack) for other in testing._parameters_of(function)})
    if isinstance(value, types.GeneratorType):
        first = next(value)
        stack.callback(lambda: next(value, None))
        return first
    return value


def _method_call(owner, name, module):
    def call():
        instance = owner()
        for first in ("setup_method", "setUp"):
            if hasattr(instance, first):
                method = getattr(instance, first)
                method(getattr(instance, name)) if _takes(method) else method()
        bound = getattr(instance, name)
        _call(lambda: bound(), module) if not _takes(bound) else _with_parameters(bound, module)

    return call


def _takes(bound):
    return bound.__code__.co_argcount > 1


def _with_parameters(bound, module):
    if getattr(bound, "pytestmark", ()):
        function = bound.__func__
        rows = testing._parameter_sets(function)
        for row in rows:
            bound(**row)
        return
    with contextlib.ExitStack() as stack:
        names = bound.__code__.co_varnames[1 : bound.__code__.co_argcount]
        bound(**{name: _value_of(module, name, stack) for name in names})


def _unittest_call(owner, name):
    def call():
        if "setUpClass" in vars(owner):
            owner.setUpClass()
        owner(name).debug()

    return call


def wants_pytest(texts):
    """Whether any of the files speaks of pytest: then it is loaded once, before anything is forked."""
    return any("pytest" in text for text in texts)


def prepare(plan):
    """Make a plan's paths absolute, and load what every fork needs."""
    plan["folder"] = os.path.abspath(plan["folder"])
    texts = []
    for path in plan["tests"]:
        with open(os.path.join(plan["folder"], path), encoding="utf-8") as file:
            texts.append(file.read())
    if wants_pytest(texts):
        import pytest  # noqa: F401 - every fork has it then
    return plan


def steps_allowed(used):
    """How many steps a changed copy may take where the subject itself took so many."""
    return max(200_000, 20 * used)


def failure_of(error):
    """One line about an error, with the line of the file that it happened in."""
    text = testing.describe(error)
    return " ".join(text.split())[:500]
