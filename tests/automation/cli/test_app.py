"""The command line's boundary: exit codes, messages, one JSON document."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from automation.cli.app import COMMANDS, main, root
from automation.errors import Diagnostic, ExitCode

pytestmark = pytest.mark.slow  # each starts the command line as a process of its own

ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "automation", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def short_words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


@pytest.mark.parametrize("name", COMMANDS)
def test_the_short_help_of_a_command_begins_like_its_own(name: str) -> None:
    command = root.get_command(click.Context(root), name)
    assert command is not None
    assert short_words(command.help or "")[:2] == short_words(COMMANDS[name][1])[:2]


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom automation.cli.app import main\nmain(['--help'])\n"
        "heavy = {'pulumi', 'boto3', 'botocore', 'rich', 'moto', 'grpc', 'httpx'} & set(sys.modules)\n"
        "sys.exit(len(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0


def test_an_unknown_command_is_a_usage_fault_with_a_next_step() -> None:
    done = run("dance")
    assert done.returncode == ExitCode.USAGE
    assert "dance" in done.stderr
    assert "Next: python -m automation --help" in done.stderr


def test_a_fault_in_json_mode_is_one_document_on_stdout() -> None:
    done = run("deploy", "--env", "mars", "--json")
    assert done.returncode == ExitCode.USAGE
    told = json.loads(done.stdout)
    assert told["error"] == "stack-file-missing"
    assert told["exit_code"] == ExitCode.USAGE
    assert told["next_step"]


def test_destroy_without_a_terminal_wants_yes() -> None:
    done = run("destroy")
    assert done.returncode == ExitCode.USAGE
    assert "--yes" in done.stderr


def test_a_number_of_workers_must_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("-1", "many", "101", "1.5"):
        assert main(["scale", "--", wrong]) == ExitCode.USAGE
        assert "whole number" in capsys.readouterr().err


def test_nothing_is_sent_when_a_source_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("roses")
    done = run("submit", str(tmp_path / "a.txt"), str(tmp_path / "missing.py"))
    assert done.returncode == ExitCode.USAGE
    assert "a.txt" in done.stderr
    assert "missing.py" in done.stderr


def test_a_language_that_no_worker_serves_is_refused_before_anything_is_sent() -> None:
    done = run("submit", "-", "--language", "ruby")
    assert done.returncode == ExitCode.USAGE
    assert "'python', 'javascript'" in done.stderr


def test_output_that_is_piped_has_no_colour() -> None:
    assert "\x1b[" not in run("--help").stdout + run("deploy", "--env", "mars").stderr


@pytest.mark.parametrize("code", ExitCode)
def test_exit_codes_are_stable(code: ExitCode) -> None:
    stable = {
        "OK": 0, "FAILED": 1, "USAGE": 2, "AUTH": 3, "LOCKED": 4, "POLICY": 5, "NO_STACK": 6, "CHANGES": 7,
        "CANCELLED": 8, "LEFTOVERS": 9,
    }  # fmt: skip
    assert stable[code.name] == code


def test_every_kind_of_diagnostic_has_an_exit_code_of_its_own_or_the_general_one() -> None:
    codes = [kind.exit_code for kind in Diagnostic.__subclasses__() if kind.exit_code is not ExitCode.FAILED]
    assert len(set(codes)) == len(codes)


def test_main_returns_the_exit_code_instead_of_leaving(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == ExitCode.OK
    assert "deployer-ddf-mod-llm-models" in capsys.readouterr().out
