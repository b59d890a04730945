"""Virtual time: it passes when the test says so."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTLE_STEPS = 30


class FakeClock:
    def __init__(self) -> None:
        self._seconds = 0.0
        self._order = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (self._seconds + max(seconds, 0), self._order, future))
        await future

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking sleepers in order and letting everything run between two of them."""
        end = self._seconds + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._seconds = max(self._seconds, due)
            if not future.done():
                future.set_result(None)
                await settle()
        self._seconds = end
        await settle()


async def settle() -> None:
    """Let every task run until it waits for something that is not there."""
    for _ in range(SETTLE_STEPS):
        await asyncio.sleep(0)
