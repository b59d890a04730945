"""The order in which ready entries leave: a plain line, or one line per FIFO group with a lock on each group."""

import bisect
from collections import deque
from typing import Protocol

from automation.localaws.sqs.message import Entry, Life


class Line(Protocol):
    """Ready entries of one mailbox; every call happens under the mailbox's lock."""

    def begin(self) -> None:
        """Note that a receive starts."""

    def add(self, entry: Entry) -> None:
        """Let a ready entry join, the first time or again."""

    def take(self) -> Entry | None:
        """Return the next entry that may leave, or None."""

    def leave(self, entry: Entry) -> None:
        """Note that an entry that was taken is no longer in flight."""

    def clear(self) -> None:
        """Forget everything."""


class StandardLine:
    """First ready, first out; entries deleted meanwhile are stepped over."""

    def __init__(self) -> None:
        self._ready: deque[Entry] = deque()

    def begin(self) -> None:
        """Every receive is alike."""

    def add(self, entry: Entry) -> None:
        """Join at the end: a message that keeps failing must not stand in front of the others."""
        self._ready.append(entry)

    def take(self) -> Entry | None:
        """Return the first that is still ready."""
        while self._ready:
            entry = self._ready.popleft()
            if entry.life is Life.READY:
                return entry
        return None

    def leave(self, entry: Entry) -> None:
        """Nothing waits for it."""

    def clear(self) -> None:
        """Forget everything."""
        self._ready.clear()


class _Group:
    __slots__ = ("in_flight", "ready")

    def __init__(self) -> None:
        self.ready: list[Entry] = []
        self.in_flight: set[Entry] = set()


class FifoLine:
    """Groups in turn; within a group strictly by sequence number, and nothing while one of it is in flight.

    One receive may take several of one group: the group is locked for *other* receives, so `begin` marks where a
    receive starts.
    """

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._taken_from: set[str] = set()

    def begin(self) -> None:
        """Start one receive: from here on, groups with entries in flight are closed."""
        self._taken_from.clear()

    def add(self, entry: Entry) -> None:
        """Join the group at the place of its sequence number."""
        group = self._groups.setdefault(entry.envelope.group_id or "", _Group())
        bisect.insort(group.ready, entry, key=_sequence)

    def take(self) -> Entry | None:
        """Return the head of the first group that is open, or that this receive itself has opened."""
        for name, group in self._groups.items():
            while group.ready and group.ready[0].life is not Life.READY:
                group.ready.pop(0)
            if group.ready and (not group.in_flight or name in self._taken_from):
                entry = group.ready.pop(0)
                group.in_flight.add(entry)
                self._taken_from.add(name)
                return entry
        return None

    def leave(self, entry: Entry) -> None:
        """Open the group again once none of it is in flight."""
        name = entry.envelope.group_id or ""
        group = self._groups.get(name)
        if group is None:
            return
        group.in_flight.discard(entry)
        if not group.in_flight and not group.ready:
            del self._groups[name]

    def clear(self) -> None:
        """Forget everything."""
        self._groups.clear()


def _sequence(entry: Entry) -> str:
    return entry.envelope.sequence_number or ""
