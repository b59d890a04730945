"""What the bench says of a Python suite: who is noticed, what is dropped, which branches are taken."""

import pytest

from bench.quality.python import PythonField, without
from bench.quality.python_mutants import mutants_of
from bench.quality.subjects import Subject
from bench.quality.suites import Made, Suite, judge

CORRECT = """
def sign(number):
    if number < 0:
        return -1
    if number > 0:
        return 1
    return 0
"""
SUBJECT = Subject(
    name="sign",
    module="sign",
    correct=CORRECT,
    buggy=CORRECT.replace("return -1", "return 1"),
    most_mutants=4,
)
SURROUNDINGS = {"TZ": "UTC", "PYTHONHASHSEED": "1"}
WHOLE = """
import sign

def test_all():
    assert [sign.sign(number) for number in (-2, -1, 0, 1, 2)] == [-1, -1, 0, 1, 1]
"""


def suite(content: str) -> Suite:
    return Suite(path="test_sign.py", subject_path="sign.py", content=content)


@pytest.mark.slow
async def test_a_fault_is_noticed_by_a_failure_a_hang_an_unexpected_pass_and_an_end_of_the_process() -> None:
    content = """
import pytest
import sign

def test_value():
    assert sign.sign(3) == 1

@pytest.mark.xfail(strict=True)
def test_expected_to_fail():
    sign.sign(None)
"""
    programs = {
        "correct": CORRECT,
        "other_value": CORRECT.replace("return 1", "return 2"),
        "endless": CORRECT.replace("return 1", "while True: pass"),
        "fails_no_more": "def sign(number):\n    return 1\n",
        "fails_otherwise": CORRECT.replace("number < 0", "number.missing"),
        "never_loaded": "import sys\nsys.exit(0)\n",
        "fails_by_another_error": CORRECT.replace(
            "if number < 0", "if number is None: raise KeyError\n    if number < 0"
        ),
    }
    failed = await PythonField().failures(suite(content), programs, surroundings=SURROUNDINGS, seconds=2)
    assert failed == {
        "correct": False,
        "other_value": True,
        "endless": True,
        "fails_no_more": True,
        "fails_otherwise": True,
        "never_loaded": True,
        "fails_by_another_error": False,
    }


@pytest.mark.slow
async def test_tests_that_fail_on_the_correct_program_are_dropped_and_the_others_stay() -> None:
    content = """
import os

import pytest
import sign

def test_right():
    assert sign.sign(3) == 1

def test_wrong():
    assert sign.sign(3) == 2

@pytest.mark.xfail(strict=True)
def test_passes_unexpectedly():
    sign.sign(1)

@pytest.mark.xfail(strict=True)
def test_fails_as_expected():
    sign.sign("")

@pytest.mark.parametrize("number", [1, 0])
def test_wrong_for_one(number):
    assert sign.sign(number) == 1

def test_that_ends_the_process():
    os._exit(0)
"""
    checked = await PythonField().check(suite(content), CORRECT)
    assert checked.suite is not None
    assert [
        name
        for name in ("right", "expected", "wrong", "unexpectedly", "process")
        if name in checked.suite.content
    ] == [
        "right",
        "expected",
    ]
    assert (checked.tests, checked.xfail, checked.dropped) == (2, 1, 4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        "import missing\n\ndef test_a():\n    pass\n",
        "",
        "def test_a():\n    assert False\n",
        "def test_a(:\n",
    ],
    ids=["does not load", "is empty", "fails", "is no Python"],
)
async def test_a_suite_of_which_nothing_passes_gets_no_credit(content: str) -> None:
    judged = await judge(PythonField(), SUBJECT, Made(suite=suite(content), seconds=1.0), 2)
    assert (judged["is_made"], judged["is_valid"]) == (True, False)
    assert (judged["killed"], judged["branches_taken"], judged["is_bug_noticed"]) == (0, 0, False)
    assert judged["branches"] == 4


@pytest.mark.slow
async def test_branches_are_those_that_the_suite_takes_whatever_its_maker_says() -> None:
    content = "import sign\n\ndef test_a():\n    assert sign.sign(-3) == -1\n"
    made = Made(suite=suite(content), seconds=1.0, own_account={"branches_taken": 4, "branches": 4})
    judged = await judge(PythonField(), SUBJECT, made, 0)
    assert (judged["branches_taken"], judged["branches"]) == (1, 4)


@pytest.mark.slow
async def test_a_suite_that_checks_all_kills_what_can_be_killed_and_notices_the_bug() -> None:
    judged = await judge(PythonField(), SUBJECT, Made(suite=suite(WHOLE), seconds=1.0), 2)
    assert judged["is_valid"]
    assert judged["killed"] == judged["mutants"] == 4
    assert judged["is_bug_noticed"]
    assert (judged["repeats"], judged["failed_repeats"]) == (2, 0)


@pytest.mark.slow
async def test_a_suite_that_depends_on_its_surroundings_fails_some_repeats() -> None:
    content = WHOLE + "    import os\n    assert os.environ['TZ'] == 'UTC'\n"
    judged = await judge(PythonField(), SUBJECT, Made(suite=suite(content), seconds=1.0), 3)
    assert judged["is_valid"]
    assert judged["failed_repeats"] == 1


@pytest.mark.slow
async def test_no_suite_is_no_credit_and_the_faults_count_all_the_same() -> None:
    judged = await judge(PythonField(), SUBJECT, Made(suite=None, seconds=1.0), 2)
    assert (judged["killed"], judged["branches_taken"], judged["is_bug_noticed"]) == (0, 0, False)
    assert (judged["branches"], judged["repeats"]) == (4, 0)
    assert judged["mutants"] == 4


def test_a_test_is_left_out_with_its_decorators_and_nothing_else() -> None:
    content = "x = '\f'\n\n@mark\n@other(\n    2)\ndef test_a():\n    pass\n\ndef test_b():\n    pass\n"
    assert without(content, {"test_a"}) == "x = '\f'\n\n\ndef test_b():\n    pass\n"


def test_mutants_differ_from_the_program_and_from_each_other_and_are_the_same_each_time() -> None:
    mutants = mutants_of(CORRECT)
    assert len(set(mutants)) == len(mutants) > 5
    assert mutants == mutants_of(CORRECT)
    assert [len(mutants_of(CORRECT, most)) for most in (1, 4)] == [1, 4]
