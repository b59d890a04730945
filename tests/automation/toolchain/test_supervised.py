import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from automation.toolchain.ports import WayFailed
from automation.toolchain.supervised import Command, run_supervised


def python(code: str, failure: str = "it failed") -> Command:
    return Command(
        arguments=[sys.executable, "-c", code],
        environment={"PATH": "/usr/bin:/bin"},
        directory=Path("/"),
        describe=lambda line, count: f"{count}: {line}",
        failure=failure,
    )


def test_a_failure_carries_the_exit_code_and_the_last_lines() -> None:
    with pytest.raises(WayFailed, match="it failed with exit code 3:\nlast words"):
        run_supervised(python("print('last words'); raise SystemExit(3)"), print)


def test_a_command_that_is_not_there_is_a_failure() -> None:
    command = Command(
        arguments=["/no/such/thing"],
        environment={},
        directory=Path("/"),
        describe=lambda _line, _count: "",
        failure="it failed",
    )
    with pytest.raises(WayFailed, match=r"it failed: .*No such file"):
        run_supervised(command, print)


@pytest.mark.slow
def test_each_second_says_what_goes_on_and_for_how_long() -> None:
    said: list[str] = []
    run_supervised(python("import time; print('phase one', flush=True); time.sleep(1.5)"), said.append)
    assert said == ["1: phase one (0:01)"]


@pytest.mark.slow
def test_an_interruption_ends_the_command_and_its_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    child = f"import subprocess,sys;p=subprocess.Popen(['sleep','60']);open({str(note)!r},'w').write(str(p.pid));p.wait()"

    def interrupt() -> None:
        while not note.exists() or not note.read_text():
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run_supervised(python(child), lambda _line: None)
    pid = int(note.read_text())
    deadline = time.monotonic() + 60
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_alive(pid)


def _is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
