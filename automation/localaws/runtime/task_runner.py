"""Tasks as processes: start, stop with a timeout, notice ends. Used by the agent's thread alone."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from automation.localaws.runtime.health import Health, HealthMonitor
from automation.localaws.runtime.journal import Journal
from automation.localaws.runtime.launcher import Launcher, TaskCannotStart, free_port
from automation.localaws.runtime.logs import LogPump
from automation.localaws.runtime.observed import Container, Task, TaskDefinition
from automation.localaws.runtime.processes import Child
from automation.localaws.runtime.rollout import SETTLED_SECONDS

ESSENTIAL_EXITED = "Essential container in task exited"
KILL_JOIN_SECONDS = 2.0


@dataclass(kw_only=True)
class RunningTask:
    """A task and its processes."""

    task: Task
    """The record."""
    definition: TaskDefinition
    """Its revision."""
    port: int
    """On the loopback, for its gateway."""
    started_at: float
    """Seconds since the epoch."""
    started: float
    """On the monotonic clock."""
    children: dict[str, Child] = field(default_factory=dict)
    """By container name."""
    stop_reason: str = ""
    """Why it is being stopped; empty: it is not."""
    kill_at: float = 0.0
    """When SIGKILL follows, once it is being stopped."""

    @property
    def health_container(self) -> Container | None:
        """The essential container whose health is the task's."""
        checked = [entry for entry in self.definition.containers if entry.health_check]
        ported = [entry for entry in self.definition.containers if entry.port]
        return next(iter(checked or ported), None)

    @property
    def stop_timeout_seconds(self) -> float:
        """The longest of its containers'."""
        return max(container.stop_timeout_seconds for container in self.definition.containers)

    def essential_exited(self) -> bool:
        """Tell whether some essential container has ended."""
        return any(
            self.children[container.name].exit_code is not None
            for container in self.definition.containers
            if container.is_essential
        )

    def exit_codes(self) -> dict[str, int]:
        """Exit codes of the containers that have ended."""
        codes = {name: child.exit_code for name, child in self.children.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def has_ended(self) -> bool:
        """Tell whether no process is left."""
        return len(self.exit_codes()) == len(self.children)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A task with no process left."""

    task: Task
    """The record."""
    reason: str
    """The stopped reason."""
    exit_codes: Mapping[str, int]
    """By container name."""
    was_asked: bool
    """It was being stopped."""
    had_served: bool
    """It had become healthy, or had lived long enough where it has no health check."""


class TaskRunner:
    """All tasks that run here."""

    def __init__(
        self,
        *,
        launcher: Launcher,
        health: HealthMonitor,
        logs: LogPump,
        journal: Journal,
        on_exit: Callable[[], None],
    ) -> None:
        self._launcher = launcher
        self._health = health
        self._logs = logs
        self._journal = journal
        self._on_exit = on_exit
        self._running: dict[str, RunningTask] = {}

    @property
    def running(self) -> Mapping[str, RunningTask]:
        """Tasks with processes, by ARN."""
        return self._running

    def start(self, task: Task, definition: TaskDefinition) -> None:
        """Start a task's processes; raises TaskCannotStart."""
        port = free_port(taken={running.port for running in self._running.values()})
        launches = self._launcher.prepare(task, definition, port=port)
        running = RunningTask(
            task=task, definition=definition, port=port, started_at=time.time(), started=time.monotonic()
        )
        try:
            for launch in launches:
                running.children[launch.container] = Child(launch, on_exit=self._on_exit)
        except OSError as fault:
            for child in running.children.values():
                child.kill()
            raise TaskCannotStart(f"CannotStartContainerError: {fault}") from fault
        self._running[task.arn] = running
        self._write_journal()
        container = running.health_container
        if container is not None:
            self._health.watch(task.arn, port=port, check=container.health_check)

    def stop(self, arn: str, reason: str) -> None:
        """Begin to stop a task: SIGTERM now, SIGKILL after its stop timeout."""
        running = self._running.get(arn)
        if running is None or running.stop_reason:
            return
        running.stop_reason = reason
        running.kill_at = time.monotonic() + running.stop_timeout_seconds
        for child in running.children.values():
            child.terminate()

    def collect(self) -> list[Ended]:
        """Move every task along; return those that have ended since."""
        ended = []
        for arn, running in list(self._running.items()):
            ended_by_itself = not running.stop_reason and running.essential_exited()
            if running.stop_reason and time.monotonic() >= running.kill_at:
                _kill(running)
            if ended_by_itself and not running.has_ended():
                self.stop(arn, ESSENTIAL_EXITED)
            if running.has_ended():
                ended.append(self._forget(running))
        return ended

    def is_serving(self, running: RunningTask) -> bool:
        """Tell whether a task counts for the minimum healthy percent."""
        container = running.health_container
        if running.stop_reason or container is None or container.health_check is None:
            return not running.stop_reason
        record = self._health.read(running.task.arn)
        return record is not None and record.status is Health.HEALTHY

    def is_settled(self, running: RunningTask) -> bool:
        """Tell whether a task has shown that it lasts: healthy once, or alive long enough without a check."""
        container = running.health_container
        record = self._health.read(running.task.arn)
        if record is not None and record.was_healthy:
            return True
        has_check = container is not None and container.health_check is not None
        return not has_check and time.monotonic() - running.started >= SETTLED_SECONDS

    def is_unhealthy(self, running: RunningTask) -> bool:
        """Tell whether a task must be replaced for its health; one that has ended by itself says so instead."""
        container = running.health_container
        if container is None or container.health_check is None or running.essential_exited():
            return False
        record = self._health.read(running.task.arn)
        return record is not None and record.status is Health.UNHEALTHY

    def next_kill(self) -> float | None:
        """Return when the next SIGKILL is due, on the monotonic clock."""
        due = [running.kill_at for running in self._running.values() if running.stop_reason]
        return min(due, default=None)

    def stop_all(self, *, within_seconds: float) -> None:
        """Stop everything in parallel and wait; what is left after the time is killed."""
        deadline = time.monotonic() + within_seconds
        for arn in list(self._running):
            self.stop(arn, "The embedded AWS is stopping")
        children = [child for running in self._running.values() for child in running.children.values()]
        for child in children:
            child.join(deadline - time.monotonic())
        for running in self._running.values():
            _kill(running)
        for child in children:
            child.join(KILL_JOIN_SECONDS)
        for running in list(self._running.values()):
            self._forget(running)

    def _forget(self, running: RunningTask) -> Ended:
        had_served = self.is_settled(running)
        for child in running.children.values():
            self._logs.finish(child.log)
        self._health.forget(running.task.arn)
        del self._running[running.task.arn]
        self._write_journal()
        return Ended(
            task=running.task,
            reason=running.stop_reason or ESSENTIAL_EXITED,
            exit_codes=running.exit_codes(),
            was_asked=running.stop_reason not in {"", ESSENTIAL_EXITED},
            had_served=had_served,
        )

    def _write_journal(self) -> None:
        self._journal.write(
            child for running in self._running.values() for child in running.children.values()
        )


def _kill(running: RunningTask) -> None:
    for child in running.children.values():
        child.kill()
