"""What repair reads in Python's text: logs, slips of the keyboard, names that are nowhere, answers, and what a patch must not do."""

import ast

import pytest

from worker.domain.diagnosis import Diagnosis, FaultClass, Finding
from worker.domain.exchange import Subject
from worker.domain.job import SourceFile
from worker.domain.patch import Patch, PatchOrigin, between
from worker.domain.repair import Broken
from worker.languages.python_repair_answers import patches_in
from worker.languages.python_repair_checks import objection_to
from worker.languages.python_repair_diagnosis import diagnosed
from worker.languages.python_repair_harness import import_names, subject_of
from worker.languages.python_repair_logs import findings_in
from worker.languages.python_repair_names import fixes_of_names
from worker.languages.python_repair_syntax import mended

SOURCE = """import math


def area(radius):
    return math.pi * radius


class Shop:
    def total(self, prices):
        return sum(prices)
"""
TEST = SourceFile(
    path="test_shop.py", text="from shop import area\n\ndef test_area():\n    assert area(25) == 1963.4954\n"
)


def broken(source: str = SOURCE, *, log: str = "") -> Broken:
    subject = Subject(source=source, module_name="shop", path="shop.py")
    return Broken(subject=subject, tests=(TEST,), log=log)


def patch(changed: str, origin: PatchOrigin = PatchOrigin.ENGINE) -> Patch:
    return Patch(edits=between(SOURCE, changed), origin=origin, operator="o", description="d", cost=1.0)


PYTEST = """\
=================================== FAILURES ===================================
_________________________________ test_area ____________________________________
    def test_area():
>       assert area(25) == 1963.4954
E       assert 78.5 == 1963.4954
test_shop.py:4: AssertionError
=========================== short test summary info ============================
FAILED test_shop.py::test_area - assert 78.5 == 1963.4954
ERROR test_other.py - ModuleNotFoundError: No module named 'nowhere'
"""
UNITTEST = """\
ERROR: test_total (test_shop.TestShop.test_total)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/app/test_shop.py", line 9, in test_total
    Shop().total(None)
  File "/app/shop.py", line 10, in total
    return sum(prices)
TypeError: 'NoneType' object is not iterable
"""
SYNTAX = """\
  File "shop.py", line 4
    def area(radius)
                    ^
SyntaxError: expected ':'
"""


@pytest.mark.parametrize(
    ("log", "tool", "fault", "place"),
    [
        (PYTEST, "pytest", FaultClass.ASSERTION, ("test_shop.py", 4)),
        (PYTEST, "pytest", FaultClass.IMPORT, ("test_other.py", 0)),
        (UNITTEST, "unittest", FaultClass.EXCEPTION, ("/app/shop.py", 10)),
        (SYNTAX, "python", FaultClass.SYNTAX, ("shop.py", 4)),
        (
            "shop.py:3:5: F841 Local variable `x` is assigned to but never used",
            "ruff",
            FaultClass.LINT,
            ("shop.py", 3),
        ),
        ("shop.py:3:5: F821 Undefined name `pi`", "ruff", FaultClass.IMPORT, ("shop.py", 3)),
        ("F401 [*] `os` imported but unused\n --> shop.py:1:8\n  |", "ruff", FaultClass.LINT, ("shop.py", 1)),
        (
            'shop.py:5: error: Incompatible return value type (got "str", expected "int")  [return-value]',
            "mypy",
            FaultClass.TYPE,
            ("shop.py", 5),
        ),
        ("\x1b[31mE   KeyError: 'x'\x1b[0m", "pytest", FaultClass.EXCEPTION, ("", 0)),
        ("curl: (6) Could not resolve host: example", "python", FaultClass.ENVIRONMENT, ("", 0)),
    ],
)
def test_a_log_tells_tool_class_and_place(
    log: str, tool: str, fault: FaultClass, place: tuple[str, int]
) -> None:
    assert (tool, fault, *place) in {(one.tool, one.fault, one.path, one.line) for one in findings_in(log)}


def test_a_log_full_of_anything_is_read_without_a_fault() -> None:
    assert findings_in('::: error: \nE  \nFAILED\n  File "", line x\n' * 100) is not None


def test_the_lines_of_the_code_that_a_log_names_are_the_suspicious_ones() -> None:
    diagnosis = diagnosed(broken(log=UNITTEST), {})
    assert diagnosis.fault is FaultClass.EXCEPTION
    assert [location.line for location in diagnosis.locations] == [10]


