"""What the documents say is what the program does."""

import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner

from automation.cli.app import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_readme_shows_the_help_as_it_is() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "automation", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "80", "PATH": "/usr/bin:/bin"},
    )
    shown = re.search(r"```text\n(Usage: python -m automation .*?)```", README, re.DOTALL)
    assert shown is not None, "the README shows no help"
    assert shown.group(1).strip() == done.stdout.strip()


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 150


def test_every_command_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"python -m automation ([a-z]+)", README))
    assert named <= set(COMMANDS)
    assert named


@cache
def help_of(command: str) -> str:
    module, name = COMMANDS[command][0].split(":")
    return CliRunner().invoke(getattr(import_module(module), name), ["--help"], catch_exceptions=False).output


def test_every_option_that_the_readme_uses_exists() -> None:
    used = re.findall(r"python -m automation ([a-z]+)((?: [^\n`]*)?)", README)
    for command, rest in used:
        options = set(re.findall(r"--[a-z-]+", rest.split("#")[0]))
        assert {option for option in options if option not in help_of(command)} == set(), command


def test_every_target_that_the_readme_names_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


@pytest.mark.parametrize(
    "document", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda path: path.name
)
def test_every_decision_has_its_four_parts(document: Path) -> None:
    text = document.read_text().lower()
    assert [part for part in ("status", "context", "decision", "consequences") if part not in text] == []


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_no_file_names_a_package_index_or_a_download_host() -> None:
    locked = (ROOT / "requirements.lock").read_text()
    assert "://" not in locked
    assert "--index-url" not in locked
