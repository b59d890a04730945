"""Ingress's world in memory. It can die at any step: before what is written, or right after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from worker.domain.errors import StoreUnavailable
from worker.domain.ingress_schema import Receipt
from worker.domain.ingress_settings import IngressSettings
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus
from worker.ingress.decisions import Rules
from worker.ingress.handler import Ingress, ingress_of
from worker.ingress_ports import CallOff, JobView
from worker.wiring.ingress import IngressPorts

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "webhook-secret-0123456789"


class Died(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Steps:
    """Counts what is written, and ends the process at one of them."""

    dies_before: int | None = None
    dies_after: int | None = None
    taken: int = 0

    def step(self, write) -> None:
        self.taken += 1
        if self.taken == self.dies_before:
            raise Died
        write()
        if self.taken == self.dies_after:
            raise Died


@dataclass
class FakeReceipts:
    steps: Steps = field(default_factory=Steps)
    kept: dict[str, Receipt] = field(default_factory=dict)
    fault: str = ""

    def find(self, receipt_id: str) -> Receipt | None:
        if self.fault:
            raise StoreUnavailable(self.fault)
        return self.kept.get(receipt_id)

    def open(self, receipt: Receipt) -> bool:
        if receipt.receipt_id in self.kept:
            return False
        self.steps.step(lambda: self.kept.__setitem__(receipt.receipt_id, receipt))
        return True

    def close(self, receipt: Receipt, now: datetime) -> None:
        known = self.kept[receipt.receipt_id]
        self.steps.step(lambda: self.kept.__setitem__(receipt.receipt_id, replace(known, is_closed=True)))

    def left_open(self, *, before: datetime, limit: int) -> Sequence[Receipt]:
        left = [one for one in self.kept.values() if not one.is_closed and one.opened_at < before]
        return sorted(left, key=lambda one: one.opened_at)[:limit]


@dataclass
class FakeRequests:
    steps: Steps = field(default_factory=Steps)
    files: dict[str, Job] = field(default_factory=dict)
    recorded: dict[str, Job] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    sent: list[Job] = field(default_factory=list)

    def store(self, job: Job) -> None:
        self.steps.step(lambda: self.files.__setitem__(job.job_id, job))

    def stored(self, job_id: str) -> Job | None:
        return self.files.get(job_id)

    def record(self, jobs: Sequence[Job], label: str, now: datetime) -> None:
        for job in jobs:
            if job.job_id not in self.recorded:
                self.steps.step(lambda job=job: self.recorded.__setitem__(job.job_id, job))
        if label:
            self.labels.append(label)

    def send(self, job: Job) -> None:
        assert job.job_id in self.recorded, "a job is known before it runs"
        assert job.job_id in self.files, "and can be repeated"
        self.steps.step(lambda: self.sent.append(job))


@dataclass
class FakeBook:
    jobs: dict[str, JobView] = field(default_factory=dict)
    results: dict[str, bytes] = field(default_factory=dict)

    def job(self, job_id: str) -> JobView | None:
        return self.jobs.get(job_id)

    def result(self, job_id: str, *, most_bytes: int) -> bytes | str | None:
        found = self.results.get(job_id)
        return f"https://store.example/{job_id}" if found and len(found) > most_bytes else found

    def call_off(self, job: JobView, now: datetime) -> CallOff:
        known = self.jobs[job.job_id]
        if known.status in TERMINAL_STATUSES:
            return CallOff.ENDED
        if known.status is JobStatus.QUEUED:
            self.jobs[job.job_id] = replace(known, status=JobStatus.CANCELLED)
            return CallOff.DONE
        return CallOff.ASKED


@dataclass
class FakeRates:
    allowed: int = 1_000_000

    def wait_seconds(self, caller: str, now: datetime) -> float:
        self.allowed -= 1
        return 0.0 if self.allowed >= 0 else 1.5


@dataclass
class FakeStarter:
    woken: int = 0
    fault: str = ""

    def wake(self, now: datetime) -> None:
        if self.fault:
            raise StoreUnavailable(self.fault)
        self.woken += 1


@dataclass
class FakeSecrets:
    held: tuple[str, ...] = (SECRET,)

    def webhook_secrets(self) -> Sequence[str]:
        return self.held


@dataclass
class FakeIngressClock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class World:
    """All of it together."""

    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        self.receipts = FakeReceipts(self.steps)
        self.requests = FakeRequests(self.steps)
        self.book = FakeBook()
        self.rates = FakeRates()
        self.starter = FakeStarter()
        self.secrets = FakeSecrets()
        self.clock = FakeIngressClock()

    def ingress(self, repositories: str = "octo-org/*", app: str = "our-fleet") -> Ingress:
        ports = IngressPorts(
            receipts=self.receipts,
            requests=self.requests,
            book=self.book,
            rates=self.rates,
            starter=self.starter,
            secrets=self.secrets,
            clock=self.clock,
        )
        names = ("queue_url_high", "queue_url_normal", "queue_url_low", "results_bucket", "ledger_table")
        settings = IngressSettings(
            **dict.fromkeys(names, "unused"), github_repositories=repositories, github_app=app
        )
        return ingress_of(ports, settings)


RULES = Rules(repositories=("octo-org/*",), app_slug="our-fleet")
