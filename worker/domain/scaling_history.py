"""What the scaling policy remembers between two looks: pure values, stored by whoever asks the policy and given back next time.

Memory that is lost costs little: timers begin anew and the idle timer is the break-even again until enough pauses were seen.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

PAUSE_EDGES_SECONDS = (15.0, 25.0, 40.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0, 450.0, 600.0, 900.0)
"""Pauses between work are counted by length: up to each edge, and one class for what is longer."""
FORGETTING = 0.98
"""Each new pause takes this much of the weight of the older ones: about the last fifty count."""
ENOUGH_PAUSES = 10.0
"""Below this weight nothing is concluded from pauses."""
BLIND_SECONDS = 300.0
"""After so long without a look nobody knows how long a pause was."""


@dataclass(frozen=True, kw_only=True)
class PauseHistory:
    """How long the fleet had nothing to do before the next job came."""

    weights: tuple[float, ...] = (0.0,) * (len(PAUSE_EDGES_SECONDS) + 1)
    """Weight of each class of length."""

    def after(self, pause_seconds: float) -> "PauseHistory":
        """Return the history with one more pause."""
        index = sum(1 for edge in PAUSE_EDGES_SECONDS if pause_seconds > edge)
        faded = [weight * FORGETTING for weight in self.weights]
        faded[index] += 1.0
        return PauseHistory(weights=tuple(faded))

    def cheapest_timer_seconds(
        self, *, start_seconds: float, shortest_seconds: float, closing_seconds: float = 0.0
    ) -> float:
        """Return the idle timer that would have cost the least worker time over the remembered pauses.

        A pause within timer and closing costs its length; a longer one costs both and a start. Ski rental with a known past: with
        too few pauses the timer is the price of a start, which never costs more than twice the best.
        """
        if sum(self.weights) < ENOUGH_PAUSES:
            return max(start_seconds, shortest_seconds)
        return max(_cheapest_stay(self.weights, start_seconds) - closing_seconds, shortest_seconds)


@lru_cache(maxsize=32)
def _cheapest_stay(weights: tuple[float, ...], start_seconds: float) -> float:
    """Each look asks, and the answer changes with pauses and starts only."""
    stays = [edge for edge in PAUSE_EDGES_SECONDS if edge <= 2 * start_seconds] or PAUSE_EDGES_SECONDS[:1]
    return min(stays, key=lambda stay: _cost(weights, stay, start_seconds))


def _cost(weights: tuple[float, ...], stay_seconds: float, start_seconds: float) -> float:
    lower, total = 0.0, 0.0
    for weight, edge in zip(weights, (*PAUSE_EDGES_SECONDS, float("inf")), strict=True):
        within = edge <= stay_seconds
        total += weight * ((lower + edge) / 2 if within else stay_seconds + start_seconds)
        lower = edge
    return total


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Workers that were asked for and may still be starting."""

    at_seconds: float
    """When they were asked for."""
    count: int
    """How many."""


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Carried from one decision to the next; all times are the clock of the observations."""

    seen_at_seconds: float | None = None
    """Time of the last observation."""
    decided: int | None = None
    """Desired number of the last decision; a higher one now was set by a submission or a person."""
    idle_since_seconds: float | None = None
    """Since when nothing waits and nothing is in flight."""
    surplus_since_seconds: float | None = None
    """Since when nothing waits and some workers have no job."""
    stalled_since_seconds: float | None = None
    """Since when jobs wait, somebody runs, and no fewer wait than before."""
    visible: int | None = None
    """Jobs that waited at the last observation."""
    launches: tuple[Launch, ...] = ()
    """Oldest first; of those that still start."""
    service_seconds: float | None = None
    """Last known time that a job takes."""
    start_seconds: float | None = None
    """Last known time from launch to the first receive."""
    pauses: PauseHistory = field(default_factory=PauseHistory)
    """Pauses between work."""

    def at(self, now_seconds: float) -> "Memory":
        """Return the memory with no time in the future: clocks of two machines differ, and may be set back."""
        if all(moment is None or moment <= now_seconds for moment in self._moments()):
            return self
        return self.but(
            seen_at_seconds=_not_after(now_seconds, self.seen_at_seconds),
            idle_since_seconds=_not_after(now_seconds, self.idle_since_seconds),
            surplus_since_seconds=_not_after(now_seconds, self.surplus_since_seconds),
            stalled_since_seconds=_not_after(now_seconds, self.stalled_since_seconds),
            launches=tuple(
                replace(launch, at_seconds=min(launch.at_seconds, now_seconds)) for launch in self.launches
            ),
        )

    def but(self, **changed: Any) -> "Memory":
        """Return the memory with some values changed; several times as fast as dataclasses.replace, and each look does it."""
        return Memory(**(vars(self) | changed))

    def _moments(self) -> tuple[float | None, ...]:
        times = (self.seen_at_seconds, self.idle_since_seconds, self.surplus_since_seconds)
        return (*times, self.stalled_since_seconds, *(launch.at_seconds for launch in self.launches))

    def looked(self, now_seconds: float, *, is_idle: bool | None, has_surplus: bool | None) -> "Memory":
        """Return the memory after a look; None means that it could not be told: timers go on as they are."""
        known = self.at(now_seconds)
        idle_since = _timer(known.idle_since_seconds, now_seconds, is_idle)
        pauses = known.pauses
        was_idle_since = known.idle_since_seconds
        if is_idle is False and was_idle_since is not None and not known.was_blind(now_seconds):
            pauses = pauses.after(now_seconds - was_idle_since)
        return known.but(
            seen_at_seconds=now_seconds,
            idle_since_seconds=idle_since,
            surplus_since_seconds=_timer(known.surplus_since_seconds, now_seconds, has_surplus),
            pauses=pauses,
        )

    def watched(self, now_seconds: float, *, visible: int | None, is_running: bool) -> "Memory":
        """Return the memory with the waiting jobs counted: who runs but takes none of them is busy with something long."""
        if visible is None:
            return self
        is_stalled = visible > 0 and is_running and self.visible is not None and visible >= self.visible
        since = _timer(self.stalled_since_seconds, now_seconds, is_stalled)
        if visible == self.visible and since == self.stalled_since_seconds:
            return self
        return self.but(visible=visible, stalled_since_seconds=since)

    def taught(
        self, *, launches: tuple[Launch, ...], service_seconds: float | None, start_seconds: float | None
    ) -> "Memory":
        """Return the memory with what is known of starts and jobs."""
        known = (self.launches, self.service_seconds, self.start_seconds)
        if known == (launches, service_seconds, start_seconds):
            return self
        return self.but(launches=launches, service_seconds=service_seconds, start_seconds=start_seconds)

    def after(self, decided: int, launches: tuple[Launch, ...]) -> "Memory":
        """Return the memory of a decision."""
        if decided == self.decided and launches == self.launches:
            return self
        return self.but(decided=decided, launches=launches)

    def was_blind(self, now_seconds: float) -> bool:
        """Tell whether so long nobody looked that work may have come and gone unseen."""
        return self.seen_at_seconds is None or now_seconds - self.seen_at_seconds > BLIND_SECONDS

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Memory":
        """Read what `to_dict` wrote; what can't be read is forgotten, all of it: half a memory would be a wrong one."""
        try:
            launches = tuple(
                Launch(at_seconds=float(one["at_seconds"]), count=int(one["count"]))
                for one in stored["launches"]
            )
            weights = tuple(float(weight) for weight in stored["pauses"]["weights"])
            if len(weights) != len(PAUSE_EDGES_SECONDS) + 1:
                return cls()
            return cls(
                seen_at_seconds=_number(stored["seen_at_seconds"]),
                decided=_whole(stored["decided"]),
                idle_since_seconds=_number(stored["idle_since_seconds"]),
                surplus_since_seconds=_number(stored["surplus_since_seconds"]),
                stalled_since_seconds=_number(stored["stalled_since_seconds"]),
                visible=_whole(stored["visible"]),
                launches=launches,
                service_seconds=_number(stored["service_seconds"]),
                start_seconds=_number(stored["start_seconds"]),
                pauses=PauseHistory(weights=weights),
            )
        except (KeyError, TypeError, ValueError):
            return cls()


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _timer(since: float | None, now_seconds: float, holds: bool | None) -> float | None:  # noqa: FBT001 - three answers
    if holds is None:
        return since
    return (now_seconds if since is None else since) if holds else None


def _not_after(now_seconds: float, moment: float | None) -> float | None:
    return None if moment is None else min(moment, now_seconds)
