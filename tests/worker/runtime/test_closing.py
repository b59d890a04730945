"""A worker closes when it is asked, answers once it holds nothing, and opens again; in virtual time, with a real consumer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.fakes.protection import FakeProtection
from tests.fakes.roster import FakeRoster
from tests.worker.runtime.stage import Stage, running_stage
from worker.domain.closing import LEASE_SECONDS, Ask
from worker.domain.exchange import WorkerReport
from worker.runtime.closing import Closing, ScaleIn
from worker.runtime.roster import REPORT_SECONDS, RosterEntry

SOON_SECONDS = 12.0
"""A look at the ask, and the longest poll of a worker that had work just now."""
THE_STAGES_OWN_POLL = 21.0
"""The stage's consumer runs already when it is closed; a worker's does not."""


@dataclass
class Worker:
    stage: Stage
    roster: FakeRoster
    protection: FakeProtection
    closing: Closing

    @property
    def answer(self) -> int | None:
        """What the controller reads."""
        return self.roster.workers["w"].closed_for

    def ask(self, number: int) -> None:
        self.roster.asked = Ask(named={"w": number})

    async def wait(self, seconds: float) -> None:
        await self.stage.clock.advance(seconds)


@asynccontextmanager
async def running(roster: FakeRoster | None = None) -> AsyncIterator[Worker]:
    roster = roster or FakeRoster()
    async with running_stage(concurrency=2) as stage:
        consumer, protection = stage.consumer, FakeProtection()
        closing = Closing(
            worker_id="w",
            door=consumer,
            roster=roster,
            protection=protection,
            scale_in=ScaleIn(),
            clock=stage.clock,
        )

        def describe() -> WorkerReport:
            return WorkerReport(
                worker_id="w",
                task_arn="arn",
                engine="builtin",
                started_at=stage.clock.now(),
                running=consumer.running,
                concurrency=2,
                is_draining=consumer.is_draining,
                closed_for=closing.answer,
            )

        entry = RosterEntry(
            roster=roster,
            describe=describe,
            clock=stage.clock,
            telemetry=stage.telemetry,
            closing=closing,
        )
        task = asyncio.create_task(entry.run())
        await stage.clock.advance(0)
        try:
            yield Worker(stage, roster, protection, closing)
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=60)


async def test_an_idle_worker_that_is_asked_ends_its_polls_gives_up_its_protection_and_answers():
    async with running() as worker:
        await worker.wait(SOON_SECONDS)
        worker.ask(7)
        await worker.wait(SOON_SECONDS)
        assert worker.answer == 7
        assert worker.protection.asked == [0]
        worker.stage.queue.send("1:late")
        await worker.wait(60)
        assert worker.stage.handler.started == []
        assert worker.stage.queue.visible == 1


async def test_what_a_poll_under_way_still_brings_is_done_before_the_answer():
    async with running() as worker:
        await worker.wait(100)  # its polls are long ones by now
        worker.ask(7)
        await worker.wait(4)
        worker.stage.queue.send("20:caught")
        await worker.wait(6)
        assert worker.answer is None
        assert worker.roster.workers["w"].running == 1  # told at once: it is not to be waited for
        await worker.wait(30)
        assert worker.stage.handler.finished == ["20:caught"]
        assert worker.answer == 7


async def test_a_worker_whose_ask_is_withdrawn_takes_work_within_seconds():
    async with running() as worker:
        worker.ask(7)
        await worker.wait(SOON_SECONDS)
        worker.stage.queue.send("1:back")
        worker.roster.asked = Ask()
        await worker.wait(6)
        assert worker.stage.handler.started == ["1:back"]
        assert worker.answer is None


async def test_a_closed_worker_opens_by_itself_when_nobody_comes_for_it():
    async with running() as worker:
        worker.ask(7)
        await worker.wait(SOON_SECONDS)
        worker.stage.queue.send("1:a")
        await worker.wait(LEASE_SECONDS - 30)
        assert worker.stage.handler.started == []
        await worker.wait(30)
        assert worker.stage.handler.started == ["1:a"]
        assert worker.answer is None
        worker.ask(9)
        await worker.wait(SOON_SECONDS + 20)
        assert worker.answer == 9


async def test_a_closed_worker_that_cannot_read_stays_closed_until_its_lease_ends_and_then_works():
    async with running() as worker:
        worker.ask(7)
        await worker.wait(SOON_SECONDS)
        worker.roster.is_down = True
        worker.stage.queue.send("1:a")
        await worker.wait(LEASE_SECONDS - 30)
        assert worker.stage.handler.started == []
        await worker.wait(30)
        assert worker.stage.handler.started == ["1:a"]


async def test_a_worker_that_starts_receives_only_after_it_reported_and_read_what_is_asked():
    roster = FakeRoster(is_down=True)
    async with running(roster) as worker:
        await worker.wait(THE_STAGES_OWN_POLL)
        worker.stage.queue.send("1:a")
        await worker.wait(30)
        assert worker.stage.handler.started == []
        roster.is_down = False
        await worker.wait(6)
        assert worker.stage.handler.started == ["1:a"]
        assert [report.running for report in roster.reports][:1] == [0]


async def test_newcomers_that_are_asked_stay_closed_and_those_that_have_worked_are_not_meant():
    roster = FakeRoster(asked=Ask(newcomers=3))
    async with running(roster) as worker:
        await worker.wait(THE_STAGES_OWN_POLL)
        worker.stage.queue.send("1:a")
        await worker.wait(6)
        assert (worker.answer, worker.stage.handler.started) == (3, [])
        roster.asked = Ask()
        await worker.wait(6)
        roster.asked = Ask(newcomers=4)
        worker.stage.queue.send("1:b")
        await worker.wait(12)
        assert worker.stage.handler.started == ["1:a", "1:b"]
        assert worker.answer is None


async def test_a_quiet_worker_reports_no_more_often_than_before():
    async with running() as worker:
        await worker.wait(10 * REPORT_SECONDS)
        assert len(worker.roster.reports) == 11
