"""The board: local facts about tasks, written by the agent's thread, read by the front door and the tasks view."""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from wsgiref.types import StartResponse, WSGIEnvironment


@dataclass(frozen=True, kw_only=True)
class LocalTask:
    """One task and where it runs."""

    arn: str
    """Of the task."""
    service: str
    """Service name; empty for a task that someone ran by hand."""
    pid: int
    """Of its first container's process."""
    port: int
    """Of its gateway, on the loopback."""
    started: float
    """Seconds since the epoch."""
    status: str
    """RUNNING or STOPPING."""
    health: str
    """UNKNOWN, HEALTHY or UNHEALTHY."""
    is_answering: bool
    """The last health probe succeeded."""
    task_definition: str
    """ARN of its revision."""
    log: str
    """Local log file of its first container."""
    registries: tuple[str, ...]
    """Cloud Map services that point at it."""
    target_groups: tuple[str, ...] = ()
    """Target groups that it is in."""


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """Something that ECS would show among a service's events."""

    at: float
    """Seconds since the epoch."""
    service: str
    """Service name."""
    message: str
    """In the words of ECS."""


class Board:
    """The latest facts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: tuple[LocalTask, ...] = ()

    def publish(self, tasks: Iterable[LocalTask]) -> None:
        """Replace the facts."""
        fresh = tuple(tasks)
        with self._lock:
            self._tasks = fresh

    def tasks(self) -> tuple[LocalTask, ...]:
        """Return all local tasks."""
        with self._lock:
            return self._tasks

    def answering(self, registry: str) -> tuple[LocalTask, ...]:
        """Return the tasks that a Cloud Map service or a target group would send requests to."""
        return tuple(
            task
            for task in self.tasks()
            if task.is_answering
            and task.status == "RUNNING"
            and registry in (*task.registries, *task.target_groups)
        )

    def view(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with all local tasks as JSON."""
        body = json.dumps([asdict(task) for task in self.tasks()]).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]
