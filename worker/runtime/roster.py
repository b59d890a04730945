"""The worker's entry in the fleet's roster: renewed now and then, struck off at the end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import WorkerReport
from worker.domain.ledger_schema import WORKER_SILENCE_SECONDS
from worker.ports import Clock, Roster
from worker.runtime.telemetry import Telemetry

REPORT_SECONDS = WORKER_SILENCE_SECONDS / 3
"""Between two reports: one that is lost makes nobody believe that the worker is gone."""
FAREWELL_SECONDS = 3.0
"""What striking off may take; who is not struck off is forgotten by its silence."""


class RosterEntry:
    """Reports what a function says of the worker."""

    def __init__(
        self, *, roster: Roster, describe: Callable[[], WorkerReport], clock: Clock, telemetry: Telemetry
    ) -> None:
        """Report to this roster."""
        self._roster = roster
        self._describe = describe
        self._clock = clock
        self._telemetry = telemetry

    async def run(self) -> None:
        """Report until cancelled, then leave."""
        try:
            while True:
                await self._report()
                await self._clock.sleep(REPORT_SECONDS)
        finally:
            with suppress(StoreUnavailable, TimeoutError):
                async with asyncio.timeout(FAREWELL_SECONDS):
                    await self._roster.leave(self._describe().worker_id)

    async def _report(self) -> None:
        try:
            await self._roster.report(self._describe(), now=self._clock.now())
        except StoreUnavailable as error:
            self._telemetry.warning("can't report to the roster", error=error)
