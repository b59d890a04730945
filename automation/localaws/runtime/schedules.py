"""EventBridge's clock: lets rules with a rate go off, and starts the functions that they name. A minute passes in five seconds here.

Whoever invokes such a function without waiting for it has it started in the next round.
"""

import contextlib
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.environment import Cloud, function_environment
from automation.localaws.runtime.function_host import OURS
from automation.localaws.runtime.function_process import FunctionFailed, FunctionLaunch, FunctionProcess
from automation.localaws.runtime.identities import FUNCTIONS, Identities, RoleUnusable
from automation.localaws.runtime.logs import LogPump, LogsUnavailable
from automation.localaws.runtime.observed import LogDestination

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
MINUTES = {"minute": 1, "hour": 60, "day": 1440}
MINUTE_SECONDS = 5.0
"""What a minute of a schedule takes here: who tries a fleet on a laptop does not want to wait for it."""
POLL_SECONDS = 1.0
LEAST_PAUSE_SECONDS = 0.25
RESTING_POLL_SECONDS = 2.0
"""Where no rule is."""
ASKED_EVENT = {"source": "invoked"}
"""What a function is handed that somebody invoked; nobody here hands over more."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule that goes off by the clock."""

    name: str
    """Name."""
    arn: str
    """ARN."""
    minutes: int
    """Between two times."""
    functions: tuple[str, ...]
    """Names of the functions that it starts."""


@dataclass(kw_only=True)
class _Running:
    """A function's process and what it was started for."""

    process: FunctionProcess
    identity: object
    log: Path


class Schedules:
    """Goes on a thread of its own: the processes that it starts end with it."""

    def __init__(
        self, clients: Clients, *, cloud: Cloud, logs: LogPump, places: tuple[Path, Path], time_scale: float
    ) -> None:
        """`places` are where functions run, and where their logs lie."""
        self.take_asked: Callable[[], Sequence[str]] = tuple
        """Returns the functions that somebody invoked since the last round."""
        self._clients = clients
        self._cloud = cloud
        self._identities = Identities(clients)
        self._logs = logs
        self._directory, self._logs_directory = places
        self._scale = time_scale
        self._due: dict[str, float] = {}
        self._running: dict[str, _Running] = {}
        self._failing: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End all functions, then the thread."""
        self._stopping.set()
        for running in list(self._running.values()):
            running.process.stop()  # ends an invocation under way, too
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause and max(pause * self._scale, LEAST_PAUSE_SECONDS)):
            rules: list[Rule] = []
            try:
                rules = self._rules()
                self._round(rules)
            except (BotoCoreError, ClientError, OSError) as fault:
                log.warning("the schedules can't be looked at: %s", fault)
            except Exception:
                log.exception("a fault of the schedules; they go on with the next round")
            pause = POLL_SECONDS if rules else RESTING_POLL_SECONDS
        for name in list(self._running):
            self._end(name)

    def _round(self, rules: list[Rule]) -> None:
        wanted = {function for rule in rules for function in rule.functions}
        for name in set(self._running) - wanted:
            self._end(name)
        self._due = {rule.arn: self._due.get(rule.arn, 0.0) for rule in rules}
        for rule in rules:
            if self._due[rule.arn] > time.monotonic():
                continue
            period = rule.minutes * MINUTE_SECONDS * self._scale
            self._due[rule.arn] = time.monotonic() + period
            for function in rule.functions:
                self._invoke(function, _event(rule, self._cloud.region), period)
        for function in wanted.intersection(self.take_asked()):
            self._invoke(function, ASKED_EVENT, MINUTE_SECONDS * self._scale)

    def _rules(self) -> list[Rule]:
        events = self._clients.get("events")
        found = []
        for raw in events.list_rules()["Rules"]:
            rate = RATE.fullmatch(raw.get("ScheduleExpression", ""))
            if rate is None or raw.get("State") != "ENABLED":
                continue
            targets = events.list_targets_by_rule(Rule=raw["Name"])["Targets"]
            found.append(
                Rule(
                    name=raw["Name"],
                    arn=raw["Arn"],
                    minutes=int(rate[1]) * MINUTES[rate[2]],
                    functions=tuple(_functions(target["Arn"] for target in targets)),
                )
            )
        return found

    def _invoke(self, name: str, event: Mapping[str, Any], period_seconds: float) -> None:
        try:
            held = self._clients.get("lambda").get_function_configuration(FunctionName=name)
            running = self._ready(name, held)
            running.process.invoke(
                event, remaining_seconds=period_seconds, patience_seconds=float(held["Timeout"])
            )
        except (FunctionFailed, ClientError) as fault:
            if name not in self._failing and not self._stopping.is_set():
                log.warning("function %s failed: %s", name, fault)
            self._failing.add(name)
        else:
            self._failing.discard(name)

    def _ready(self, name: str, held: dict[str, Any]) -> _Running:
        """Return the function's process: a new one where its code or settings changed, or the old one ended."""
        variables = (held.get("Environment") or {}).get("Variables") or {}
        handler = str(held.get("Handler", ""))
        identity = (handler, held.get("CodeSha256"), tuple(sorted(variables.items())))
        running = self._running.get(name)
        if running is not None and running.identity == identity and running.process.is_alive:
            return running
        self._end(name)
        if not handler.startswith(OURS):
            raise FunctionFailed(f"handler {handler!r} is none of this checkout")
        path = self._logs_directory / f"{name}-{uuid.uuid4().hex[:8]}.log"
        self._follow(name, path, held)
        launch = FunctionLaunch(
            handler=handler,
            environment=function_environment(name, variables, cloud=self._cloud_of(held)),
            directory=self._directory,
            log=path,
        )
        self._running[name] = _Running(process=FunctionProcess(launch), identity=identity, log=path)
        return self._running[name]

    def _cloud_of(self, held: dict[str, Any]) -> Cloud:
        try:
            return self._identities.cloud_of(self._cloud, str(held.get("Role", "")), service=FUNCTIONS)
        except RoleUnusable as fault:
            raise FunctionFailed(f"Lambda can't assume its role: {fault}") from fault

    def _follow(self, name: str, path: Path, held: dict[str, Any]) -> None:
        group = (held.get("LoggingConfig") or {}).get("LogGroup")
        if group:
            destination = LogDestination(group=group, stream_prefix="", create_group=False)
            with contextlib.suppress(LogsUnavailable):
                self._logs.open(path, destination, f"{datetime.now(UTC):%Y/%m/%d}/{name}/{path.stem[-8:]}")

    def _end(self, name: str) -> None:
        running = self._running.pop(name, None)
        if running is not None:
            running.process.stop()
            self._logs.finish(running.log)


def _functions(arns: Iterable[str]) -> Iterable[str]:
    for arn in arns:
        if ":function:" in arn:
            yield arn.partition(":function:")[2].partition(":")[0]


def _event(rule: Rule, region: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT_ID,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "region": region,
        "resources": [rule.arn],
        "detail": {},
    }
