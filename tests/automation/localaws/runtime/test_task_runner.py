"""Tasks of several containers, and the end of everything."""

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from automation.localaws.runtime.health import DEFAULT_CHECK, Health, HealthMonitor, Record
from automation.localaws.runtime.journal import Journal
from automation.localaws.runtime.launcher import TaskCannotStart, free_port
from automation.localaws.runtime.processes import Launch
from automation.localaws.runtime.task_runner import ESSENTIAL_EXITED, TaskRunner
from tests.automation.localaws.runtime.builders import a_container, a_definition, a_task

pytestmark = pytest.mark.slow

SLEEP = "import time; time.sleep(60)"
STUBBORN = (
    f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); {SLEEP}"
)


class FakeLauncher:
    """Runs a line of Python for each container, by its name."""

    def __init__(self, directory, **lines):
        self.directory = directory
        self.lines = lines

    def prepare(self, _task, definition, *, port):
        return [
            Launch(
                container=container.name,
                command=[sys.executable, "-c", self.lines[container.name]],
                environment={"PORT": str(port)},
                directory=self.directory if self.directory.exists() else self.directory.parent / "gone",
                log=self.directory.parent / "logs" / f"{container.name}.log",
            )
            for container in definition.containers
        ]


class GivenUp:
    """Health that has been given up, of whatever is watched."""

    def __init__(self):
        self.records = {}

    def watch(self, arn, *, port, check):
        self.records[arn] = Record(
            port=port, check=check, since=0, next_probe=0, status=Health.UNHEALTHY, failures=check.retries
        )

    def forget(self, arn):
        del self.records[arn]

    def read(self, arn):
        return self.records.get(arn)


class Bench:
    """A runner on tiny processes."""

    def __init__(self, directory, *, health=None, **lines):
        self.woken = threading.Event()
        self.directory = directory
        self.runner = TaskRunner(
            launcher=FakeLauncher(directory, **lines),
            health=health or HealthMonitor(time_scale=1.0, on_change=self.woken.set),
            logs=SimpleNamespace(finish=lambda _path: None),
            journal=Journal(directory / "tasks.json"),
            on_exit=self.woken.set,
        )

    def start(self, *containers):
        self.runner.start(a_task(), a_definition(*containers))

    def ready(self, name):
        log = self.directory.parent / "logs" / f"{name}.log"
        deadline = time.monotonic() + 60  # a hang, not a measure
        while "ready" not in log.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def ended(self):
        deadline = time.monotonic() + 60  # a hang, not a measure
        while not (ended := self.runner.collect()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return ended[0]


@pytest.fixture
def bench(tmp_path):
    benches = []

    def make(**options):
        directory = tmp_path / "state"
        directory.mkdir(exist_ok=True)
        benches.append(Bench(directory, **options))
        return benches[-1]

    yield make
    for made in benches:
        made.runner.stop_all(within_seconds=0)


def a_part(name, **changes):
    return a_container(**{"name": name, "port": None, "health_check": None, **changes})


def test_the_end_of_an_essential_container_ends_the_others(bench):
    world = bench(worker="raise SystemExit(4)", sidecar=SLEEP)
    world.start(a_part("worker"), a_part("sidecar"))
    end = world.ended()
    assert end.exit_codes == {"worker": 4, "sidecar": 143}
    assert (end.reason, end.was_asked, end.had_served) == (ESSENTIAL_EXITED, False, False)


def test_a_container_that_is_not_essential_may_end_alone(bench):
    world = bench(worker=SLEEP, setup="pass")
    world.start(a_part("worker"), a_part("setup", is_essential=False))
    assert world.woken.wait(10)
    assert world.runner.collect() == []
    assert len(world.runner.running) == 1


def test_a_task_whose_container_has_ended_is_not_told_as_unhealthy(bench):
    """Its own end says more: an exit code."""
    world = bench(worker="raise SystemExit(3)", health=GivenUp())
    world.start(a_part("worker", health_check=DEFAULT_CHECK))
    (running,) = world.runner.running.values()
    assert world.woken.wait(60)
    assert not world.runner.is_unhealthy(running)
    assert world.ended().reason == ESSENTIAL_EXITED


def test_a_task_that_runs_and_does_not_answer_is_unhealthy(bench):
    world = bench(worker=SLEEP, health=GivenUp())
    world.start(a_part("worker", health_check=DEFAULT_CHECK))
    (running,) = world.runner.running.values()
    assert world.runner.is_unhealthy(running)


def test_what_ignores_sigterm_is_killed_after_its_stop_timeout(bench):
    world = bench(worker=STUBBORN)
    world.start(a_part("worker", stop_timeout_seconds=0.3))
    world.ready("worker")
    world.runner.stop(a_task().arn, "scaling in")
    assert world.runner.collect() == []
    end = world.ended()
    assert (end.exit_codes, end.reason, end.was_asked) == ({"worker": 137}, "scaling in", True)


def test_stopping_everything_takes_no_longer_than_it_may(bench):
    world = bench(worker=STUBBORN)
    world.start(a_part("worker", stop_timeout_seconds=60))
    world.ready("worker")
    began = time.monotonic()
    world.runner.stop_all(within_seconds=0.3)
    assert time.monotonic() - began < 40
    assert not world.runner.running


def test_a_process_that_cannot_be_made_is_a_task_that_cannot_start(bench):
    world = bench(worker=SLEEP)
    world.directory.rmdir()
    with pytest.raises(TaskCannotStart, match="CannotStartContainerError"):
        world.start(a_part("worker"))
    assert not world.runner.running


def test_no_two_tasks_get_one_port():
    assert free_port(taken=frozenset(range(1, 40000))) >= 40000
