"""What a person sees of a fix."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from automation.cli.console import Screen
from automation.cli.fix import shown
from automation.cli.watch import tell_beside
from automation.fleet.results import JobRow
from worker.domain.job import JobStatus


def seen(result: dict, report: dict) -> str:
    console = Console(file=StringIO(), width=140)
    console.print(shown(result, report))
    return console.file.getvalue()


def test_the_diff_and_the_verdicts_are_shown() -> None:
    patch = {"description": "line 2: - becomes +", "origin": "builtin"}
    verdicts = [
        {"patch": patch, "rejection": None, "tests_fixed": 2, "tests_kept": 3},
        {
            "patch": patch | {"description": "other"},
            "rejection": "less_likely",
            "tests_fixed": 2,
            "tests_kept": 3,
        },
    ]
    text = seen({"explanation": "Mended."}, {"diff": "--- a/x\n+++ b/x\n", "verdicts": verdicts})
    for part in ("Mended.", "+++ b/x", "line 2: - becomes +", "proved", "less_likely"):
        assert part in text


def test_inputs_on_which_patches_differ_are_shown_with_each_answer() -> None:
    one = {"call": "sign(0)", "original": "1", "answers": ["0", "-1"]}
    text = seen({"explanation": "Undecided."}, {"rivals": ["first", "second"], "disagreements": [one]})
    for part in ("sign(0)", "-1", "1: first", "2: second"):
        assert part in text


def test_markup_and_control_signs_in_a_patch_do_not_steer_the_terminal() -> None:
    text = seen({"explanation": "[red]x[/] \x1b[31m"}, {"diff": "+\x1b[31mred\n"})
    assert "[red]x[/]" in text
    assert "\x1b[31mred" not in text


def test_a_job_without_a_result_says_so() -> None:
    assert "no result" in seen({}, {})


def test_each_child_is_told_of_once_for_each_step(capsys: pytest.CaptureFixture[str]) -> None:
    child = JobRow(job_id="fix-1-c1", status=JobStatus.QUEUED, language="python", path=None, attempts=0)
    steps = [
        child,
        child,
        replace(child, status=JobStatus.RUNNING, attempts=1),
        replace(child, status=JobStatus.QUEUED, attempts=1),
        replace(child, status=JobStatus.SUCCEEDED, attempts=2),
    ]
    told: set[str] = set()
    for step in steps:
        tell_beside(Screen(is_json=False), [step], told)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [f"child fix-1-c1: {word}" for word in ("waits", "searches", "succeeded")]
