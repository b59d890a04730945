"""Containers as processes: real ones, real signals."""

import json
import sys
import threading
import time

import psutil
import pytest

from automation.localaws.runtime.journal import Journal
from automation.localaws.runtime.processes import Child, Launch, is_same_process

pytestmark = pytest.mark.slow

OBEDIENT = "import signal, time; print('ready', flush=True); signal.pause()"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True);"
    "[time.sleep(0.1) for _ in range(600)]"
)
PARENT_OF_STRAYS = (
    "import subprocess, sys, time;"
    "stray = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True);"
    "print('ready', stray.pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def run(tmp_path):
    children = []

    def start(code, environment=None, command=None):
        launch = Launch(
            container="worker",
            command=command or [sys.executable, "-c", code],
            environment=environment or {},
            directory=tmp_path,
            log=tmp_path / "logs" / f"{len(children)}.log",
        )
        children.append(Child(launch, on_exit=exited.set))
        return children[-1]

    exited = threading.Event()
    start.exited = exited
    yield start
    for child in children:
        child.kill()
        assert child.join(5)


def ready(child):
    deadline = time.monotonic() + 60  # a hang, not a measure
    while "ready" not in child.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return child.log.read_text()


def test_a_process_that_ends_by_itself_reports_its_code_and_tells_at_once(run):
    child = run("import sys; sys.exit(3)")
    assert run.exited.wait(10)
    assert child.exit_code == 3


def test_both_output_streams_land_in_the_log(run):
    child = run("import sys; print('out'); print('err', file=sys.stderr)")
    assert child.join(10)
    assert sorted(child.log.read_text().split()) == ["err", "out"]


def test_it_finds_its_environment_and_nothing_else(run):
    child = run("import json, os; print(json.dumps(dict(os.environ)))", environment={"ONLY": "this"})
    assert child.join(10)
    found = json.loads(child.log.read_text())
    assert {name for name in found if not name.startswith("LC_")} == {"ONLY"}


def test_sigterm_ends_it_with_the_exit_code_of_containers(run):
    child = run(OBEDIENT)
    ready(child)
    child.terminate()
    assert child.join(5)
    assert child.exit_code == 143


def test_sigkill_ends_what_ignores_sigterm(run):
    child = run(STUBBORN)
    ready(child)
    child.terminate()
    assert not child.join(0.3)
    child.kill()
    assert child.join(5)
    assert child.exit_code == 137


def test_a_kill_reaches_descendants_in_sessions_of_their_own(run):
    child = run(PARENT_OF_STRAYS)
    stray = psutil.Process(int(ready(child).split()[1]))
    child.kill()
    assert child.join(5)
    stray.wait(5)


def test_a_program_that_does_not_exist_ends_as_a_container_would(run):
    child = run("", command=["/no/such/program"])
    assert child.join(10)
    assert child.exit_code == 1
    assert "/no/such/program" in child.log.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_process_ends_when_the_thread_that_started_it_does(run):
    started = []
    thread = threading.Thread(target=lambda: started.append(run(OBEDIENT)) or ready(started[0]))
    thread.start()
    thread.join()
    assert started[0].join(5)
    assert started[0].exit_code == 143


def test_the_next_agent_ends_what_a_killed_one_left(run, tmp_path):
    child = run(STUBBORN)
    ready(child)
    Journal(tmp_path / "tasks.json").write([child])
    assert Journal(tmp_path / "tasks.json").end_orphans() == 1
    assert child.join(5)
    assert not (tmp_path / "tasks.json").exists()


def test_a_process_that_only_has_the_same_id_is_left_alone(run, tmp_path):
    child = run(STUBBORN)
    ready(child)
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([{"pid": child.pid, "created": child.created - 100}]))
    assert Journal(path).end_orphans() == 0
    assert is_same_process(child.pid, child.created)


@pytest.mark.parametrize("content", ["", "[", '[{"pid": 1}]', "{}"])
def test_a_journal_that_is_broken_stops_nobody(tmp_path, content):
    (tmp_path / "tasks.json").write_text(content)
    assert Journal(tmp_path / "tasks.json").end_orphans() == 0