def test_a_module_that_nobody_has_is_a_fault_of_the_environment() -> None:
    diagnosis = diagnosed(broken(log="ModuleNotFoundError: No module named 'tensorflow'"), {})
    assert diagnosis.fault is FaultClass.ENVIRONMENT
    assert "tensorflow" in diagnosis.summary


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("def f(x)\n    return x\n", "def f(x):\n    return x\n"),
        (
            "def f(x):\n    return (x + 1\n\n\ndef g():\n    return 2\n",
            "def f(x):\n    return (x + 1)\n\n\ndef g():\n    return 2\n",
        ),
        ("def f():\n    return 1)\n", "def f():\n    return 1\n"),
        ("def f(x):\n    retrun x\n", "def f(x):\n    return x\n"),
        ("def f():\n    return 'a\n", "def f():\n    return 'a'\n"),
        ("def f(x):\nreturn x\n", "def f(x):\n    return x\n"),
        ("def f():\n    x = 1\n     y = 2\n    return x\n", "def f():\n    x = 1\n    y = 2\n    return x\n"),
        ("d = {'a': 1 'b': 2}\n", "d = {'a': 1, 'b': 2}\n"),
        (
            "def f(a, b):\n    if a && b:\n        a++\n    else if b:\n        pass\n",
            "def f(a, b):\n    if a and b:\n        a += 1\n    elif b:\n        pass\n",
        ),
        ("x = [1, (2, 3]\n", "x = [1, (2, 3)]\n"),
    ],
)
def test_slips_of_the_keyboard_are_mended(wrong: str, right: str) -> None:
    assert right in [one.text for one in mended(wrong)]


def test_a_text_that_is_no_python_at_all_ends_without_an_offer() -> None:
    assert mended("<?php echo 'x'; ?>\n" * 20) == ()


def undefined(message: str, code: str = "NameError") -> Diagnosis:
    finding = Finding(tool="python", fault=FaultClass.IMPORT, message=f"{code}: {message}", code=code)
    return Diagnosis(fault=FaultClass.IMPORT, summary="", findings=(finding,))


@pytest.mark.parametrize(
    ("source", "diagnosis", "wanted"),
    [
        (
            "def f():\n    return math.pi\n",
            undefined("name 'math' is not defined"),
            "import math\n\ndef f():\n    return math.pi\n",
        ),
        (
            '"""Doc."""\nx = defaultdict(int)\n',
            undefined("name 'defaultdict' is not defined"),
            '"""Doc."""\nfrom collections import defaultdict\nx = defaultdict(int)\n',
        ),
        (
            "def f(length):\n    return lenght\n",
            undefined("name 'lenght' is not defined"),
            "def f(length):\n    return length\n",
        ),
        (
            "import jsom\nx = jsom.dumps(1)\n",
            undefined("No module named 'jsom'", "ModuleNotFoundError"),
            "import json\nx = json.dumps(1)\n",
        ),
        (
            "def f(x):\n    x.appendd(1)\n",
            undefined("'list' object has no attribute 'appendd'. Did you mean: 'append'?", "AttributeError"),
            "def f(x):\n    x.append(1)\n",
        ),
    ],
)
def test_a_name_that_is_nowhere_is_imported_or_spelt_right(
    source: str, diagnosis: Diagnosis, wanted: str
) -> None:
    assert wanted in [text for text, _, _ in fixes_of_names(source, diagnosis)]


def test_an_answer_may_hold_the_whole_module_or_one_function_or_a_method() -> None:
    function = "Here:\n```python\ndef area(radius):\n    return math.pi * radius ** 2\n```\nDone."
    method = "```python\ndef total(self, prices):\n    return sum(prices) + 1\n```"
    whole = f"```python\n{SOURCE.replace('* radius', '* radius * radius')}```"
    for answer, expected in (
        (function, SOURCE.replace("* radius", "* radius ** 2")),
        (method, SOURCE.replace("sum(prices)", "sum(prices) + 1")),
        (whole, SOURCE.replace("* radius", "* radius * radius")),
    ):
        (found,) = patches_in(answer, broken())
        assert found.applied_to(SOURCE) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I can't.",
        "```python\ndef (\n```",
        f"```python\n{SOURCE}```",
        "```python\ndef other():\n    pass\n```",
    ],
)
def test_an_answer_without_a_change_holds_no_patch(answer: str) -> None:
    assert patches_in(answer, broken()) == ()


