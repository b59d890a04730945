"""What a failed run's log does for a fix: it tells where to look, and speaks where nothing here repeats the failure."""

from dataclasses import replace

import pytest

from tests.worker.repository.test_pipeline import FILES, SHOP, Stand
from worker.domain.attempt import EndReason
from worker.domain.job import MAXIMUM_LOG_CHARACTERS
from worker.domain.repository_report import UnitEnd
from worker.languages.javascript_repair_logs import findings_in as javascript_findings_in
from worker.languages.python_repair_logs import findings_in as python_findings_in
from worker.repository.evidence import (
    LONGEST_EXCERPT,
    LONGEST_SOURCE,
    NO_EVIDENCE,
    Evidence,
    evidence_of,
    files_in,
)
from worker.repository.record import kept_record
from worker.repository_ports import FailureLog

GREEN = {path: text.replace("WRONG", "right") for path, text in FILES.items()}
RAISED = """\
tests ran for a while
  File "/home/runner/work/shop/shop/cart.py", line 2, in total
KeyError: 'price'
FAILED test_cart.py::test_it - KeyError: 'price'
"""
LINTED = "names.py:2:5: F841 Local variable `x` is assigned to but never used\n"


def told(stand: Stand, text: str, **more: str):
    """Run the job of a failed workflow run that said this."""
    stand.failures.runs[31] = FailureLog(source="run 31, test", text=text, **more)
    return stand.run(stand.job(run_id=31))


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def green(stand) -> Stand:
    """Nothing here fails."""
    stand.commit = stand.checkout.commit(SHOP, "main", GREEN)
    return stand


def summary(stand: Stand) -> str:
    return stand.reports.checks["acme/shop", stand.commit, "fleet / fix"].summary


def test_a_failure_that_nothing_here_repeats_is_diagnosed_by_the_log(green):
    outcome = told(green, RAISED)
    assert green.ends(outcome) == {
        "cart.py": UnitEnd.UNFIXED,
        "fine.py": UnitEnd.PASSING,
        "names.py": UnitEnd.PASSING,
    }
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    unit = outcome.repository_report.units[0]
    assert (unit.path, unit.fault) == ("cart.py", "exception")
    assert "KeyError" in unit.explanation
    assert "What run 31, test said last:" in summary(green)
    assert "FAILED test\\_cart" not in summary(green)
    assert "FAILED test_cart.py::test_it - KeyError" in summary(green)


def test_what_the_tests_show_here_counts_before_the_log(stand):
    outcome = told(stand, RAISED)
    assert stand.ends(outcome)["cart.py"] is UnitEnd.FIXED
    assert next(job.path for job in stand.modules.jobs) == "cart.py"


def test_a_module_that_the_log_names_beside_the_fault_passes(green):
    outcome = told(green, f"test_names.py ....\n{RAISED}")
    by_path = {unit.path: unit for unit in outcome.repository_report.units}
    assert {job.path for job in green.modules.jobs if job.log} == {"cart.py", "names.py"}
    assert (by_path["names.py"].end, by_path["names.py"].fault) == (UnitEnd.PASSING, "")
    assert "tells of others" in by_path["names.py"].explanation


def test_a_linters_finding_in_a_module_whose_tests_pass_is_mended(stand):
    stand.commit = stand.checkout.commit(SHOP, "main", {**GREEN, "names.py": "x = 'SLIP'\n"})
    outcome = told(stand, LINTED)
    assert stand.ends(outcome)["names.py"] is UnitEnd.FIXED
    ((_, draft, _),) = stand.forge.pulls
    assert "what the failed run's log told is mended" in draft.body
    assert "the failing tests pass" not in draft.body


def test_a_patch_on_which_nothing_was_run_is_named_and_not_published(stand):
    stand.commit = stand.checkout.commit(SHOP, "main", {**GREEN, "alone.py": "x = 'SLIP'\n"})
    outcome = told(stand, LINTED.replace("names.py", "alone.py"))
    (unit,) = [each for each in outcome.repository_report.units if each.path == "alone.py"]
    assert (unit.end, unit.fault, unit.diff, unit.tests) == (UnitEnd.UNFIXED, "lint", "", ())
    assert "nothing here proves: SLIP becomes right" in unit.explanation
    assert stand.forge.pulls == stand.checkout.pushes == []


def test_how_code_behaves_is_proved_by_no_log(stand):
    stand.commit = stand.checkout.commit(SHOP, "main", {**GREEN, "cart.py": "x = 'SLIP'\n"})
    outcome = told(stand, RAISED)
    assert stand.ends(outcome)["cart.py"] is UnitEnd.UNFIXED
    assert outcome.repository_report.units[0].diff == ""
    assert stand.forge.pulls == stand.checkout.pushes == []


