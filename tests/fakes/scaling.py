"""The controller's ports in memory, with faults on demand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from worker.domain.budget import Meter
from worker.domain.closing import Ask
from worker.domain.controller_settings import ControllerSettings
from worker.domain.errors import StoreUnavailable
from worker.domain.fleet_control import LaneDepth, ServiceState, SizeChange, SizeRecord, Wishes, WorkerSeen
from worker.domain.later import KeptJob, delay_seconds
from worker.domain.rescue import Permits
from worker.scaling_ports import LastLook
from worker.wiring.controller import ControllerPorts

SETTINGS = ControllerSettings(
    queue_url_high="high",
    queue_url_normal="normal",
    queue_url_low="low",
    ledger_table="ledger",
    cluster="fleet",
    service="workers",
    instances=2,
    maximum_instances=10,
    auto_stop_minutes=2,
)


@dataclass
class Failing:
    fault: str = ""

    def check(self) -> None:
        if self.fault:
            raise StoreUnavailable(self.fault)


@dataclass
class FakeLanes(Failing):
    visible: int = 0
    in_flight: int = 0

    def depth(self) -> LaneDepth:
        self.check()
        return LaneDepth(visible=self.visible, in_flight=self.in_flight)


@dataclass
class FakeFleet(Failing):
    """Workers start at once, unless `capacity` is below what is asked for; `leaving` run on although they are too many."""

    desired: int = 0
    capacity: int = 100
    leaving: int = 0
    shielded: set[str] = field(default_factory=set)
    created: dict[str, datetime] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    refuses: str = ""
    last_event: str = ""

    def state(self) -> ServiceState:
        self.check()
        running = min(self.desired, self.capacity)
        return ServiceState(
            desired=self.desired,
            running=running + self.leaving,
            pending=self.desired - running,
            last_event=self.last_event,
        )

    def set_desired(self, count: int) -> None:
        self.check()
        if self.refuses:
            raise StoreUnavailable(self.refuses)
        self.desired = count
        self.asked.append(count)

    def protect(self, tasks: Sequence[str], *, minutes: int) -> None:
        self.check()
        if self.refuses:
            raise StoreUnavailable(self.refuses)
        self.shielded |= set(tasks)

    def asked_for_at(self, tasks: Sequence[str]) -> Mapping[str, datetime]:
        self.check()
        return {task: self.created[task] for task in tasks if task in self.created}


@dataclass
class FakeRecords(Failing):
    wanted: Wishes = field(default_factory=Wishes)
    record: SizeRecord | None = None
    version: int = 0
    changes: list[SizeChange] = field(default_factory=list)
    months: dict[str, Meter] = field(default_factory=dict)
    meter_fault: str = ""

    def wishes(self) -> Wishes:
        self.check()
        return self.wanted

    def last(self) -> LastLook:
        self.check()
        return LastLook(self.version, self.record)

    def keep(self, record: SizeRecord, *, version: int) -> bool:
        self.check()
        if version <= self.version:
            return False
        self.record, self.version = record, version
        return True

    def note_change(self, change: SizeChange) -> None:
        self.check()
        self.changes.append(change)

    def meter(self) -> Meter | None:
        if self.meter_fault:
            raise StoreUnavailable(self.meter_fault)
        return self.months[max(self.months)] if self.months else None

    def keep_meter(self, meter: Meter) -> None:
        self.months[meter.month] = meter


@dataclass
class FakeActivity(Failing):
    roster: list[WorkerSeen] = field(default_factory=list)
    seconds: float | None = None

    def workers(self) -> Sequence[WorkerSeen]:
        self.check()
        return self.roster

    def service_seconds(self) -> float | None:
        self.check()
        return self.seconds


@dataclass
class FakeAnnouncer(Failing):
    told: list[str] = field(default_factory=list)

    def tell(self, subject: str, text: str) -> None:
        self.check()
        self.told.append(subject)


@dataclass
class FakeLater(Failing):
    kept: list[KeptJob] = field(default_factory=list)
    turn: tuple[str, datetime] | None = None
    unforgettable: str = ""

    def keep(self, one: KeptJob) -> None:
        self.kept.append(one)

    def due(self, until: datetime, *, limit: int) -> Sequence[KeptJob]:
        self.check()
        return sorted((one for one in self.kept if one.due_at <= until), key=lambda one: one.due_at)[:limit]

    def take_turn(self, holder: str, *, now: datetime, seconds: float) -> bool:
        self.check()
        if self.turn is not None and self.turn[0] != holder and self.turn[1] >= now:
            return False
        self.turn = (holder, now + timedelta(seconds=seconds))
        return True

    def forget(self, sent: KeptJob) -> None:
        if self.unforgettable:
            raise StoreUnavailable(self.unforgettable)
        self.kept.remove(sent)


@dataclass
class FakeSender(Failing):
    """Takes all but those that are named in `refuses`."""

    sent: list[tuple[str, int]] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)

    def send(self, parcel: Sequence[KeptJob], *, now: datetime) -> Sequence[KeptJob]:
        self.check()
        taken = [one for one in parcel if one.job_id not in self.refuses]
        self.sent += [(one.job_id, delay_seconds(one.due_at, now)) for one in taken]
        return taken


@dataclass
class FakeRescue(Failing):
    """Alarms may act until somebody says otherwise."""

    allowed: Permits = Permits(starts=True, stops=True)  # noqa: RUF009 - it never changes
    times: int = 0

    def permit(self, allowed: Permits) -> None:
        self.check()
        self.allowed = allowed
        self.times += 1


@dataclass
class FakeTickClock:
    moment: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class FakeWorld:
    """Everything that a controller sees, to be changed by a test."""

    lanes: FakeLanes = field(default_factory=FakeLanes)
    fleet: FakeFleet = field(default_factory=FakeFleet)
    records: FakeRecords = field(default_factory=FakeRecords)
    activity: FakeActivity = field(default_factory=FakeActivity)
    announcer: FakeAnnouncer = field(default_factory=FakeAnnouncer)
    rescue: FakeRescue = field(default_factory=FakeRescue)
    later: FakeLater = field(default_factory=FakeLater)
    sender: FakeSender = field(default_factory=FakeSender)
    clock: FakeTickClock = field(default_factory=FakeTickClock)

    def ports(self) -> ControllerPorts:
        return ControllerPorts(
            lanes=self.lanes,
            fleet=self.fleet,
            records=self.records,
            activity=self.activity,
            announcer=self.announcer,
            rescue=self.rescue,
            later=self.later,
            sender=self.sender,
            clock=self.clock,
        )

    def pass_time(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def works(self, *tasks: str) -> None:
        """The roster says that these have a job, and nobody else is in it."""
        self.activity.roster = [self.worker(task) for task in tasks]

    def idles(self, *tasks: str) -> None:
        """The roster says of these, besides others, that they have no job."""
        self.activity.roster = [
            *(one for one in self.activity.roster if one.task_arn not in tasks),
            *(self.worker(task, running=0) for task in tasks),
        ]

    def worker(self, task: str, *, running: int = 1) -> WorkerSeen:
        """One that was heard just now; its name is its task's."""
        now = self.clock.now()
        return WorkerSeen(
            task_arn=task,
            started_at=now - timedelta(hours=1),
            seen_at=now,
            running=running,
            is_draining=False,
            worker_id=task,
        )

    def answer(self) -> None:
        """Whoever has no job does what is asked of it, and everybody is heard."""
        ask = self.records.record.ask if self.records.record else Ask()
        self.activity.roster = [
            replace(
                one,
                seen_at=self.clock.now(),
                closed_for=None if one.running else ask.number_for(one.worker_id, is_new=False),
            )
            for one in self.activity.roster
        ]
