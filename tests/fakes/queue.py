"""SQS in memory: visibility, receive counts, stale receipts, a dead-letter list. Time comes from the clock."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import Message
from worker.domain.job import Lane
from worker.ports import Clock

POLL_STEP_SECONDS = 0.01


@dataclass
class _Entry:
    message_id: str
    body: str
    visible_at: float
    receives: int = 0
    receipt: str = ""


@dataclass
class DeadLetter:
    body: str
    reason: str


@dataclass
class FakeQueue:
    clock: Clock
    lane: Lane = Lane.NORMAL
    visibility_timeout_seconds: float = 60
    entries: list[_Entry] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    is_down: bool = False
    calls: dict[str, int] = field(default_factory=dict)
    _issued: int = 0

    def send(self, body: str) -> str:
        self._issued += 1
        entry = _Entry(message_id=f"{self.lane}-{self._issued}", body=body, visible_at=self.clock.monotonic())
        self.entries.append(entry)
        return entry.message_id

    @property
    def visible(self) -> int:
        now = self.clock.monotonic()
        return sum(entry.visible_at <= now for entry in self.entries)

    @property
    def in_flight(self) -> int:
        return len(self.entries) - self.visible

    async def receive(self, limit: int, *, wait_seconds: int) -> Sequence[Message]:
        self._called("receive")
        deadline = self.clock.monotonic() + wait_seconds
        while not (taken := self._take(limit)):
            if self.clock.monotonic() >= deadline:
                return []
            await self.clock.sleep(POLL_STEP_SECONDS)
            self._require_up()
        return taken

    async def acknowledge(self, receipts: Sequence[str]) -> Sequence[str]:
        self._called("acknowledge")
        await asyncio.sleep(0)
        refused = [receipt for receipt in receipts if self._held(receipt) is None]
        self.entries = [entry for entry in self.entries if not entry.receipt or entry.receipt not in receipts]
        return refused

    async def release(self, receipts: Sequence[str], *, delay_seconds: int) -> None:
        self._called("release")
        await asyncio.sleep(0)
        for receipt in receipts:
            entry = self._held(receipt)
            if entry is not None:
                entry.visible_at = self.clock.monotonic() + delay_seconds

    async def extend(self, receipts: Sequence[str], *, seconds: int) -> Sequence[str]:
        self._called("extend")
        await asyncio.sleep(0)
        lost = []
        for receipt in receipts:
            entry = self._held(receipt)
            if entry is None or entry.visible_at <= self.clock.monotonic():
                lost.append(receipt)
            else:
                entry.visible_at = self.clock.monotonic() + seconds
        return lost

    async def postpone(self, message: Message, *, delay_seconds: int) -> None:
        self._called("postpone")
        self._issued += 1
        entry = _Entry(
            message_id=f"{self.lane}-{self._issued}",
            body=message.body,
            visible_at=self.clock.monotonic() + delay_seconds,
        )
        self.entries.append(entry)
        await self.acknowledge([message.receipt])

    async def dead_letter(self, message: Message, *, reason: str) -> None:
        self._called("dead_letter")
        self.dead_letters.append(DeadLetter(body=message.body, reason=reason))
        await self.acknowledge([message.receipt])

    def _take(self, limit: int) -> list[Message]:
        now = self.clock.monotonic()
        taken = [entry for entry in self.entries if entry.visible_at <= now][:limit]
        for entry in taken:
            self._issued += 1
            entry.receives += 1
            entry.receipt = f"receipt-{self._issued}"
            entry.visible_at = now + self.visibility_timeout_seconds
        return [
            Message(
                message_id=entry.message_id,
                receipt=entry.receipt,
                body=entry.body,
                receives=entry.receives,
                lane=self.lane,
            )
            for entry in taken
        ]

    def _held(self, receipt: str) -> _Entry | None:
        return next((entry for entry in self.entries if entry.receipt == receipt), None)

    def _called(self, name: str) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
        self._require_up()

    def _require_up(self) -> None:
        if self.is_down:
            raise StoreUnavailable("the fake queue is down")