def test_a_log_that_can_not_be_had_stops_nothing_and_is_told(stand):
    outcome = told(stand, "", note="its log is gone")
    assert stand.ends(outcome)["cart.py"] is UnitEnd.FIXED
    assert "Of run 31, test: its log is gone." in summary(stand)


def test_a_failed_check_of_another_app_is_evidence_too(green):
    green.failures.checks[41] = FailureLog(source="check some-linter", text=LINTED)
    outcome = green.run(green.job(check_run_id=41))
    unit = outcome.repository_report.units[0]
    assert (unit.path, unit.end, unit.fault) == ("names.py", UnitEnd.UNFIXED, "lint")


def test_where_no_run_failed_no_log_is_read_and_nothing_is_said_of_it(stand):
    outcome = stand.run(stand.job())
    assert (stand.failures.commits, stand.failures.asked) == ([stand.commit], [])
    report = outcome.repository_report
    assert (report.log_source, report.log_note, report.log_excerpt) == ("", "", "")
    assert "said" not in summary(stand)


async def test_the_evidence_is_kept_with_the_work_and_not_asked_for_again(green):
    green.failures.runs[31] = FailureLog(source="run 31, test", text=f"{'x' * 9000}\n{RAISED}")
    job = green.job(run_id=31)
    first = await green.running(job)
    assert await green.running(job) == replace(first, usage=type(first.usage)())
    assert green.failures.asked == [31]
    record = await kept_record(job.job_id, green.artifacts)
    assert record is not None
    assert record.report.log_excerpt.endswith(RAISED)
    assert len(record.report.log_excerpt) == LONGEST_EXCERPT


def test_each_log_has_its_name_and_its_share_of_what_one_may_hold():
    line = "a line of it\n"
    long = FailureLog(source=f"run 31 (CI), {'test, ' * 90}", text=line * 20_000)
    found = evidence_of(
        [long, replace(long, source="run 32 (Lint), lint"), FailureLog(source="run 33", note="gone")]
    )
    assert MAXIMUM_LOG_CHARACTERS * 0.9 < len(found.text) <= MAXIMUM_LOG_CHARACTERS
    assert LONGEST_EXCERPT * 0.9 < len(found.excerpt) <= LONGEST_EXCERPT
    for text in (found.text, found.excerpt):
        rows = set(text.splitlines())
        heads = [row for row in rows if row.startswith("run")]
        assert len(heads) == 2
        assert "run 32 (Lint), lint:" in heads
        assert rows - {*heads, ""} == {line.strip()}
    assert len(found.source) <= LONGEST_SOURCE
    assert found.source.endswith("; run 32 (Lint), lint")
    assert found.note == "Of run 33: gone."


@pytest.mark.parametrize("findings_in", [python_findings_in, javascript_findings_in])
def test_names_above_logs_are_read_as_no_fault_and_faults_as_they_stand(findings_in):
    stylish = "/r/web/price.js\n  2:5  error  'x' is never used  no-unused-vars\n"
    texts = (RAISED, LINTED, stylish, "a.ts(1,2): error TS2304: Cannot find name 'x'.\n")
    jobs = ("test_cart.py", "F841 a.py:1:2", "web/price.js", "E501", "a.ts")
    logs = [
        FailureLog(source=f"run {number} (CI), {', '.join(jobs)}", text=text)
        for number, text in enumerate(texts)
    ]
    found = findings_in(evidence_of(logs).text)
    assert found
    assert sorted(found, key=str) == sorted({one for log in texts for one in findings_in(log)}, key=str)


def test_one_log_stands_for_itself():
    assert evidence_of([]) == evidence_of([FailureLog(source="")]) == NO_EVIDENCE
    found = evidence_of([FailureLog(source="run 31, test", text="assert False", note="another is gone")])
    assert (found.source, found.text, found.excerpt) == ("run 31, test", "assert False", "assert False")
    assert found.note == "Of run 31, test: another is gone."


def test_files_are_named_by_their_last_part_where_that_is_enough():
    paths = ["shop/cart.py", "shop/__init__.py", "web/__init__.py", "a/b/index.js", "b/index.js", "go.mod"]
    assert files_in("/runner/work/shop/shop/cart.py:3: E", paths) == {"shop/cart.py"}
    assert files_in("cart.pyc subcart.py cart", paths) == frozenset()
    assert files_in("in __init__.py", paths) == frozenset()
    assert files_in('File "/x/web/__init__.py", line 1', paths) == {"web/__init__.py"}
    assert files_in("at f (file:///r/a/b/index.js:1:2)", paths) == {"a/b/index.js", "b/index.js"}
    assert files_in("", paths) == frozenset()


def test_a_log_of_one_endless_word_is_read_in_passing():
    assert files_in("a." * 100_000, ["a.py"]) == frozenset()
    assert Evidence(text="x").untested([]) == []
