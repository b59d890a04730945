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
