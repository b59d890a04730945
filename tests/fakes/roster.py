"""A roster in memory."""

from dataclasses import dataclass, field
from datetime import datetime

from worker.domain.closing import Ask
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import WorkerReport


@dataclass
class FakeRoster:
    workers: dict[str, WorkerReport] = field(default_factory=dict)
    reports: list[WorkerReport] = field(default_factory=list)
    is_down: bool = False
    asked: Ask = field(default_factory=Ask)

    async def ask(self) -> Ask:
        self._require_up()
        return self.asked

    async def report(self, report: WorkerReport, *, now: datetime) -> None:
        self._require_up()
        self.workers[report.worker_id] = report
        self.reports.append(report)

    async def leave(self, worker_id: str) -> None:
        self._require_up()
        self.workers.pop(worker_id, None)

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake roster is down")
