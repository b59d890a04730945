"""What the bench says of a JavaScript suite: who is noticed, which branches are taken."""

import pytest

from bench.quality.javascript import JavaScriptField
from bench.quality.javascript_branches import Told
from bench.quality.subjects import Subject
from bench.quality.suites import Made, Suite, judge

CORRECT = """
const sign = (number, scale = 1) => {
  if (number < 0) return -scale;
  return number > 0 ? scale : 0;
};
module.exports = { sign };
"""
SUBJECT = Subject(name="sign", module="sign", correct=CORRECT, buggy=CORRECT.replace("-scale", "scale"))


def suite(body: str) -> Suite:
    head = "const assert = require('node:assert');\nconst { test } = require('node:test');\nconst { sign } = require('./sign.cjs');\n"
    return Suite(
        path="sign.test.cjs", subject_path="sign.cjs", content=f"{head}test('it', () => {{ {body} }});\n"
    )


@pytest.mark.parametrize(
    ("source", "branches"),
    [
        ("const a = b ? 1 : 2;", 2),
        ("if (a) b(); else if (c) d();", 4),
        ("const x = a && b && (c || d);", 4),
        ("const f = (a, b = 1, { c = 2 } = {}) => a ?? b;", 5),
        ("switch (a) { case 1: case 2: b(); break; default: c(); }", 3),
        ("for (const a of b) { while (c) d(); }", 0),
        ("", 0),
    ],
)
def test_branches_are_counted_as_istanbul_counts_them(source: str, branches: int) -> None:
    assert Told(source).branches == branches


@pytest.mark.slow
async def test_a_branch_counts_when_the_suite_takes_it_and_a_function_that_nobody_calls_is_missed() -> None:
    program = CORRECT + "function never(a) { return a || (a ? 1 : 2); }\n"
    field = JavaScriptField()
    checked = await field.check(suite("assert.equal(sign(-3, 2), -2); assert.equal(sign(4), 1);"), program)
    assert checked.tests == 1
    assert checked.branches_taken == 4  # both of the if, one of the ternary, the default
    assert await field.branches_of(Subject(name="", module="", correct=program)) == 9


@pytest.mark.slow
async def test_a_fault_is_noticed_by_a_failure_a_hang_and_an_end_of_the_process() -> None:
    programs = {
        "a_crash": CORRECT.replace("return number", "process.abort(); return number"),
        "correct": CORRECT,
        "endless": CORRECT.replace("return number", "for (;;); return number"),
        "other_value": CORRECT.replace("? scale", "? -scale"),
        "unseen": CORRECT.replace("return -scale", "return 7"),
    }
    failed = await JavaScriptField().failures(
        suite("assert.equal(sign(4), 1);"), programs, surroundings={"TZ": "UTC"}, seconds=1
    )
    assert failed == {
        "a_crash": True,
        "correct": False,
        "endless": True,
        "other_value": True,
        "unseen": False,
    }


@pytest.mark.slow
async def test_a_suite_that_fails_on_the_correct_program_gets_no_credit() -> None:
    judged = await judge(
        JavaScriptField(), SUBJECT, Made(suite=suite("assert.equal(sign(4), 2);"), seconds=1.0), 2
    )
    assert (judged["is_made"], judged["is_valid"]) == (True, False)
    assert (judged["killed"], judged["branches_taken"], judged["is_bug_noticed"]) == (0, 0, False)


@pytest.mark.slow
async def test_a_suite_that_sees_the_bug_is_credited_for_it() -> None:
    judged = await judge(
        JavaScriptField(), SUBJECT, Made(suite=suite("assert.equal(sign(-4), -1);"), seconds=1.0), 5
    )
    assert (judged["is_valid"], judged["is_bug_noticed"]) == (True, True)
    assert (judged["repeats"], judged["failed_repeats"]) == (5, 0)
