"""Lanes: which queue to ask next, and how. Pure: no I/O, no clock.

A lane whose last poll came back full is *busy*, any other *quiet*. Every quiet lane has one long poll under way while a
slot is free; it holds no slot, else each empty lane would keep a slot idle for 20 s. Free slots go to the busy lanes by
smooth weighted turns, in polls that don't wait. So a high lane is served six times as often as a low one, and none starves.

A stop has to await its polls (decision 12), so a worker with jobs polls no longer than those take: the *patience* that it
is asked with. Where that is nothing, a quiet lane gets *looks*, polls that don't wait, with a rest after each that found
nothing. So does a lane that was never asked: a worker that starts on a backlog is no idle one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.domain.job import Lane

WEIGHTS = {Lane.HIGH: 6, Lane.NORMAL: 3, Lane.LOW: 1}
"""Share of the polls that each busy lane gets while all are busy."""

RECEIVE_MAXIMUM = 10
"""SQS gives no more in one answer."""

PARALLEL_POLLS = 4
"""Polls under way on one busy lane; more bring nothing."""


@dataclass(frozen=True, kw_only=True)
class Poll:
    """One receive to make."""

    lane: Lane
    """The lane to ask."""
    limit: int
    """Messages to ask for, 1 to 10."""
    wait_seconds: int
    """Long poll, 0 where slots are kept for the answer."""
    reserved: int
    """Slots kept for the answer."""


@dataclass(kw_only=True, eq=False)
class _LaneState:
    weight: int
    is_busy: bool = False
    is_known: bool = False
    is_resting: bool = False
    polls: int = 0
    credit: float = 0.0


class Lanes:
    """Turns free slots into polls."""

    def __init__(self, lanes: Sequence[Lane], *, wait_seconds: int) -> None:
        """Begin with every lane quiet; `wait_seconds` is the long poll."""
        self._lanes = {lane: _LaneState(weight=WEIGHTS[lane]) for lane in lanes}
        self._wait_seconds = wait_seconds
        self._reserved = 0
        self._looks = 0

    @property
    def is_looking(self) -> bool:
        """Polls that don't wait are under way: what they bring is not known yet."""
        return self._looks > 0

    @property
    def reserved(self) -> int:
        """Slots kept for polls under way."""
        return self._reserved

    def plan(
        self, free: int, *, patience_seconds: int | None = None, idle_seconds: int | None = None
    ) -> list[Poll]:
        """Return the polls to start now, and count them as under way; `free` is what is not reserved yet.

        Without a patience the worker is idle, and every quiet lane is worth a whole long poll, or one of `idle_seconds`.
        """
        if free < 1:
            return []
        is_idle = patience_seconds is None
        if patience_seconds is None:
            wait_seconds = min(idle_seconds or self._wait_seconds, self._wait_seconds)
        else:
            wait_seconds = patience_seconds
        polls = self._quiet_polls(free, wait_seconds, is_idle=is_idle)
        while free > 0 and (lane := self._next_busy()) is not None:
            limit = min(RECEIVE_MAXIMUM, free)
            polls.append(self._started(Poll(lane=lane, limit=limit, wait_seconds=0, reserved=limit)))
            free -= limit
        return polls

    def ended(self, poll: Poll, *, received: int) -> None:
        """Take note of an answer, or of a poll that failed (0 received)."""
        state = self._lanes[poll.lane]
        state.polls -= 1
        self._reserved -= poll.reserved
        self._looks -= poll.wait_seconds == 0
        state.is_known = True
        state.is_resting = poll.wait_seconds == 0 and received == 0
        state.is_busy = received >= poll.limit

    def rested(self, lane: Lane) -> None:
        """A lane on which nothing was found may be looked at again."""
        self._lanes[lane].is_resting = False

    def _quiet_polls(self, free: int, wait_seconds: int, *, is_idle: bool) -> list[Poll]:
        limit = max(1, min(RECEIVE_MAXIMUM, free // len(self._lanes)))
        return [
            self._started(
                Poll(lane=lane, limit=limit, wait_seconds=wait_seconds if state.is_known else 0, reserved=0)
            )
            for lane, state in self._lanes.items()
            if not state.is_busy and state.polls == 0 and (is_idle or not state.is_resting)
        ]

    def _next_busy(self) -> Lane | None:
        busy = {lane: s for lane, s in self._lanes.items() if s.is_busy and s.polls < PARALLEL_POLLS}
        if not busy:
            return None
        for state in busy.values():
            state.credit += state.weight
        chosen = max(busy, key=lambda lane: busy[lane].credit)
        busy[chosen].credit -= sum(state.weight for state in busy.values())
        return chosen

    def _started(self, poll: Poll) -> Poll:
        self._lanes[poll.lane].polls += 1
        self._reserved += poll.reserved
        self._looks += poll.wait_seconds == 0
        return poll
