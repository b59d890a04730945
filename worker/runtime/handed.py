"""A lane whose messages are handed over instead of asked for; it notes which of them have found their end."""

import asyncio
from collections import deque
from collections.abc import Sequence

from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import Message
from worker.domain.job import Lane
from worker.ports import Queue
from worker.runtime.telemetry import Telemetry


class HandedLane:
    """A `worker.ports.Queue` around the true one, which does all but receive."""

    def __init__(self, queue: Queue, messages: Sequence[Message]) -> None:
        """Hold these messages and no others."""
        self.lane: Lane = queue.lane
        self._queue = queue
        self._messages = tuple(messages)
        self._waiting = deque(messages)
        self._done: set[str] = set()
        self._closed = asyncio.Event()

    @property
    def unfinished(self) -> list[str]:
        """Ids of the messages that must come again."""
        return [message.message_id for message in self._messages if message.receipt not in self._done]

    async def hold(self, *, seconds: int, telemetry: Telemetry) -> None:
        """Hide the messages as briefly as a worker's hold lasts, so that a death shows within it; put aside what is not ours any more.

        The queue itself hides them for six times the function's longest time.
        """
        try:
            lost = set(await self._queue.extend([each.receipt for each in self._waiting], seconds=seconds))
        except StoreUnavailable as error:
            telemetry.warning("can't shorten the hold; it is longer than needed", lane=self.lane, error=error)
            return
        self._waiting = deque(each for each in self._waiting if each.receipt not in lost)

    def __len__(self) -> int:
        """Count the messages that nobody has taken yet."""
        return len(self._waiting)

    def close(self) -> None:
        """Let whoever waits for more go."""
        self._closed.set()

    async def receive(self, limit: int, *, wait_seconds: int) -> Sequence[Message]:
        """Hand out what is left; there is never more."""
        taken = [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]
        if not taken and wait_seconds:
            await self._closed.wait()
        return taken

    async def acknowledge(self, receipts: Sequence[str]) -> Sequence[str]:
        """Delete them now, though Lambda would: it does so at the end of the whole batch, when some may have come again."""
        self._done.update(receipts)
        return await self._queue.acknowledge(receipts)

    async def release(self, receipts: Sequence[str], *, delay_seconds: int) -> None:
        """Let them come again."""
        await self._queue.release(receipts, delay_seconds=delay_seconds)

    async def extend(self, receipts: Sequence[str], *, seconds: int) -> Sequence[str]:
        """Renew the hold."""
        return await self._queue.extend(receipts, seconds=seconds)

    async def postpone(self, message: Message, *, delay_seconds: int) -> None:
        """A copy has taken its place."""
        await self._queue.postpone(message, delay_seconds=delay_seconds)
        self._done.add(message.receipt)

    async def dead_letter(self, message: Message, *, reason: str) -> None:
        """It lies in the dead-letter queue."""
        await self._queue.dead_letter(message, reason=reason)
        self._done.add(message.receipt)
