"""A town of workers with one slot between them: messages, ledger and results in memory, the handler as it is wired, and death at any write."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes.artifacts import FakeArtifacts
from tests.fakes.children import FakeChildren
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.pipeline import FakePipeline
from tests.fakes.queue import FakeQueue
from tests.fakes.sandbox import FakeSandbox
from tests.fakes.slots import FakeSlots
from tests.worker.repair.speaking import SpeakingRepair, patch, trial_of
from tests.worker.runtime.stage import make_backoff, make_gates, make_telemetry
from worker.domain.attempt import MessageFate
from worker.domain.diagnosis import Diagnosis, Location
from worker.domain.exchange import Budget, Message
from worker.domain.job import Job, JobKind, JobStatus, Lane, SourceFile, result_key
from worker.domain.job_codec import encode_job
from worker.domain.repair import Broken, Found
from worker.ports import Pipeline, Router, Sandbox
from worker.repair.fanout import FanOutPipeline, FanOutPolicy
from worker.repair.pipeline import RepairPipeline
from worker.runtime.attempts import AttemptPolicy, Attempts, Stores
from worker.runtime.delivery import Delivery, Disposition
from worker.runtime.dispatch import Dispatcher, DispatchPolicy
from worker.runtime.family import FamilyHandler

PATIENCE_SECONDS = 120.0
MOST_DELIVERIES = 200
WRITES = frozenset(
    {"put", "put_if_absent", "open_attempt", "close_attempt", "note_seconds", "send", "record", "call_off"}
)


@dataclass
class LinedRepair(SpeakingRepair):
    """Eight suspicious lines; a search reaches so many of those that it is told of, the most suspicious first."""

    by_line: Mapping[int, str] = field(default_factory=dict)
    reach: int = 2
    lines: int = 8
    breaks_at: tuple[int, ...] = ()
    """A search of these lines is an accident of the worker."""
    searched: list[tuple[int, ...]] = field(default_factory=list)

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        known = await super().diagnose(broken, sandbox, budget)
        places = [Location(line=line, suspicion=1 - line / 100) for line in range(1, self.lines + 1)]
        return replace(known, locations=tuple(places))

    async def search(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget, *, most: int
    ) -> Found:
        lines = tuple(place.line for place in diagnosis.locations if place.line <= self.lines)
        self.searched.append(lines)
        if lines == self.breaks_at:
            raise ValueError("an accident")
        reached = lines[: self.reach]
        trials = [trial_of(patch(self.by_line[line])) for line in reached if line in self.by_line]
        green = tuple(trial for trial in trials if trial.is_green)
        return Found(trials=green, tried=len(reached), is_exhausted=len(reached) == len(lines))


class Died(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Fate:
    """Counts what is written, and ends the worker before or after one write."""

    dies_before: int | None = None
    dies_after: int | None = None
    taken: int = 0

    async def write(self, step: Callable[[], Awaitable[Any]]) -> Any:
        self.taken += 1
        number = self.taken
        if number == self.dies_before:
            raise Died
        done = await step()
        if number == self.dies_after:
            raise Died
        return done


class Mortal:
    """Whatever it holds, with a worker that may die at each of its writes."""

    def __init__(self, inner: Any, fate: Fate) -> None:
        self._inner = inner
        self._fate = fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in WRITES:
            return method

        async def written(*given: Any, **named: Any) -> Any:
            return await self._fate.write(lambda: method(*given, **named))

        return written


@dataclass
class Town:
    language: LinedRepair
    router: Router | None = None
    repositories: Pipeline = field(default_factory=FakePipeline)
    fate: Fate = field(default_factory=Fate)
    clock: FakeClock = field(default_factory=FakeClock)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    artifacts: FakeArtifacts = field(default_factory=FakeArtifacts)
    deaths: int = 0
    delivered: list[str] = field(default_factory=list)
    ended_at: dict[str, float] = field(default_factory=dict)
    """When each was acknowledged first, in seconds."""
    dispositions: list[tuple[str, Disposition]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.children = FakeChildren(ledger=self.ledger)
        self.inbox: list[tuple[float, Message]] = []
        self._issued = 0
        repair = RepairPipeline(
            languages=[self.language], sandbox=FakeSandbox(), clock=self.clock, router=self.router
        )
        artifacts, ledger = Mortal(self.artifacts, self.fate), Mortal(self.ledger, self.fate)
        children = Mortal(self.children, self.fate)
        telemetry, self.log = make_telemetry(self.clock)
        self.pipeline = FanOutPipeline(
            repair,
            repositories=self.repositories,
            children=children,
            artifacts=artifacts,
            clock=self.clock,
            policy=FanOutPolicy(patience_seconds=PATIENCE_SECONDS),
        )
        attempts = Attempts(
            dispatcher=Dispatcher(
                pipelines={JobKind.FIX: self.pipeline},
                policy=DispatchPolicy(timeout_seconds=60, budget_seconds=8),
            ),
            stores=Stores(ledger=ledger, batches=self.ledger, artifacts=artifacts),
            policy=AttemptPolicy(worker_id="w", maximum_attempts=3, backoff=make_backoff()),
            gates=make_gates(self.ledger, slots=FakeSlots(), clock=self.clock, telemetry=telemetry),
            clock=self.clock,
            telemetry=telemetry,
        )
        self.handler = FamilyHandler(attempts, children=children, artifacts=artifacts, telemetry=telemetry)

    def hand_in(self, job: Job, *, delay: float = 0.0, receives: int = 0) -> None:
        self._issued += 1
        message = Message(
            message_id=f"m-{self._issued}",
            receipt="r",
            body=encode_job(job),
            receives=receives,
            lane=Lane.NORMAL,
        )
        self.inbox.append((self.clock.monotonic() + delay, message))

    async def work_off(self, *, loses: Callable[[str], bool] = lambda _: False) -> None:
        """Work on one message after the other, as one slot does, until none is left; `loses` names messages that never arrive."""
        for _ in range(MOST_DELIVERIES):
            while self.children.sent:
                self.hand_in(self.children.sent.pop(0))
            if not self.inbox:
                return
            due = min(
                self.inbox, key=_turn
            )  # a parent that is woken comes first, as on a fleet with slots to spare
            self.inbox.remove(due)
            await self.clock.advance(max(0.0, due[0] - self.clock.monotonic()))
            message = replace(due[1], receives=due[1].receives + 1)
            if not loses(json.loads(message.body)["job_id"]):
                await self._deliver(message)
        raise AssertionError(f"the town is never done: {self.delivered[-8:]}")

    async def _deliver(self, message: Message) -> None:
        job_id = json.loads(message.body)["job_id"]
        self.delivered.append(job_id)
        queue = FakeQueue(clock=self.clock)
        delivery = Delivery(message=message, queue=queue, receipt="r", held_since=0)
        now = self.clock.monotonic()
        try:
            disposition = await self.handler(delivery)
            self.dispositions.append((job_id, disposition))
            if disposition.fate is MessageFate.POSTPONE:
                copy = replace(message, receives=0)
                await self.fate.write(lambda: self._lay((now + disposition.delay_seconds, copy)))
            elif disposition.fate is MessageFate.ACKNOWLEDGE:
                self.ended_at.setdefault(job_id, now)
            else:
                self.inbox.append((now + disposition.delay_seconds, message))
                return
            await self.fate.write(self._nothing)  # the message is deleted
        except Died:
            self.deaths += 1
            if not self._is_deleted(message):
                self.inbox.append((now + 60, message))  # its visibility timeout is over

    async def _lay(self, entry: tuple[float, Message]) -> None:
        self.inbox.append(entry)

    async def _nothing(self) -> None:
        self._deleted_at = self.fate.taken

    def _is_deleted(self, message: Message) -> bool:
        """It died after the deletion, so the message is gone."""
        return getattr(self, "_deleted_at", None) == self.fate.taken

    def result(self, job_id: str = "fix-1") -> dict[str, Any]:
        return dict(json.loads(self.artifacts.files[result_key(job_id)]))

    def status(self, job_id: str = "fix-1") -> JobStatus:
        return self.ledger.jobs[job_id].status

    @property
    def known(self) -> set[str]:
        return set(self.ledger.jobs)


def _turn(entry: tuple[float, Message]) -> tuple[float, bool]:
    return entry[0], '"share"' in entry[1].body


def job(**changes: Any) -> Job:
    tests: Sequence[SourceFile] = (SourceFile(path="test_it.sp", text="tests"),)
    return replace(
        Job(job_id="fix-1", kind=JobKind.FIX, language="sp", code="broken", tests=tuple(tests)), **changes
    )
