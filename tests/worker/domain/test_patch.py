"""Patches as values: applying, undoing into a diff, telling behaviours apart; and what comes with a fix job."""

import json
import subprocess
from pathlib import Path

import pytest

from worker.domain.errors import PatchInapplicable, RequestRejected
from worker.domain.job import Job, JobKind, SourceFile
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.patch import Behaviours, Edit, Patch, PatchOrigin, between, changed_lines, unified_diff


def patch(*edits: tuple[int, int, str]) -> Patch:
    made = tuple(Edit(start=start, end=end, text=text) for start, end, text in edits)
    return Patch(edits=made, origin=PatchOrigin.BUILTIN, operator="o", description="d", cost=1.0)


def test_edits_are_applied_by_their_places_in_the_original() -> None:
    assert patch((0, 1, "xy"), (2, 2, "!"), (3, 4, "")).applied_to("abcd") == "xyb!c"


@pytest.mark.parametrize("edits", [((0, 9, ""),), ((2, 1, ""),), ((0, 2, ""), (1, 3, ""))])
def test_edits_outside_of_the_source_or_over_each_other_are_refused(edits: tuple) -> None:
    with pytest.raises(PatchInapplicable):
        patch(*edits).applied_to("abcd")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb", "a\nb\n"),
        ("", "x\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("ä\n", "ö\nü\n"),
    ],
)
def test_the_edits_between_two_texts_lead_from_one_to_the_other(old: str, new: str) -> None:
    edits = between(old, new)
    assert (
        Patch(edits=edits, origin=PatchOrigin.ENGINE, operator="", description="", cost=1).applied_to(old)
        == new
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [("a\nb\nc\n", "a\nB\nc\n"), ("a\nb", "a\nc"), ("a\n", "a"), ("a\x0cb\nc\n", "a\x0cb\nd\n")],
)
def test_git_applies_the_diff(old: str, new: str, tmp_path: Path) -> None:
    (tmp_path / "it.py").write_text(old, newline="")
    diff = unified_diff(old, new, "it.py")
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), check=True)
    assert (tmp_path / "it.py").read_bytes() == new.encode()


def test_changed_lines_are_counted_once_for_each_place() -> None:
    assert changed_lines("a\nb\nc\n", "a\nB\nC\nc\n") == 2


def test_behaviours_are_grouped_and_disagreements_divide_the_most_first() -> None:
    shown = (("1", "x"), ("2", "y"), ("2", "z"))
    behaviours = Behaviours(inputs=("f(1)", "f(2)"), original=("0", "0"), shown=shown)
    assert behaviours.clusters() == ((0,), (1,), (2,))
    assert [one.call for one in behaviours.disagreements((0, 1, 2))] == ["f(2)", "f(1)"]


def fix_job(**fields: object) -> Job:
    return Job(job_id="j", kind=JobKind.FIX, language="python", code="x = 1", **fields)


def test_a_fix_job_keeps_its_tests_and_its_log_on_the_way() -> None:
    job = fix_job(tests=(SourceFile(path="tests/test_x.py", text="…"),), log="E  AssertionError")
    assert decode_job(encode_job(job), message_id="m") == job


@pytest.mark.parametrize(
    "path", ["../up.py", "/etc/passwd", "a//b.py", "", "a/./b.py", "a\\b.py", "a\nb.py", "x" * 2000]
)
def test_a_path_that_leaves_its_folder_is_refused(path: str) -> None:
    body = json.loads(encode_job(fix_job()))
    body["tests"] = [{"path": path, "text": ""}]
    with pytest.raises(RequestRejected, match="no path within"):
        decode_job(json.dumps(body), message_id="m")


@pytest.mark.parametrize(
    "tests", ["x", [1], [{"path": "a"}], [{"path": "a", "text": 1}], [{"path": "a", "text": ""}] * 99]
)
def test_tests_that_are_no_files_are_refused(tests: object) -> None:
    body = json.loads(encode_job(fix_job())) | {"tests": tests}
    with pytest.raises(RequestRejected, match="tests"):
        decode_job(json.dumps(body), message_id="m")
