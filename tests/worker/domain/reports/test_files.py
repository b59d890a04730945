"""The files of a batch's report."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.domain.reports.stored import failed, stored
from worker.domain.attempt import EndReason
from worker.domain.batch import REPORT_FILES, BatchProgress
from worker.domain.candidate import Coverage
from worker.domain.job import JobStatus
from worker.domain.reports.files import report_files
from worker.domain.reports.summary import united

DONE = BatchProgress(batch_id="batch-1", total=2, succeeded=1, failed=1)
BOTH = [stored("a-1"), failed("b-1")]


def built(progress: BatchProgress = DONE, results=None, label: str = "acme/shop") -> dict[str, str]:
    files = report_files(progress, label=label, results=BOTH if results is None else results)
    return {name: content.decode() for name, content in files.items()}


def test_a_report_has_all_its_files() -> None:
    assert tuple(built()) == REPORT_FILES


def test_junit_has_a_case_for_each_test_and_one_for_the_job_that_kept_none() -> None:
    root = ET.fromstring(built()["junit.xml"])
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "0")
    assert [case.get("name") for case in root.iter("testcase")] == [
        "test_0",
        "test_1",
        "tests could be generated",
    ]
    assert "unexpected token <script>" in str(root.find(".//failure").text)


def test_junit_tells_the_fleets_faults_from_the_codes_and_counts_what_was_cancelled() -> None:
    cancelled = {**failed("c"), "status": JobStatus.CANCELLED, "end_reason": EndReason.CANCELLED}
    root = ET.fromstring(built(results=[failed("b", reason=EndReason.TIMED_OUT), cancelled])["junit.xml"])
    assert (root.get("errors"), root.get("failures"), root.get("skipped")) == ("1", "0", "1")
    assert root.find(".//error") is not None
    assert root.find(".//skipped") is not None


def test_cobertura_says_for_each_line_whether_it_ran_and_how_it_branched() -> None:
    root = ET.fromstring(built()["coverage.xml"])
    assert (root.get("lines-valid"), root.get("lines-covered"), root.get("line-rate")) == ("4", "3", "0.7500")
    first = root.find(".//class[@filename='src/a.py']")
    hits = {line.get("number"): line.get("hits") for line in first.iter("line")}
    assert hits == {"1": "1", "2": "1", "4": "1", "5": "0"}
    assert first.find(".//line[@number='2']").get("condition-coverage") == "50% (1/2)"


def test_lcov_counts_the_lines_and_branches_that_ran() -> None:
    lines = built()["lcov.info"].splitlines()
    assert lines[:2] == ["TN:", "SF:src/a.py"]
    assert {"DA:5,0", "DA:1,1", "LF:4", "LH:3", "BRDA:2,0,0,1", "BRDA:2,0,1,0", "BRF:2", "BRH:1"} <= set(
        lines
    )
    assert lines.count("end_of_record") == 1


def test_parts_of_one_file_are_put_together_and_count_no_line_twice() -> None:
    first = Coverage(
        lines_covered=1, lines_total=2, covered_lines=(1,), missed_lines=(2,), branch_lines=((1, 1, 2),)
    )
    second = Coverage(
        lines_covered=2, lines_total=3, covered_lines=(2, 3), missed_lines=(4,), branch_lines=((1, 2, 2),)
    )
    whole = united([first, Coverage(), second])
    assert (whole.covered_lines, whole.missed_lines) == ((1, 2, 3), (4,))
    assert (whole.lines_covered, whole.lines_total) == (3, 4)
    assert (whole.branches_covered, whole.branches_total) == (2, 2)


def test_parts_without_their_lines_add_their_counts_up() -> None:
    part = Coverage(lines_covered=1, lines_total=2)
    assert united([part, part]).lines_total == 4


def test_a_partial_report_says_that_it_is_one() -> None:
    files = built(replace(DONE, total=5))
    assert "2 of 5 jobs have ended" in files["report.md"]
    assert "this report is partial" in files["report.html"]
    assert json.loads(files["report.json"])["is_complete"] is False


def test_a_batch_of_which_nothing_ended_has_a_report_too() -> None:
    files = built(BatchProgress(batch_id="b", total=3), results=[])
    assert json.loads(files["report.json"])["lines"]["ratio"] is None
    assert ET.fromstring(files["junit.xml"]).get("tests") == "0"


def test_a_share_is_never_rounded_up_to_all() -> None:
    coverage = Coverage(lines_covered=9999, lines_total=10_000)
    files = built(results=[stored("a", coverage=coverage)])
    assert "99.9 %" in files["report.md"]
    assert "100 %" not in files["report.md"]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.py", 'a"b&c.py', "a|b@c`d.py", "a\u0000\u0007b.py", "\ud800.py"]
)
def test_a_hostile_name_breaks_no_form_and_runs_nowhere(name: str) -> None:
    files = report_files(
        DONE, label=name, results=[stored("a", path=name), {**failed("b"), "explanation": name}]
    )
    page = files["report.html"].decode()
    assert "<script>" not in page
    assert "<script>" not in files["report.md"].decode()
    for xml in ("junit.xml", "coverage.xml"):
        ET.fromstring(files[xml])
    json.loads(files["report.json"])


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"job_id": st.text(min_size=1)}, optional={name: _JUNK for name in BOTH[0] if name != "job_id"}
        ),
        max_size=4,
    )
)
def test_whatever_lies_in_the_bucket_a_report_comes_out(results) -> None:
    for name, content in report_files(DONE, label="x", results=results).items():
        if name.endswith(".xml"):
            ET.fromstring(content)
