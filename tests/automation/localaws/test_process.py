"""The process as its parent sees it: state file, lock, signals."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from automation.localaws.state_file import StateFile, remove_state_file

pytestmark = pytest.mark.slow


def start(state_dir: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "automation.localaws", "--state-dir", str(state_dir), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def state_of(state_dir: Path, process: subprocess.Popen[str]) -> dict[str, object]:
    for _ in range(1800):  # a hang, not a measure
        if (state_dir / "localaws.json").exists():
            found: dict[str, object] = json.loads((state_dir / "localaws.json").read_text())
            if found["pid"] == process.pid:
                return found
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.05)
    raise TimeoutError("the embedded AWS did not come up")


def end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.kill()
    process.communicate()


@dataclass(frozen=True)
class Running:
    folder: Path
    process: subprocess.Popen[str]
    state: dict[str, object]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One for all tests here, in their order: to start one takes seconds."""
    folder = tmp_path_factory.mktemp("localaws")
    process = start(folder)
    try:
        yield Running(folder, process, state_of(folder, process))
    finally:
        end(process)


def test_it_publishes_itself_and_serves(running: Running) -> None:
    process, state = running.process, running.state
    assert set(state) == {"pid", "created", "boot_id", "endpoint", "provider_port", "region", "started_at"}
    assert int(str(state["provider_port"])) > 0
    assert state["created"] == psutil.Process(process.pid).create_time()
    with urllib.request.urlopen(f"{state['endpoint']}/_localaws/health", timeout=60) as answer:
        assert json.load(answer) == {"status": "ok", "boot_id": state["boot_id"]}
    with urllib.request.urlopen(f"{state['endpoint']}/_localaws/queues", timeout=60) as answer:
        assert json.load(answer) == {}


def test_a_second_one_on_the_same_folder_is_refused(running: Running) -> None:
    second = start(running.folder)
    try:
        assert second.wait(timeout=90) == 4
        assert "another embedded AWS is running" in (second.stderr.read() if second.stderr else "")
    finally:
        end(second)
    assert json.loads((running.folder / "localaws.json").read_text()) == running.state


def test_a_port_that_is_taken_is_said_in_one_line(running: Running, tmp_path: Path) -> None:
    port = str(running.state["endpoint"]).rpartition(":")[2]
    second = start(tmp_path / "other", "--port", port)
    try:
        assert second.wait(timeout=90) == 1
        assert "can't start" in (second.stderr.read() if second.stderr else "")
    finally:
        end(second)


def test_one_that_was_killed_is_followed_by_one_with_another_boot_id_that_leaves_nothing_on_sigterm(
    running: Running,
) -> None:
    running.process.kill()
    running.process.wait()
    again = start(running.folder)
    try:
        assert state_of(running.folder, again)["boot_id"] != running.state["boot_id"]
        again.send_signal(signal.SIGTERM)
        assert again.wait(timeout=90) == 0
    finally:
        end(again)
    assert not (running.folder / "localaws.json").exists()


def test_a_state_file_of_another_process_is_left_alone(tmp_path: Path) -> None:
    other = StateFile(
        pid=os.getpid() + 1,
        created=1.0,
        boot_id="b",
        endpoint="http://127.0.0.1:1",
        provider_port=0,
        region="us-east-1",
        started_at="2026-01-01T00:00:00+00:00",
    )
    other.write(tmp_path)
    remove_state_file(tmp_path, "b")
    remove_state_file(tmp_path, "another")
    assert (tmp_path / "localaws.json").exists()
    assert list(tmp_path.glob("*.partial")) == []
