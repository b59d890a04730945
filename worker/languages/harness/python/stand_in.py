"""What generated tests use of pytest, in a few lines: loading pytest itself takes longer than many a search. Pytest has the last word elsewhere."""

import contextlib
import math
import re
import sys
import types


class _Caught:
    value = None


@contextlib.contextmanager
def _raises(kind):
    caught = _Caught()
    try:
        yield caught
    except kind as error:
        caught.value = error
    else:
        raise AssertionError(f"{kind} was not raised")


class _Near:
    def __init__(self, expected, rel):
        self.expected, self.rel = expected, rel

    def __eq__(self, other):
        if isinstance(self.expected, (list, tuple)):
            return len(other) == len(self.expected) and all(math.isclose(a, b, rel_tol=self.rel, abs_tol=1e-12) for a, b in zip(other, self.expected))
        return math.isclose(other, self.expected, rel_tol=self.rel, abs_tol=1e-12)


_USE = re.compile(r"pytest\.raises\([\w.]+\)(?: as caught)?:\n|pytest\.approx\(")


def serves(candidate):
    """Whether a test uses no more of pytest than this; all that the built-in engine writes does."""
    code = candidate["code"]
    if any("pytest" in line and line != "import pytest" for line in candidate["imports"]) or "capsys" in code or "monkeypatch" in code or "tmp_path" in code:
        return "pytest" not in "".join(candidate["imports"]) + code
    near = code.count("pytest.approx(") == code.count(", rel=1e-12)")
    return near and len(_USE.findall(code)) == code.count("pytest")


def put_in_place():
    """Let tests that are tried in this process import this instead."""
    if "pytest" not in sys.modules:
        module = types.ModuleType("pytest")
        module.raises = _raises
        module.approx = lambda expected, rel=1e-6: _Near(expected, rel)
        sys.modules["pytest"] = module
