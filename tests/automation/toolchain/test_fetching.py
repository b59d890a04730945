"""`python -m automation.toolchain` as a process of its own, with a Go compiler that never ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from automation.errors import ExitCode
from automation.toolchain.pins import REPOSITORY_ROOT, read_pins

HANG_SECONDS = 60


def a_compiler(folder: Path, note: Path) -> None:
    """Put a `go` there that answers its version, and otherwise notes its process and never ends."""
    folder.mkdir()
    go = folder / "go"
    go.write_text(
        f"#!/bin/sh\ncase $1 in env) echo go{read_pins().go_preferred} ;; *) echo $$ >{note}; exec sleep 600 ;; esac\n"
    )
    go.chmod(0o755)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_ends_a_build_leaves_no_compiler_behind(tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "compiler"
    a_compiler(tmp_path / "bin", note)
    env = {
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "DDF_CACHE_DIR": str(tmp_path / "cache"),
        "DDF_TOOLCHAIN": "build",
    }
    command = [sys.executable, "-m", "automation.toolchain"]
    process = subprocess.Popen(command, cwd=REPOSITORY_ROOT, env=env, stderr=subprocess.PIPE, text=True)
    with process:
        deadline = time.monotonic() + HANG_SECONDS
        while not note.exists() or not note.read_text().strip():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        _, told = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == ExitCode.CANCELLED
    assert "nothing half-made was kept" in told
    assert not psutil.pid_exists(int(note.read_text()))
    assert [
        path for path in (tmp_path / "cache").rglob("*") if os.access(path, os.X_OK) and path.is_file()
    ] == []