@pytest.mark.parametrize(
    ("changed", "objection"),
    [
        (SOURCE.replace("import math", "import math, socket"), "module socket"),
        (SOURCE.replace("import math", "import math\nimport requests"), "module requests"),
        (SOURCE.replace("return sum", "import os\n        return sum"), "module os"),
        (SOURCE.replace("sum(prices)", "eval('sum(prices)')"), "uses eval"),
        (SOURCE.replace("sum(prices)", "open('/etc/passwd').read()"), "uses open"),
        (SOURCE.replace("sum(prices)", "__import__('os').system('id')"), "uses __import__"),
        (SOURCE.replace("sum(prices)", "math.__loader__"), "uses __loader__"),
        (SOURCE.replace("radius\n", "(\n"), "does not parse"),
        (
            SOURCE.replace(
                "    def total", "    def __eq__(self, other):\n        return True\n\n    def total"
            ),
            "uses __eq__",
        ),
        (SOURCE, "changes nothing"),
        (SOURCE.replace("def area(radius)", "def area(radius, unit=1)"), "how area is called"),
        ("import math\n\n\ndef area(radius):\n    return 1\n", "takes Shop away"),
        (SOURCE + "\n\nx = 0\n" * 20, "lines, more than"),
        (
            SOURCE.replace(
                "return math.pi", "if radius == 25:\n        return 1963.4954\n    return math.pi"
            ),
            "repeats values of the tests",
        ),
    ],
)
def test_the_text_alone_speaks_against_a_malicious_or_careless_patch(changed: str, objection: str) -> None:
    assert objection in objection_to(patch(changed), broken())


@pytest.mark.parametrize(
    "changed",
    [
        SOURCE.replace("* radius", "* radius ** 2"),
        SOURCE.replace("import math", "import math\nfrom collections import Counter"),
    ],
)
def test_nothing_speaks_against_an_honest_one(changed: str) -> None:
    assert objection_to(patch(changed), broken()) == ""


def test_the_module_is_named_as_the_tests_import_it() -> None:
    tests = (SourceFile(path="tests/test_a.py", text="from shop.prices import total\nimport shop.other"),)
    assert subject_of("", "src/shop/prices.py", tests).path == "shop/prices.py"
    assert subject_of("", "src/shop/prices.py", ()).path == "prices.py"
    assert import_names("shop/prices.py", tests) == ("shop.prices", "prices")


def test_the_changes_of_a_source_all_parse_and_hold_what_a_person_would_try() -> None:
    from worker.languages.harness.python.repair_offers import changes_of
    from worker.languages.harness.python.repair_text import Code

    source = "def f(items, limit):\n    total = 0\n    for item in items:\n        if item < limit:\n            total += item\n    return total - 1  # ä\n"
    changes = changes_of(Code(source), {})
    texts = [change.applied(source) for change in changes]
    for text in texts:
        ast.parse(text)
    for expected in ("item <= limit", "return total  #", "total -= item", "item > limit"):
        assert any(expected in text for text in texts), expected
    assert [change.cost for change in changes] == sorted(change.cost for change in changes)


def test_the_most_suspicious_line_is_changed_first() -> None:
    from worker.languages.harness.python.repair_offers import changes_of
    from worker.languages.harness.python.repair_text import Code

    source = "def f(a, b):\n    c = a + b\n    d = a - b\n    return c * d\n"
    assert {change.line for change in changes_of(Code(source), {3: 1.0, 2: 0.3, 4: 0.3})[:3]} == {3}


def test_what_stands_outside_of_functions_and_in_their_heads_is_changed_too() -> None:
    from worker.languages.harness.python.repair_offers import changes_of
    from worker.languages.harness.python.repair_text import Code

    source = "LIMIT = 9\n\n\nclass Shop:\n    kind = 'x'\n\n    def total(self, step=2):\n        return LIMIT + step\n"
    texts = [change.applied(source) for change in changes_of(Code(source), {8: 1.0})]
    for expected in ("LIMIT = 10\n", "kind = 'X'\n", "step=3", "LIMIT - step"):
        assert any(expected in text for text in texts), expected
