"""The workflows and actions of GitHub, as far as they can be checked without it: what they name is there, and nothing leaks."""

import re
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from automation.cli.app import COMMANDS, root

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
OURS = [path for path in WORKFLOWS if path.name != "ci.yml"]
STEP_KEYS = {
    "name",
    "id",
    "if",
    "uses",
    "with",
    "env",
    "run",
    "shell",
    "working-directory",
    "continue-on-error",
    "timeout-minutes",
}


def read(path: Path) -> dict[str, Any]:
    document = YAML(typ="safe").load(path.read_text())
    assert isinstance(document, dict), path
    return document


def steps_of(path: Path) -> list[dict[str, Any]]:
    document = read(path)
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_there_are_workflows_for_preview_deploy_drift_and_expiry() -> None:
    assert {"preview.yml", "deploy.yml", "drift.yml", "expire.yml", "ci.yml"} <= {
        path.name for path in WORKFLOWS
    }
    assert {"submit-changes", "fix-failure", "setup-driver"} <= {path.parent.name for path in ACTIONS}


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_a_workflow_may_do_no_more_than_read_unless_a_job_says_so(path: Path) -> None:
    document = read(path)
    assert document["permissions"] == {"contents": "read"}
    for job in document["jobs"].values():
        granted = job.get("permissions", {})
        assert granted.get("contents", "read") == "read"
        assert set(granted) <= {"contents", "id-token", "pull-requests"}
        assert "timeout-minutes" in job


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=name_of)
def test_every_step_runs_or_uses_something_and_has_no_unknown_key(path: Path) -> None:
    for step in steps_of(path):
        assert ("run" in step) != ("uses" in step), step
        assert set(step) <= STEP_KEYS, step


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=name_of)
def test_what_a_step_uses_is_pinned_or_lies_here(path: Path) -> None:
    for used in (step["uses"] for step in steps_of(path) if "uses" in step):
        if used.startswith("./"):
            assert (ROOT / used / "action.yml").is_file(), used
        else:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@(v\d+|[0-9a-f]{40})", used), used


@pytest.mark.parametrize("path", [*WORKFLOWS, *ACTIONS], ids=name_of)
def test_nothing_from_outside_becomes_part_of_a_script(path: Path) -> None:
    for step in steps_of(path):
        assert "${{" not in step.get("run", ""), step


@pytest.mark.parametrize("path", ACTIONS, ids=name_of)
def test_an_action_uses_only_inputs_that_it_declares_and_each_of_them(path: Path) -> None:
    document = read(path)
    used = set(re.findall(r"inputs\.([\w-]+)", path.read_text()))
    assert used == set(document["inputs"])
    assert all(step.get("shell") == "bash" for step in document["runs"]["steps"] if "run" in step)


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_inputs_given_to_an_action_of_ours_are_its_own(path: Path) -> None:
    for step in steps_of(path):
        if str(step.get("uses", "")).startswith("./"):
            declared = read(ROOT / step["uses"] / "action.yml")["inputs"]
            assert set(step.get("with", {})) <= set(declared)
            assert {name for name, one in declared.items() if one.get("required")} <= set(
                step.get("with", {})
            )


@pytest.mark.parametrize("path", [*OURS, *ACTIONS], ids=name_of)
def test_every_command_of_ours_exists_with_its_options(path: Path) -> None:
    for step in steps_of(path):
        for name, rest in re.findall(r"-m automation ([a-z]+)(.*)", step.get("run", "")):
            assert name in COMMANDS
            command = root.get_command(click.Context(root), name)
            assert command is not None
            known = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"--[a-z-]+", rest)) <= known, step["run"]


@pytest.mark.parametrize("name", ["deploy.yml", "expire.yml"])
def test_what_writes_a_stack_runs_alone_and_is_never_cut_off(name: str) -> None:
    document = read(ROOT / ".github" / "workflows" / name)
    held = [document.get("concurrency"), *(job.get("concurrency") for job in document["jobs"].values())]
    groups = [one for one in held if one]
    assert groups
    assert all(one["group"].startswith("deploy-") and one["cancel-in-progress"] is False for one in groups)


def test_a_plan_of_a_fork_gets_no_role() -> None:
    job = read(ROOT / ".github" / "workflows" / "preview.yml")["jobs"]["preview"]
    assert "head.repo.full_name == github.repository" in job["if"]
