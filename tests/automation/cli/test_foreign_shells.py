"""Shells that were set up for something else, and arguments that nobody means: each a sentence and an exit code."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ProfileNotFound

from automation.cli.app import main
from automation.cli.translation import as_diagnostic
from automation.errors import ExitCode
from tests.toolchain_fixture import pulumi_toolchain  # noqa: F401 - for a test here

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Done:
    returncode: int
    stderr: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """The command line in this process, in a shell set up as told."""

    def run_here(*arguments: str, **env: str) -> Done:
        monkeypatch.chdir(ROOT)
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        code = main(arguments)
        return Done(code, capsys.readouterr().err)

    return run_here


@pytest.mark.parametrize("command", ["deploy", "destroy", "preview", "status"])
@pytest.mark.parametrize(
    "env",
    [
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL_SQS": "http://localhost:4566"},
        {"PULUMI_DEBUG_PROVIDERS": "aws:1234"},
    ],
)
def test_a_stack_of_aws_is_never_deployed_to_the_embedded_one(
    run: Callable[..., Done], command: str, env: dict[str, str]
) -> None:
    done = run(command, "--env", "dev", **env)
    assert done.returncode == ExitCode.USAGE
    assert "embedded AWS" in done.stderr
    assert next(iter(env)) in done.stderr


def test_a_profile_that_is_not_there_does_not_matter_to_the_check_of_a_file(run: Callable[..., Done]) -> None:
    done = run("deploy", "--region", "mars", "--yes", AWS_PROFILE="nobody")
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert "mars" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("results", "[/x]"),
        ("results", ""),
        ("results", "../../x"),
        ("results", "j" * 3000),
        ("logs", "--since", "nan"),
        ("logs", "--since", "inf"),
        ("logs", "--since", "1e300"),
        ("logs", "--since", "-1"),
        ("status", "--env", "../x"),
        ("status", "--env", ""),
        ("status", "--env", "e" * 5000),
    ],
)
def test_what_nobody_means_is_a_usage_fault(run: Callable[..., Done], arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode == ExitCode.USAGE, done.stderr
    assert "Traceback" not in done.stderr
    assert "Next:" in done.stderr


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ClientError({"Error": {"Code": "Throttled", "Message": "slowly"}}, "PutItem"), ExitCode.FAILED),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "old"}}, "PutItem"), ExitCode.AUTH),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), ExitCode.FAILED),
        (ProfileNotFound(profile="nobody"), ExitCode.AUTH),
        (OSError(28, "No space left on device"), ExitCode.FAILED),
    ],
)
def test_what_a_library_raises_is_told_as_a_sentence(fault: Exception, code: ExitCode) -> None:
    diagnostic = as_diagnostic(fault)
    assert diagnostic is not None
    assert diagnostic.exit_code == code
    assert diagnostic.why


def test_a_mistake_of_ours_keeps_its_stack() -> None:
    assert as_diagnostic(KeyError("x")) is None


@pytest.mark.slow
@pytest.mark.usefixtures("pulumi_toolchain")
def test_why_the_outputs_of_a_stack_can_not_be_read_is_told(run: Callable[..., Done], tmp_path: Path) -> None:
    done = run(
        "status", "--env", "dev", PULUMI_BACKEND_URL=f"file://{tmp_path}/nowhere", PULUMI_HOME=str(tmp_path)
    )
    assert done.returncode == ExitCode.FAILED
    assert "nowhere" in done.stderr


@pytest.mark.slow
def test_a_folder_that_cannot_be_made_is_told_as_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "automation", "local", "up"],
        cwd=ROOT,
        env={**os.environ, "DDF_LOCAL_DIR": "/dev/null/x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.FAILED
    assert "Error:" in done.stderr
    assert "Traceback" not in done.stderr
