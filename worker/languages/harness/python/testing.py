"""Running one test function without a runner, close enough to pytest to sort candidates by; pytest itself has the last word."""

import contextlib
import functools
import io
import itertools
import sys
import types

from . import stand_in


class Unsupported(Exception):
    """A test wants what only a whole test suite has."""


class _Captured:
    def __init__(self, out, err):
        self._streams = (out, err)

    def readouterr(self):
        texts = []
        for stream in self._streams:
            texts.append(stream.getvalue())
            stream.seek(0)
            stream.truncate()
        return _Texts(*texts)


class _Texts(tuple):
    def __new__(cls, out, err):
        return super().__new__(cls, (out, err))

    out = property(lambda self: self[0])
    err = property(lambda self: self[1])


def compile_test(candidate, module_name, module):
    """Make the test function of a candidate (`name`, `code`, `imports`)."""
    space = {"__name__": "generated_tests", module_name: module}
    for line in candidate["imports"]:
        exec(compiled(line, "<imports>"), space)
    exec(compiled(candidate["code"], f"<{candidate['name']}>"), space)
    return space[candidate["name"]]


@functools.lru_cache(maxsize=None)
def compiled(source, name):
    """Compile once; what is compiled before a fork, the fork has."""
    return compile(source, name, "exec")


def warm_up(candidates):
    """Compile what compiles and import pytest where tests use it, once instead of once in every fork."""
    for candidate in candidates:
        try:
            for line in candidate["imports"]:
                compiled(line, "<imports>")
            compiled(candidate["code"], f"<{candidate['name']}>")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # it fails again where it is run, and is reported there
    if any("pytest" in line for candidate in candidates for line in candidate["imports"]):
        if all(map(stand_in.serves, candidates)):
            stand_in.put_in_place()
        else:
            import pytest  # noqa: F401 - every fork has it then


def call_test(function):
    """Run a test function with every set of its parameters."""
    for parameters in _parameter_sets(function):
        _call_once(function, parameters)


def _parameter_sets(function):
    sets = []
    for mark in getattr(function, "pytestmark", ()):
        if mark.name != "parametrize":
            raise Unsupported(f"mark {mark.name}")
        names, rows = mark.args[:2]
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        values = [getattr(row, "values", row) if len(names) > 1 else (_single(row),) for row in rows]
        sets.append([dict(zip(names, row, strict=True)) for row in values])
    return [dict(itertools.chain.from_iterable(map(dict.items, combination))) for combination in itertools.product(*sets)]


def _single(row):
    values = getattr(row, "values", None)
    return values[0] if isinstance(values, tuple) else row


def _call_once(function, parameters):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        for name in _parameters_of(function):
            if name not in parameters:
                parameters = {**parameters, name: _fixture(name, stack, out, err)}
        if _is_coroutine_function(function):
            raise Unsupported("a coroutine needs a plugin of pytest")
        result = function(**parameters)
        if result is not None:
            raise Unsupported("a test returns nothing")


def _parameters_of(function):
    """Names; of a plain function without loading `inspect`, which takes longer than most tests."""
    if type(function) is types.FunctionType and not hasattr(function, "__wrapped__") and not function.__code__.co_flags & _TAKES_MORE:
        return function.__code__.co_varnames[: function.__code__.co_argcount + function.__code__.co_kwonlyargcount]
    import inspect

    return inspect.signature(function).parameters


_TAKES_MORE, _IS_COROUTINE = 0x04 | 0x08, 0x80
"""Flags of code: `*` or `**` arguments, `async def`."""


def _is_coroutine_function(function):
    return type(function) is types.FunctionType and bool(function.__code__.co_flags & _IS_COROUTINE)


def _fixture(name, stack, out, err):
    if name == "capsys":
        return _Captured(out, err)
    if name == "tmp_path":
        import pathlib
        import shutil
        import tempfile

        folder = tempfile.mkdtemp()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)
    if name == "monkeypatch":
        return stack.enter_context(sys.modules["pytest"].MonkeyPatch.context())
    raise Unsupported(f"fixture {name!r} not found")


def describe(error):
    """Say in a line or two what went wrong in a test."""
    import traceback

    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    lines = [entry for entry in traceback.extract_tb(error.__traceback__) if entry.filename.startswith("<")]
    return (f"line {lines[-1].lineno}: " if lines else "") + (text or repr(error))[:400]
