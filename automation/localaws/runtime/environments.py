"""Environments of functions from images: processes with a runtime API each, started when one is needed, kept for a while, reused."""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from automation.localaws.runtime.environment import Cloud, function_environment
from automation.localaws.runtime.function_process import FunctionFailed
from automation.localaws.runtime.identities import FUNCTIONS, Identities, RoleUnusable
from automation.localaws.runtime.logs import LogPump, LogsUnavailable
from automation.localaws.runtime.observed import LogDestination
from automation.localaws.runtime.processes import Child, Launch
from automation.localaws.runtime.runtime_api import RuntimeApi

IDLE_SECONDS = 60.0
"""How long an environment is kept that nobody calls; Lambda keeps it for minutes."""
LEAVING_SECONDS = 10.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ImageFunction:
    """A function from an image, as it is configured now."""

    name: str
    """Name."""
    arn: str
    """ARN, unqualified."""
    command: tuple[str, ...]
    """What stands for its image here."""
    variables: Mapping[str, str]
    """Its environment variables."""
    timeout_seconds: float
    """Longest invocation."""
    log_group: str
    """Where its log goes."""
    role: str
    """ARN of the role that its process has; empty without."""
    revision: str
    """Changes with every update of code or configuration."""


class Environment:
    """One process and its runtime API."""

    def __init__(self, function: ImageFunction, launch: Launch, api: RuntimeApi) -> None:
        """Start the process. Children are tied to the thread that starts them: it must live as long."""
        self.function = function
        self.log = launch.log
        self.used_at = time.monotonic()
        self._api = api
        self._is_leaving = False
        self._child = Child(launch, on_exit=lambda: api.abandon("Runtime exited, see its log"))

    @property
    def is_alive(self) -> bool:
        """It can be invoked: one that was asked to end takes a while to."""
        return not self._is_leaving and self._child.exit_code is None

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Return what the function returns; raises FunctionFailed."""
        try:
            return self._api.invoke(event, arn=self.function.arn, seconds=self.function.timeout_seconds)
        finally:
            self.used_at = time.monotonic()

    def leave(self) -> None:
        """Ask it to end, once."""
        if self._is_leaving:
            return
        self._is_leaving = True
        self._child.terminate()
        self._api.close()

    def end(self, *, within_seconds: float) -> None:
        """Wait for its end; what takes longer is killed."""
        if not self._child.join(within_seconds):
            self._child.kill()
            self._child.join(LEAVING_SECONDS)


class Environments:
    """The environments of all functions."""

    def __init__(
        self,
        *,
        cloud: Cloud,
        identities: Identities,
        logs: LogPump,
        places: tuple[Path, Path],
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """`places` are where processes run, and where their logs lie; who is idle for longer is ended."""
        directory, logs_directory = places
        self._cloud = cloud
        self._identities = identities
        self._logs = logs
        self._directory = directory
        self._logs_directory = logs_directory
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._idle: list[Environment] = []
        self._busy: set[Environment] = set()
        self._is_closed = False
        self._durations: dict[str, list[float]] = {}
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="function-starter")
        """All processes are started by its one thread, which lives until the end: they are tied to it."""

    def invoke(self, function: ImageFunction, event: Mapping[str, Any]) -> Any:
        """Return what the function returns; raises FunctionFailed."""
        environment = self._take(function)
        began = time.monotonic()
        try:
            return environment.invoke(event)
        except FunctionFailed:
            environment.leave()  # as on AWS, an environment that ran out of time is not used again
            raise
        finally:
            with self._lock:
                self._durations.setdefault(function.name, []).append(time.monotonic() - began)
            self._give_back(environment)

    def take_durations(self) -> Mapping[str, Sequence[float]]:
        """Return by function what its invocations took that ended since the last call, in seconds; starts are not in it, as in AWS's metric."""
        with self._lock:
            taken, self._durations = self._durations, {}
        return taken

    def sweep(self, functions: Iterable[ImageFunction]) -> None:
        """End what nobody needs: of functions that are gone or changed, and those that have been idle for long."""
        wanted = {function.name: function.revision for function in functions}
        now = time.monotonic()
        with self._lock:
            unneeded = [
                each
                for each in self._idle
                if wanted.get(each.function.name) != each.function.revision
                or now - each.used_at > self._idle_seconds
                or not each.is_alive
            ]
            self._idle = [each for each in self._idle if each not in unneeded]
        self._end(unneeded)

    def close(self, *, within_seconds: float) -> None:
        """End them all; an invocation under way has so long to finish."""
        with self._lock:
            self._is_closed = True
            left = [*self._idle, *self._busy]
            self._idle = []
        self._end(left, within_seconds=within_seconds)
        self._starter.shutdown()

    def count(self, name: str) -> int:
        """Count a function's environments."""
        with self._lock:
            return sum(each.function.name == name for each in (*self._idle, *self._busy))

    def _take(self, function: ImageFunction) -> Environment:
        with self._lock:
            if self._is_closed:
                raise FunctionFailed("the embedded AWS is stopping")
            for each in reversed(self._idle):
                if each.function == function and each.is_alive:
                    self._idle.remove(each)
                    self._busy.add(each)
                    return each
        try:
            fresh = self._starter.submit(self._start, function).result()
        except (OSError, RuntimeError, RoleUnusable) as fault:
            raise FunctionFailed(f"it can't be started: {fault}") from fault
        with self._lock:
            self._busy.add(fresh)
        return fresh

    def _give_back(self, environment: Environment) -> None:
        with self._lock:
            self._busy.discard(environment)
            is_of_use = environment.is_alive and not self._is_closed
            if is_of_use:
                self._idle.append(environment)
        if not is_of_use:
            self._end([environment])

    def _start(self, function: ImageFunction) -> Environment:
        cloud = self._identities.cloud_of(self._cloud, function.role, service=FUNCTIONS)
        api = RuntimeApi()
        path = self._logs_directory / f"{function.name}-{uuid.uuid4().hex[:8]}.log"
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        with contextlib.suppress(LogsUnavailable):
            self._logs.open(
                path, LogDestination(group=function.log_group, stream_prefix="", create_group=False), stream
            )
        variables = {
            **function_environment(function.name, function.variables, cloud=cloud),
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        }
        launch = Launch(
            container=function.name,
            command=function.command,
            environment=variables,
            directory=self._directory,
            log=path,
        )
        try:
            return Environment(function, launch, api)
        except OSError:
            api.close()
            raise

    def _end(self, environments: Sequence[Environment], *, within_seconds: float = LEAVING_SECONDS) -> None:
        deadline = time.monotonic() + within_seconds
        for each in environments:
            each.leave()
        for each in environments:
            each.end(within_seconds=max(0.0, deadline - time.monotonic()))
            self._logs.finish(each.log)
