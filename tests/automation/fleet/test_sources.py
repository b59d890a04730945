"""Reading what a user wants tested."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.errors import UsageFault
from automation.fleet.sources import JobOptions, SourceChoice, plan_jobs
from worker.domain.job import JOB_ID, MAXIMUM_CODE_BYTES, Job, Lane

OPTIONS = JobOptions(batch_id="batch-1")


def jobs_from(paths: list[str], *, options: JobOptions = OPTIONS, **choice: Any) -> tuple[Job, ...]:
    return plan_jobs(SourceChoice(paths=paths, **choice), options).jobs


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_a_file_becomes_a_job_of_its_language(tmp_path: Path) -> None:
    source = tmp_path / "maths.mjs"
    source.write_text("export const one = 1;\n")
    (job,) = jobs_from([str(source)], options=OPTIONS)
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
    found = [Path(job.path or "").name for job in jobs_from([str(tmp_path)], options=OPTIONS)]
    assert sorted(found) == ["a.py", "b.js", "e.py"]


def test_standard_input_needs_a_language() -> None:
    with pytest.raises(UsageFault) as told:
        jobs_from(["-"], stdin="x = 1", options=OPTIONS)
    assert "--language" in told.value.why
    (job,) = jobs_from(["-"], stdin="x = 1", options=JobOptions(batch_id="b", language="python"))
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
        jobs_from([*paths, "missing.py"], options=OPTIONS)
    for word in ("empty.py", "binary.py", "nul.py", "poem.txt", "huge.py", "missing.py"):
        assert word in told.value.why
    assert "good.py" not in told.value.why


def test_a_file_named_twice_is_sent_once(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("x = 1\n")
    assert len(jobs_from([str(source), str(source)], options=OPTIONS)) == 1


@pytest.mark.parametrize(
    ("priority", "lane"), [(-1, Lane.LOW), (0, Lane.LOW), (1, Lane.NORMAL), (4, Lane.NORMAL), (5, Lane.HIGH)]
)
def test_a_priority_chooses_the_lane(priority: int, lane: Lane) -> None:
    assert Lane.of_priority(priority) is lane


def test_what_a_folder_brings_along_and_can_not_be_sent_is_left_out_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("x = 1\n")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "nul.js").write_text("x = 1\x00")
    (tmp_path / "huge.py").write_text("x" * (MAXIMUM_CODE_BYTES + 1))
    (tmp_path / "circle").symlink_to(tmp_path)
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.py")).write_text("x = 1\n")
    plan = plan_jobs(SourceChoice(paths=[str(tmp_path)]), OPTIONS)
    assert [Path(job.path or "").name for job in plan.jobs] == ["good.py"]
    told = {Path(path.strip("'")).name: why for path, why in plan.skipped.items()}
    assert told["binary.py"] == "not UTF-8 text (its mark says UTF-16)"
    assert "NUL" in told["nul.js"]
    assert "more than" in told["huge.py"]
    assert told["\\udcff.py"] == "the name is not UTF-8"


def test_a_folder_with_nothing_to_send_says_why(tmp_path: Path) -> None:
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageFault) as told:
        jobs_from([str(tmp_path)])
    assert "binary.py: not UTF-8" in told.value.why
    with pytest.raises(UsageFault, match="nothing was sent"):
        jobs_from([str(tmp_path / "none*.py")])


def test_a_glob_and_an_exclusion_choose_files(tmp_path: Path) -> None:
    for name in ("a.py", "b.py", "sub/c.ts", "sub/c.test.ts", "sub/d.d.ts"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    found = jobs_from([str(tmp_path / "**" / "*")], exclude=["b.py"])
    assert sorted((Path(job.path or "").name, job.language) for job in found) == [
        ("a.py", "python"),
        ("c.ts", "typescript"),
    ]


@pytest.mark.slow
def test_in_a_work_tree_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    git(tmp_path, "init")
    (tmp_path / ".gitignore").write_text("made/\n")
    for name in ("a.py", "made/b.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    assert [Path(job.path or "").name for job in jobs_from([str(tmp_path)])] == ["a.py"]


@pytest.mark.slow
def test_a_range_means_what_it_added_or_changed_as_its_end_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-b", "main")
    for name in ("old.py", "changed.py", "deleted.py"):
        (tmp_path / name).write_text("x = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    (tmp_path / "changed.py").write_text("x = 2\n")
    (tmp_path / "deleted.py").unlink()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "new.js").write_text("let x = 3;\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "two")
    (tmp_path / "changed.py").write_text("x = 'not committed'\n")
    monkeypatch.chdir(tmp_path / "sub")
    found = jobs_from([], span="main~1..main")
    assert sorted((job.path, job.code) for job in found) == [
        ("changed.py", "x = 2\n"),
        ("sub/new.js", "let x = 3;\n"),
    ]
    assert [job.path for job in jobs_from(["."], span="main~1..main")] == ["sub/new.js"]
    for span in ("main..nowhere", "--output=evil..main", "main"):
        with pytest.raises(UsageFault, match="range"):
            jobs_from([], span=span)


def test_known_times_go_first_the_longest_before_the_others_and_then_the_largest(tmp_path: Path) -> None:
    for name, size in (("small.py", 10), ("large.py", 1000), ("slow.py", 1), ("quick.py", 1)):
        (tmp_path / name).write_text("x" * size)
    seconds = {str(tmp_path / "slow.py"): 30.0, str(tmp_path / "quick.py"): 1.0}
    plan = plan_jobs(SourceChoice(paths=[str(tmp_path)]), OPTIONS, seconds)
    assert [Path(job.path or "").stem for job in plan.jobs] == ["slow", "quick", "large", "small"]


def test_more_files_than_allowed_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"m{number}.py").write_text("x = 1\n")
    with pytest.raises(UsageFault, match="more than 4"):
        jobs_from([str(tmp_path)], most_jobs=4)


def test_what_holds_for_the_submission_holds_for_each_job(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    later = datetime(2027, 1, 1, tzinfo=UTC)
    options = JobOptions(batch_id="b", repository="acme/shop", not_before=later)
    (job,) = jobs_from([str(tmp_path)], options=options)
    assert (job.repository, job.not_before) == ("acme/shop", later)
