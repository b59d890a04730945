"""Where the state of a stack is kept, in the order in which Pulumi looks."""

import json
from pathlib import Path

import pytest

from automation.driver.backend import backend_of
from automation.driver.target import StackTarget


@pytest.fixture(autouse=True)
def _bare_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.delenv("PULUMI_HOME", raising=False)


def target(root: Path, **env: str) -> StackTarget:
    return StackTarget(
        environment="dev",
        root=root,
        scratch=root / "scratch",
        pulumi=root / "pulumi",
        pulumi_version="3.258.0",
        env={"PULUMI_HOME": str(root / "home"), **env},
        is_embedded=False,
        notify=lambda _line: None,
    )


def test_without_a_login_there_is_no_backend(tmp_path: Path) -> None:
    assert backend_of(target(tmp_path)) == ""


def test_the_login_is_asked_last_then_the_project_then_the_shell_then_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "credentials.json").write_text(json.dumps({"current": "s3://of-login"}))
    assert backend_of(target(tmp_path)) == "s3://of-login"
    (tmp_path / "Pulumi.yaml").write_text("name: p\nbackend:\n  url: s3://of-project\n")
    assert backend_of(target(tmp_path)) == "s3://of-project"
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://of-shell")
    assert backend_of(target(tmp_path)) == "s3://of-shell"
    assert backend_of(target(tmp_path, PULUMI_BACKEND_URL="file:///of-stack")) == "file:///of-stack"


@pytest.mark.parametrize("text", ["", "[", "[]", "null"])
def test_a_login_that_nobody_can_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "credentials.json").write_text(text)
    (tmp_path / "Pulumi.yaml").write_text(text)
    assert backend_of(target(tmp_path)) == ""
