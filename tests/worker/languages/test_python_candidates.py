"""Tests in an engine's answer are found whatever surrounds them, and what is wrong with them is told."""

from typing import Any

import pytest

from worker.domain.candidate import Candidate, RejectionReason
from worker.domain.exchange import Subject
from worker.languages.python_candidates import candidates_in, fault_in

SUBJECT = Subject(
    source="def add(a, b): return a + b\ndef _hidden(): pass\n", module_name="calc", path="calc.py"
)


def names(text: str) -> list[str]:
    return [candidate.name for candidate in candidates_in(text, SUBJECT)]


def test_prose_around_a_fence_is_ignored() -> None:
    text = (
        "Sure!\n```python\nimport calc\ndef test_a():\n    assert calc.add(1, 2) == 3\n```\nHope this helps."
    )
    (candidate,) = candidates_in(text, SUBJECT)
    assert candidate.code == "def test_a():\n    assert calc.add(1, 2) == 3\n"
    assert candidate.imports == ()
    assert candidate.oracle == "engine"


def test_a_fence_that_never_closes_and_one_without_a_language_count() -> None:
    assert names("```\ndef test_a():\n    assert 1 == 1\n") == ["test_a"]


def test_bare_code_counts() -> None:
    assert names("def test_a():\n    assert 1 == 1\n") == ["test_a"]


def test_one_broken_test_does_not_take_the_others_with_it() -> None:
    text = (
        "def test_a():\n    assert calc.add(1, 2) == 3\n\ndef test_b(:\n    assert\n\n"
        "def test_c():\n    assert calc.add(2, 2) == 4\n"
    )
    found = {candidate.name: fault_in(candidate) for candidate in candidates_in(text, SUBJECT)}
    assert found == {"test_a": None, "test_b": RejectionReason.UNPARSABLE, "test_c": None}


def test_imports_of_the_subject_become_names_of_the_loaded_module() -> None:
    text = "from calc import add as plus\nimport math\nimport os\ndef test_a():\n    assert plus(1, math.floor(2.5)) == 3\n"
    (candidate,) = candidates_in(text, SUBJECT)
    assert candidate.imports == ("plus = calc.add", "import math")


def test_a_star_import_binds_the_public_names_that_are_used() -> None:
    (candidate,) = candidates_in("from calc import *\ndef test_a():\n    assert add(1, 2) == 3\n", SUBJECT)
    assert candidate.imports == ("add = calc.add",)


def test_helpers_and_constants_travel_with_the_test() -> None:
    text = "LIMIT = 3\ndef near(x):\n    return x < LIMIT\ndef test_a():\n    assert near(1)\n"
    (candidate,) = candidates_in(text, SUBJECT)
    space: dict[str, Any] = {}
    exec(candidate.code, space)
    space["test_a"]()


def test_methods_of_a_test_case_become_functions_that_still_work() -> None:
    text = (
        "import unittest\nclass TestAdd(unittest.TestCase):\n    def setUp(self):\n        self.one = 1\n"
        "    def test_a(self):\n        self.assertEqual(self.one, 1)\n"
    )
    (candidate,) = candidates_in(text, SUBJECT)
    space: dict[str, Any] = {}
    exec("import unittest", space)
    exec(candidate.code, space)
    space["test_a"]()


def test_equal_names_are_told_apart() -> None:
    text = (
        "```python\ndef test_a():\n    assert 1 == 1\n```\n```python\ndef test_a():\n    assert 2 == 2\n```"
    )
    assert names(text) == ["test_a", "test_a_2"]


def test_where_a_test_comes_from_is_read_from_its_note() -> None:
    (candidate,) = candidates_in("# about add (docstring)\ndef test_a():\n    assert 1 == 1\n", SUBJECT)
    assert (candidate.target, candidate.oracle) == ("add", "docstring")


@pytest.mark.parametrize(
    "text", ["", "I can't help with that.", "\x00\x01", "```\n```", "((((" * 500, "def f(): pass"]
)
def test_garbage_holds_no_test_and_raises_nothing(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize("body", ["calc.add(1, 2)", "pass", "assert True", "x = 1"])
def test_a_test_that_asserts_nothing_is_told(body: str) -> None:
    candidate = Candidate(name="test_a", code=f"def test_a():\n    {body}\n")
    assert fault_in(candidate) is RejectionReason.ASSERTS_NOTHING


@pytest.mark.parametrize(
    "body",
    [
        "assert calc.add(1, 2) == 3",
        "with pytest.raises(TypeError):\n        calc.add()",
        "mock.assert_called()",
    ],
)
def test_an_assertion_in_any_form_counts(body: str) -> None:
    assert fault_in(Candidate(name="test_a", code=f"def test_a():\n    {body}\n")) is None
