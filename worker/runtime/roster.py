"""The worker's entry in the fleet's roster: renewed now and then and where something asks for it, struck off at the end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import WorkerReport
from worker.domain.ledger_schema import WORKER_SILENCE_SECONDS
from worker.ports import Clock, Roster
from worker.runtime.closing import Closing
from worker.runtime.telemetry import Telemetry

REPORT_SECONDS = WORKER_SILENCE_SECONDS / 3
"""Between two reports: one that is lost makes nobody believe that the worker is gone."""
ASK_SECONDS = 2.0
"""Between two looks at what the controller asks; a read costs a tenth of a millionth of a dollar."""
FAREWELL_SECONDS = 3.0
"""What striking off may take; who is not struck off is forgotten by its silence."""


class RosterEntry:
    """Reports what a function says of the worker; where it can be asked to close, follows that, and answers at once."""

    def __init__(
        self,
        *,
        roster: Roster,
        describe: Callable[[], WorkerReport],
        clock: Clock,
        telemetry: Telemetry,
        closing: Closing | None = None,
    ) -> None:
        """Report to this roster."""
        self._roster = roster
        self._describe = describe
        self._clock = clock
        self._telemetry = telemetry
        self._closing = closing
        self._reported: WorkerReport | None = None
        self._reported_at = 0.0
        self._is_deaf = False

    async def run(self) -> None:
        """Report until cancelled, then leave."""
        try:
            while True:
                await self._report_where_due()
                if self._closing is not None and self._reported is not None:
                    await self._look(self._closing)
                    await self._report_where_due()
                await self._clock.sleep(REPORT_SECONDS if self._closing is None else ASK_SECONDS)
        finally:
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await self._roster.leave(self._describe().worker_id)

    async def _report_where_due(self) -> None:
        report, now = self._describe(), self._clock.monotonic()
        last = self._reported
        if last is None or now - self._reported_at >= REPORT_SECONDS or self._is_news(report, last):
            try:
                await self._roster.report(report, now=self._clock.now())
            except StoreUnavailable as error:
                self._telemetry.warning("can't report to the roster", error=error)
            else:
                self._reported, self._reported_at = report, now

    def _is_news(self, report: WorkerReport, last: WorkerReport) -> bool:
        """Tell whether the controller should hear of it now: an answer, a farewell, a job in spite of the question."""
        if (report.closed_for, report.is_draining) != (last.closed_for, last.is_draining):
            return True
        is_asked = self._closing is not None and self._closing.is_asked
        return is_asked and bool(report.running) != bool(last.running)

    async def _look(self, closing: Closing) -> None:
        try:
            await closing.look()
        except StoreUnavailable as error:
            if not self._is_deaf:
                self._telemetry.warning("can't read what the controller asks", error=error)
            self._is_deaf = True
        else:
            self._is_deaf = False
