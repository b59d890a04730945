"""The clock of a simulation: what is to happen, in the order of time; equal times keep the order in which they were set."""

import heapq
from collections.abc import Callable


class Agenda:
    """Events of one simulation."""

    def __init__(self) -> None:
        """Begin at 0."""
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Let something happen at a moment; what lies in the past happens now."""
        self._count += 1
        heapq.heappush(self._events, (max(moment, self.now), self._count, action))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen in a while."""
        self.at(self.now + seconds, action)

    def step(self) -> bool:
        """Let the next thing happen; False if there is none."""
        if not self._events:
            return False
        self.now, _, action = heapq.heappop(self._events)
        action()
        return True

    @property
    def next_moment(self) -> float:
        """When the next thing happens; infinite if nothing does."""
        return self._events[0][0] if self._events else float("inf")
