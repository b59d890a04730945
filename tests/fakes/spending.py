"""What a fleet of functions is seen by, in memory, with faults on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.fakes.scaling import Failing, FakeAnnouncer, FakeRecords, FakeTickClock
from worker.domain.budget import FunctionTime, month_start
from worker.domain.errors import StoreUnavailable
from worker.domain.spending_settings import SpendingSettings
from worker.wiring.spending import SpendingPorts

HOUR_USD = 1.0
SETTINGS = SpendingSettings(
    fleet="fleet",
    function_arn="arn:aws:lambda:us-east-1:123456789012:function:workers",
    ledger_table="ledger",
    every_seconds=300.0,
    instances=5,
    budget_usd=10.0,
    worker_hour_usd=HOUR_USD,
)


@dataclass
class FakeIntake(Failing):
    """Lanes that refuse to be changed while they stand in `stuck`."""

    lanes: dict[str, int] = field(default_factory=lambda: {"high": 5, "normal": 5, "low": 5})
    stuck: set[str] = field(default_factory=set)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def widths(self) -> Mapping[str, int]:
        self.check()
        return dict(self.lanes)

    def set_width(self, mapping: str, width: int) -> None:
        self.check()
        if mapping in self.stuck:
            raise StoreUnavailable(f"{mapping} is being updated")
        self.lanes[mapping] = width
        self.asked.append((mapping, width))


@dataclass
class FakeUsage(Failing):
    """Hours that the functions worked, by the moment at which each count came in."""

    counted: dict[datetime, float] = field(default_factory=dict)

    def month(self, now: datetime) -> FunctionTime:
        self.check()
        hours = {at: each for at, each in self.counted.items() if month_start(now) <= at <= now}
        return FunctionTime(seconds=3600.0 * sum(hours.values()), since=min(hours, default=None))


@dataclass
class FakePurseWorld:
    """Everything that is seen, to be changed by a test."""

    intake: FakeIntake = field(default_factory=FakeIntake)
    usage: FakeUsage = field(default_factory=FakeUsage)
    records: FakeRecords = field(default_factory=FakeRecords)
    announcer: FakeAnnouncer = field(default_factory=FakeAnnouncer)
    clock: FakeTickClock = field(default_factory=FakeTickClock)

    def ports(self) -> SpendingPorts:
        return SpendingPorts(
            intake=self.intake,
            usage=self.usage,
            records=self.records,
            announcer=self.announcer,
            clock=self.clock,
        )

    def spend(self, usd: float) -> None:
        """Have the functions work for so much money, as it is counted from the next look on."""
        self.clock.sleep(300)
        self.usage.counted[self.clock.now()] = usd / HOUR_USD
