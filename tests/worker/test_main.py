"""`python -m worker` at its edges."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def start(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker"],
        env={"PATH": os.environ["PATH"], **env},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_missing_settings_are_told_one_a_line_with_exit_code_2():
    done = start({"DDF_CONCURRENCY": "none"})
    lines = done.stderr.splitlines()
    assert done.returncode == 2
    assert "DDF_RESULTS_BUCKET is missing" in lines
    assert "DDF_CONCURRENCY is 'none', not a whole number" in lines
    assert "Traceback" not in done.stderr


def complete_settings() -> dict[str, str]:
    addresses = ("QUEUE_URL_HIGH", "QUEUE_URL_NORMAL", "QUEUE_URL_LOW", "DEAD_LETTER_QUEUE_URL")
    stores = {"DDF_RESULTS_BUCKET": "b", "DDF_LEDGER_TABLE": "t", "DDF_ENGINE": "builtin"}
    return {**{f"DDF_{name}": "http://127.0.0.1:9/q" for name in addresses}, **stores}


def test_a_worker_that_is_told_no_region_says_so_with_exit_code_2(tmp_path):
    done = start({**complete_settings(), "HOME": str(tmp_path)})
    assert done.returncode == 2, done.stderr
    assert "AWS_REGION is missing" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_host_below_the_wanted_sandbox_level_refuses_work_with_exit_code_3(tmp_path, variable):
    (tmp_path / "python").symlink_to(sys.executable)
    env = {**complete_settings(), variable: "us-east-1", "DDF_SANDBOX": "bubblewrap"}
    done = start({**env, "PATH": str(tmp_path)})
    assert done.returncode == 3, done.stderr
    assert "below the minimum sandbox level bubblewrap: bwrap is not on PATH" in done.stderr
    assert "Traceback" not in done.stderr
