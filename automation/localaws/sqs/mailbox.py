"""The store of one queue: O(log n) for every call, all of it under one condition.

An entry is ready (in the line), delayed or in flight (in the heap of timers), or gone. A timer is void when its entry
has a newer one, so nothing is ever searched or rebuilt. Of the threads in a long poll, at least one always sleeps no
longer than until the next timer: whoever leaves wakes one other to take over that duty.
"""

import heapq
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from automation.localaws.sqs.faults import SqsFault, no_such_queue
from automation.localaws.sqs.lines import Line
from automation.localaws.sqs.message import Entry, Envelope, Life, Received, decode_handle, encode_handle

IN_FLIGHT_LIMIT = 120_000
PURGE_PAUSE_SECONDS = 60
COMPACT_ABOVE = 4_096
"""Fewer void timers than this are not worth a sweep."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many messages are where, at one moment."""

    visible: int
    """Ready to be received."""
    in_flight: int
    """Received, neither deleted nor visible again."""
    delayed: int
    """Not yet to be received."""
    oldest_sent_milliseconds: int | None
    """When the oldest that is still here was sent; None when empty."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the queue's attributes say at the moment of a call."""

    visibility_seconds: int
    """How long a received message stays hidden."""
    retention_seconds: int
    """After this, a message is lost."""
    max_receive_count: int | None
    """A message received so often goes to the dead-letter queue instead; None without one."""


