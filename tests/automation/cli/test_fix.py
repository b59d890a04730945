"""What a person sees of a fix."""

from io import StringIO

from rich.console import Console

from automation.cli.fix import shown


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
