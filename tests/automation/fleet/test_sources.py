"""Reading what a user wants tested."""

import os
from pathlib import Path

import pytest

from automation.errors import UsageFault
from automation.fleet.sources import JobOptions, jobs_from
from worker.domain.job import JOB_ID, MAXIMUM_CODE_BYTES, Lane

OPTIONS = JobOptions(batch_id="batch-1")


def test_a_file_becomes_a_job_of_its_language(tmp_path: Path) -> None:
    source = tmp_path / "maths.mjs"
    source.write_text("export const one = 1;\n")
    (job,) = jobs_from([str(source)], None, OPTIONS)
    assert (job.language, job.path, job.batch_id) == ("javascript", str(source), "batch-1")
    assert job.job_id.startswith("maths-")
    assert JOB_ID.fullmatch(job.job_id)


def test_a_folder_is_searched_for_sources_but_not_for_tests_or_packages(tmp_path: Path) -> None:
    for name in (
        "a.py",
        "test_a.py",
        "b.js",
        "b.test.js",
        "node_modules/c.js",
        ".hidden/d.py",
        "notes.md",
        "deep/e.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x = 1\n")
    found = [Path(job.path or "").name for job in jobs_from([str(tmp_path)], None, OPTIONS)]
    assert sorted(found) == ["a.py", "b.js", "e.py"]


def test_standard_input_needs_a_language() -> None:
    with pytest.raises(UsageFault) as told:
        jobs_from(["-"], "x = 1", OPTIONS)
    assert "--language" in told.value.why
    (job,) = jobs_from(["-"], "x = 1", JobOptions(batch_id="b", language="python"))
    assert (job.code, job.path) == ("x = 1", None)


def test_every_source_that_cannot_be_sent_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("  \n")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "nul.py").write_text("x = 1\x00")
    (tmp_path / "poem.txt").write_text("roses")
    (tmp_path / "huge.py").write_text("x" * (MAXIMUM_CODE_BYTES + 1))
    (tmp_path / "good.py").write_text("x = 1\n")
    paths = [str(path) for path in sorted(tmp_path.iterdir())]
    with pytest.raises(UsageFault) as told:
        jobs_from([*paths, "missing.py"], None, OPTIONS)
    for word in ("empty.py", "binary.py", "nul.py", "poem.txt", "huge.py", "missing.py"):
        assert word in told.value.why
    assert "good.py" not in told.value.why


def test_a_file_named_twice_is_sent_once(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    assert len(jobs_from([str(source), str(source)], None, OPTIONS)) == 1


@pytest.mark.parametrize(
    ("priority", "lane"), [(-1, Lane.LOW), (0, Lane.LOW), (1, Lane.NORMAL), (4, Lane.NORMAL), (5, Lane.HIGH)]
)
def test_a_priority_chooses_the_lane(priority: int, lane: Lane) -> None:
    assert Lane.of_priority(priority) is lane


def test_a_file_whose_name_is_no_text_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    Path(os.fsdecode(folder + b"/\xff.py")).write_text("x = 1\n")
    with pytest.raises(UsageFault, match="nothing was sent") as fault:
        jobs_from([str(tmp_path)], None, OPTIONS)
    assert "not UTF-8" in fault.value.why
    assert fault.value.why.isascii()
