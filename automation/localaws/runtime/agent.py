"""The runtime agent: a control loop and its helpers, wired together. It speaks to the embedded AWS over HTTP alone."""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from wsgiref.types import WSGIApplication

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.api_routes import RouteTables
from automation.localaws.runtime.board import Board, LocalTask
from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.ecs_api import BotoEcs
from automation.localaws.runtime.environment import Cloud
from automation.localaws.runtime.environments import Environments
from automation.localaws.runtime.front_door import FrontDoor
from automation.localaws.runtime.functions import Functions
from automation.localaws.runtime.health import HealthMonitor
from automation.localaws.runtime.identities import Identities
from automation.localaws.runtime.images import DEFAULT_COMMANDS, LocalImages
from automation.localaws.runtime.journal import Journal
from automation.localaws.runtime.launcher import Launcher
from automation.localaws.runtime.logs import CloudWatchStreams, LogPump, prune
from automation.localaws.runtime.metrics import MetricsPublisher, Sources
from automation.localaws.runtime.reconcile import Reconciler
from automation.localaws.runtime.registry import Registry
from automation.localaws.runtime.schedules import Schedules
from automation.localaws.runtime.secrets_reader import boto_secret_stores
from automation.localaws.runtime.task_runner import RunningTask, TaskRunner

REPOSITORY_ROOT = Path(__file__).parents[3]
MOVING_SECONDS = 0.25
"""Between rounds while something changes."""
IDLE_SECONDS = 0.75
"""Between rounds while nothing does."""
STOP_SECONDS = 10.0
FUNCTION_LOGS_KEPT = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """What tests vary."""

    commands: Mapping[str, Sequence[str]] = field(default_factory=lambda: DEFAULT_COMMANDS)
    """Image repository or container name to local command."""
    oldest_age_seconds: Callable[[str], float | None] = lambda _queue: None
    """Age of a queue's oldest message by queue name, where known."""
    report_health: Callable[[str, str], None] = lambda _task, _health: None
    """Takes task ARN and health: ECS learns of it by no public call."""
    take_asked: Callable[[], Sequence[str]] = tuple
    """Returns the functions that were invoked without waiting for them: Lambda tells of it by no public call."""
    time_scale: float = 1.0
    """Factor on restart delays, health intervals, schedules and the metrics period; stop timeouts stay as they are."""


class Agent:
    """Makes ECS services real on this machine."""

    def __init__(
        self, *, endpoint: str, region: str, state_dir: Path, options: AgentOptions | None = None
    ) -> None:
        options = options or AgentOptions()
        cloud = Cloud(endpoint=endpoint, region=region)
        clients = Clients(cloud)
        self._wake = threading.Event()
        self._is_stopping = False
        self._report_health = options.report_health
        self._logs_directory = state_dir / "logs" / "tasks"
        self._board = Board()
        self._registry = Registry(clients)
        self._logs = LogPump(CloudWatchStreams(clients))
        self._health = HealthMonitor(time_scale=options.time_scale, on_change=self._wake.set)
        self._journal = Journal(state_dir / "tasks.json")
        images, identities = LocalImages(commands=options.commands), Identities(clients)
        self._runner = TaskRunner(
            launcher=self._launcher(clients, images, identities, cloud),
            health=self._health,
            logs=self._logs,
            journal=self._journal,
            on_exit=self._wake.set,
        )
        scale, ecs = options.time_scale, BotoEcs(clients)
        self._reconciler = Reconciler(ecs=ecs, runner=self._runner, time_scale=scale)
        places = (REPOSITORY_ROOT, state_dir / "logs" / "functions")
        self._schedules = Schedules(clients, cloud=cloud, logs=self._logs, places=places, time_scale=scale)
        self._schedules.take_asked = options.take_asked
        self._thread = threading.Thread(target=self._run, name="agent", daemon=True)
        environments = Environments(cloud=cloud, identities=identities, logs=self._logs, places=places)
        self._functions = Functions(clients, images=images, environments=environments)
        sources = Sources(options.oldest_age_seconds, environments.take_durations)
        self._metrics = MetricsPublisher(clients, sources, time_scale=scale)
        self.front_door: WSGIApplication = FrontDoor(
            routes=RouteTables(clients), board=self._board, functions=self._functions
        )
        self.tasks_view: WSGIApplication = self._board.view

    def _launcher(
        self, clients: Clients, images: LocalImages, identities: Identities, cloud: Cloud
    ) -> Launcher:
        return Launcher(
            images=images,
            secrets=boto_secret_stores(clients),
            logs=self._logs,
            identities=identities,
            cloud=cloud,
            directory=REPOSITORY_ROOT,
            logs_directory=self._logs_directory,
        )

    def start(self) -> None:
        """End what an earlier agent left, then begin."""
        self._journal.end_orphans()
        prune(self._logs_directory)
        prune(self._logs_directory.with_name("functions"), keep=FUNCTION_LOGS_KEPT)
        self._logs.start()
        self._health.start()
        self._metrics.start()
        self._thread.start()
        self._schedules.start()
        self._functions.start()

    def stop(self) -> None:
        """Stop all tasks as ECS would, within ten seconds, then everything else."""
        self._is_stopping = True
        self._schedules.stop()  # first: nobody should scale what is being stopped
        self._functions.stop()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._metrics.stop()
        self._health.stop()
        self._logs.stop()

    def wake(self) -> None:
        """Look at ECS now instead of at the next round."""
        self._wake.set()

    def _run(self) -> None:
        while not self._is_stopping:
            self._wake.clear()
            is_moving = self._round()
            self._wake.wait(self._pause(is_moving=is_moving))
        # Here and not in stop(): children are tied to the thread that started them.
        self._runner.stop_all(within_seconds=STOP_SECONDS)
        self._board.publish(())

    def _round(self) -> bool:
        try:
            return self._reconciler.round()
        except (BotoCoreError, ClientError, OSError) as fault:
            log.warning("this round failed, the next may not: %s", fault)
        except Exception:
            log.exception("a fault of the agent; it goes on with the next round")
        finally:
            self._publish()
        return True

    def _pause(self, *, is_moving: bool) -> float:
        pause = MOVING_SECONDS if is_moving else IDLE_SECONDS
        next_kill = self._runner.next_kill()
        if next_kill is None:
            return pause
        return min(pause, max(0.0, next_kill - time.monotonic()))

    def _publish(self) -> None:
        tasks = [self._local_task(running) for running in self._runner.running.values()]
        self._board.publish(tasks)
        self._registry.sync(
            {
                (registry, task.arn.rsplit("/", 1)[-1]): task.port
                for task in tasks
                if task.status == "RUNNING"
                for registry in task.registries
            }
        )
        for task in tasks:
            self._report_health(task.arn, task.health)
        self._metrics.observe(self._reconciler.services.values(), tasks)

    def _local_task(self, running: RunningTask) -> LocalTask:
        record = self._health.read(running.task.arn)
        service = self._reconciler.service_of(running)
        first = next(iter(running.children.values()))
        return LocalTask(
            arn=running.task.arn,
            service=running.task.service,
            pid=first.pid,
            port=running.port,
            started=running.started_at,
            status="STOPPING" if running.stop_reason else "RUNNING",
            health=str(record.status) if record else "UNKNOWN",
            is_answering=bool(record and record.is_answering),
            task_definition=running.definition.arn,
            log=str(first.log),
            registries=service.registries if service else (),
            target_groups=service.target_groups if service else (),
        )