class Mailbox:
    """Messages of one queue."""

    def __init__(self, line: Line, *, wall_seconds: Callable[[], float] = time.time) -> None:
        self._id = uuid.uuid4().hex[:12]
        self._line = line
        self._wall_seconds = wall_seconds
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._timers: list[tuple[float, int, Entry]] = []
        self._timer_number = 0
        self._in_flight = 0
        self._delayed = 0
        self._closed = False
        self._purged_at: float | None = None
        self._changed = threading.Condition(threading.Lock())

    @property
    def is_closed(self) -> bool:
        """Tell whether the queue is deleted."""
        return self._closed

    def add(self, envelope: Envelope, *, delay_seconds: int = 0, receive_count: int = 0) -> None:
        """Keep a new message, or one that comes from another mailbox."""
        entry = Entry(envelope, receive_count=receive_count)
        with self._changed:
            self._entries[envelope.message_id] = entry
            if delay_seconds:
                self._delayed += 1
                entry.life = Life.DELAYED
                self._set_timer(entry, delay_seconds)
            else:
                self._line.add(entry)
                self._changed.notify()

    def receive(self, limit: int, *, wait_seconds: float, rules: Rules) -> tuple[list[Received], list[Entry]]:
        """Return up to `limit` messages, waiting for the first, and the poison that the caller must redrive at once."""
        deadline = time.monotonic() + wait_seconds
        waited = False
        with self._changed:
            try:
                while True:
                    received, poison = self._take(limit, rules)
                    remaining = deadline - time.monotonic()
                    if received or poison or remaining <= 0:
                        return received, poison
                    waited = True
                    self._changed.wait(self._sleep_seconds(remaining))
            finally:
                if waited:
                    self._changed.notify()

    def delete(self, handle: str) -> None:
        """Remove a message; a stale handle is refused, a message that is gone already is fine."""
        message_id, receive_count = decode_handle(self._id, handle)
        with self._changed:
            entry = self._entries.get(message_id)
            if entry is None:
                return
            if entry.receive_count != receive_count:
                raise SqsFault("ReceiptHandleIsInvalid", "The input receipt handle has expired.")
            self._remove(entry)
            self._changed.notify()

    def change_visibility(self, handle: str, seconds: int) -> None:
        """Hide a message in flight for `seconds` from now; 0 gives it back at once."""
        message_id, receive_count = decode_handle(self._id, handle)
        with self._changed:
            self._fire_timers()
            entry = self._entries.get(message_id)
            if entry is not None and entry.receive_count != receive_count:
                raise SqsFault("ReceiptHandleIsInvalid", "The input receipt handle has expired.")
            if entry is None or entry.life is not Life.IN_FLIGHT:
                raise SqsFault(
                    "MessageNotInflight", "The message is not in flight: its visibility timeout is over."
                )
            if seconds:
                self._set_timer(entry, seconds)
            else:
                self._make_ready(entry)

    def counts(self, retention_seconds: int) -> Counts:
        """Count, after moving what time has moved."""
        with self._changed:
            self._fire_timers()
            self._expire(retention_seconds)
            oldest = next(iter(self._entries.values()), None)
            return Counts(
                visible=len(self._entries) - self._in_flight - self._delayed,
                in_flight=self._in_flight,
                delayed=self._delayed,
                oldest_sent_milliseconds=oldest.envelope.sent_milliseconds if oldest else None,
            )

    def take_for_move(self) -> Entry | None:
        """Take one ready message out for good, without a receive being counted."""
        with self._changed:
            self._fire_timers()
            self._line.begin()
            entry = self._line.take()
            if entry is not None:
                self._remove(entry)
            return entry

    def purge(self) -> None:
        """Forget every message; handles given out before stay harmless."""
        now = time.monotonic()
        with self._changed:
            if self._purged_at is not None and now - self._purged_at < PURGE_PAUSE_SECONDS:
                raise SqsFault(
                    "PurgeQueueInProgress", "Only one PurgeQueue operation is allowed every 60 seconds."
                )
            self._purged_at = now
            for entry in self._entries.values():
                entry.life = Life.GONE
            self._entries.clear()
            self._timers.clear()
            self._line.clear()
            self._in_flight = self._delayed = 0

    def close(self) -> None:
        """End every long poll: the queue is deleted, or the server stops."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, limit: int, rules: Rules) -> tuple[list[Received], list[Entry]]:
        if self._closed:
            raise no_such_queue()
        self._fire_timers()
        self._expire(rules.retention_seconds)
        if self._in_flight >= IN_FLIGHT_LIMIT:
            raise SqsFault("OverLimit", f"Too many messages in flight: {self._in_flight}.")
        taken: list[Entry] = []
        poison: list[Entry] = []
        self._line.begin()
        while len(taken) < limit and (entry := self._line.take()):
            if rules.max_receive_count is not None and entry.receive_count >= rules.max_receive_count:
                self._remove(entry)
                poison.append(entry)
            else:
                taken.append(entry)
        return [self._hand_out(entry, rules.visibility_seconds) for entry in taken], poison

    def _hand_out(self, entry: Entry, visibility_seconds: int) -> Received:
        now_milliseconds = int(self._wall_seconds() * 1000)
        entry.receive_count += 1
        entry.first_received_milliseconds = entry.first_received_milliseconds or now_milliseconds
        entry.life = Life.IN_FLIGHT
        self._in_flight += 1
        if visibility_seconds:
            self._set_timer(entry, visibility_seconds)
        else:
            self._make_ready(entry)
        return Received(
            envelope=entry.envelope,
            receipt_handle=encode_handle(self._id, entry.envelope.message_id, entry.receive_count),
            receive_count=entry.receive_count,
            first_received_milliseconds=entry.first_received_milliseconds,
        )

    def _set_timer(self, entry: Entry, seconds: float) -> None:
        self._timer_number += 1
        entry.timer = self._timer_number
        at = time.monotonic() + seconds
        if len(self._timers) > max(COMPACT_ABOVE, 4 * (self._in_flight + self._delayed)):
            self._timers = [timer for timer in self._timers if not self._is_void(timer)]
            heapq.heapify(self._timers)
        heapq.heappush(self._timers, (at, self._timer_number, entry))
        if self._timers[0][1] == self._timer_number:
            self._changed.notify()  # the sleeper that watches the next timer must learn of an earlier one

    def _fire_timers(self) -> None:
        now = time.monotonic()
        while self._timers and (self._is_void(self._timers[0]) or self._timers[0][0] <= now):
            timer = heapq.heappop(self._timers)
            if not self._is_void(timer):
                self._make_ready(timer[2])

    @staticmethod
    def _is_void(timer: tuple[float, int, Entry]) -> bool:
        _, number, entry = timer
        return entry.timer != number

    def _make_ready(self, entry: Entry) -> None:
        self._end_wait(entry)
        entry.life = Life.READY
        self._line.add(entry)
        self._changed.notify()

    def _remove(self, entry: Entry) -> None:
        self._end_wait(entry)
        self._line.leave(entry)
        entry.life = Life.GONE
        self._entries.pop(entry.envelope.message_id, None)

    def _end_wait(self, entry: Entry) -> None:
        entry.timer = 0
        if entry.life is Life.IN_FLIGHT:
            self._in_flight -= 1
            self._line.leave(entry)
        elif entry.life is Life.DELAYED:
            self._delayed -= 1

    def _expire(self, retention_seconds: int) -> None:
        horizon = (self._wall_seconds() - retention_seconds) * 1000
        while self._entries:
            oldest = next(iter(self._entries.values()))
            if oldest.envelope.sent_milliseconds > horizon:
                return
            self._remove(oldest)

    def _sleep_seconds(self, remaining: float) -> float:
        if not self._timers:
            return remaining
        return max(0.0, min(remaining, self._timers[0][0] - time.monotonic()))
