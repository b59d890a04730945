"""Several faults of one module that one file of tests shows, mended in the real sandbox."""

from collections.abc import Iterator

import pytest

from tests.worker.languages.several_faults import (
    JS_SHOP,
    JS_TESTS,
    SHOP,
    SOUND_SHOP,
    TEST_BILL,
    TEST_SHIPPING,
    TEST_TOTAL,
    TESTS,
    fixed,
    lines_of,
    python_tests,
    report_of,
    shop,
)
from worker.domain.attempt import EndReason
from worker.domain.exchange import Budget
from worker.domain.job import Job, JobKind, SourceFile
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.python_repair import PythonRepair
from worker.languages.typescript_repair import TypeScriptRepair
from worker.repair_ports import RepairLanguage
from worker.sandboxes.process import ProcessSandbox

pytestmark = pytest.mark.slow


@pytest.fixture
def sandbox() -> Iterator[ProcessSandbox]:
    made = ProcessSandbox()
    yield made
    made.close()


async def test_three_faults_of_a_python_module_are_mended_though_one_file_of_tests_shows_them(
    sandbox: ProcessSandbox,
) -> None:
    outcome = await fixed(PythonRepair(), SHOP, "subject.py", python_tests(TESTS), sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert report_of(outcome).patched == SOUND_SHOP
    verdict = report_of(outcome).verdicts[0]
    assert (verdict.tests_fixed, verdict.patch.faults, verdict.repeats) == (3, 3, 2)


async def test_a_test_that_both_faults_fail_hides_neither(sandbox: ProcessSandbox) -> None:
    tests = python_tests(TEST_BILL, TEST_TOTAL, TEST_SHIPPING)
    outcome = await fixed(PythonRepair(), shop("discount"), "subject.py", tests, sandbox)
    assert report_of(outcome).patched == SOUND_SHOP, outcome.explanation


async def test_two_faults_of_a_javascript_module_are_mended_though_one_file_of_tests_shows_them(
    sandbox: ProcessSandbox,
) -> None:
    tests = SourceFile(path="subject.test.js", text=JS_TESTS)
    outcome = await fixed(JavaScriptRepair(), JS_SHOP, "subject.js", tests, sandbox)
    assert outcome.end_reason is EndReason.PROVED, outcome.explanation
    assert report_of(outcome).patched == JS_SHOP.replace("-= price", "+= price").replace("> 5000", ">= 5000")


async def test_two_faults_of_a_typescript_module_are_mended_though_one_file_of_tests_shows_them(
    sandbox: ProcessSandbox,
) -> None:
    code = JS_SHOP.replace("(prices)", "(prices: number[]): number").replace(
        "(amount)", "(amount: number): number"
    )
    tests = SourceFile(path="subject.test.ts", text=JS_TESTS.replace("subject.js", "subject.ts"))
    outcome = await fixed(TypeScriptRepair(), code, "subject.ts", tests, sandbox)
    assert report_of(outcome).patched == code.replace("-= price", "+= price").replace("> 5000", ">= 5000"), (
        outcome.explanation
    )


@pytest.mark.parametrize(
    ("language", "code", "test"),
    [
        (PythonRepair(), shop("discount"), python_tests(TEST_BILL, TEST_TOTAL, TEST_SHIPPING)),
        (JavaScriptRepair(), JS_SHOP, SourceFile(path="subject.test.js", text=JS_TESTS)),
    ],
    ids=["python", "javascript"],
)
async def test_changes_that_mend_a_test_and_break_none_are_told_the_likeliest_first(
    language: RepairLanguage, code: str, test: SourceFile, sandbox: ProcessSandbox
) -> None:
    job = Job(
        job_id="j",
        kind=JobKind.FIX,
        language=language.name,
        code=code,
        path=test.path.replace("test_", "").replace(".test", ""),
        tests=(test,),
    )
    broken = language.broken(job)
    diagnosis = await language.diagnose(broken, sandbox, Budget(seconds=15))
    found = await language.search(broken, diagnosis, sandbox, Budget(seconds=30), most=6)
    assert found.nearer
    failing = frozenset(diagnosis.failing)
    for trial in found.nearer:
        assert trial.passed & failing
        assert trial.failed
        assert not trial.failed & frozenset(diagnosis.passing)
    costs = [(-len(trial.passed & failing), trial.patch.cost) for trial in found.nearer]
    assert costs == sorted(costs)
    assert lines_of(found.nearer) <= {line for line, text in enumerate(code.split("\n"), 1) if text.strip()}


async def test_where_one_fault_is_beyond_small_changes_nothing_is_offered_and_the_part_that_helps_is_told(
    sandbox: ProcessSandbox,
) -> None:
    code = shop("shipping", "discount") + "\n\ndef code_of(name):\n    return 'unknown'\n"
    test = "def test_code():\n    assert code_of('tea') == 'T-3a'\n    assert code_of('cup') == 'C-9f'\n\n\n"
    outcome = await fixed(PythonRepair(), code, "subject.py", python_tests(test, TEST_TOTAL), sandbox)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    report = report_of(outcome)
    assert report.diff == ""
    assert "-= price" not in report.nearer[0].applied_to(code)
