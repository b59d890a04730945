"""Asking before taking away: a worker that is to go says first that it has no job and takes none. Pure; what both sides know.

The controller *asks* workers that seem idle, by name, in the record of its look. A worker that is asked begins no receive, does what
those under way still bring, and once it holds nothing it gives up its protection and answers in its roster entry: *closed*, with the
number of the ask. Only then is the number of workers lowered, by as many as have closed, after all others were protected: the platform can
choose nobody else. These have been *let go*.

*Newcomers* are workers that still start. Each reports to the roster, then reads the ask, then receives for the first time; the
controller writes the ask, then reads the roster. So whoever is not in the roster when an ask of newcomers has been standing since the
last look holds nothing, and counts as closed.

Nothing waits for ever. Who does not answer within a minute is asked no more, and another one instead. A closed worker opens when the
ask is withdrawn, since work came, or by itself when its ask is `LEASE_SECONDS` old. Its answer counts for a shorter time: what lies
between the two is the time that the platform has to stop it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEASE_SECONDS = 180.0
"""So long a worker stays closed after it read the ask, whatever happens; on its own clock."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked of workers; numbers are milliseconds of the moment when each was asked."""

    named: Mapping[str, int] = field(default_factory=dict)
    """By name: worker id -> number."""
    newcomers: int | None = None
    """Those that have never received."""
    let_go: Mapping[str, int] = field(default_factory=dict)
    """Those for whom the number was lowered: they stay closed until they are gone."""
    leaves_until: int = 0
    """Until when the platform should have stopped them."""
    there: tuple[str, ...] | None = None
    """Who was in the roster when newcomers were let go: who turns up later may be one of these. None: none were."""

    @property
    def is_open(self) -> bool:
        """Somebody's answer is waited for."""
        return bool(self.named) or self.newcomers is not None

    @property
    def is_standing(self) -> bool:
        """Somebody is to stay closed: the number may be lowered at any time."""
        return self.is_open or bool(self.let_go)

    def number_for(self, worker_id: str, *, is_new: bool) -> int | None:
        """Return the number of what is asked of this worker; None where it may work."""
        for asked in (self.named, self.let_go):
            if worker_id in asked:
                return asked[worker_id]
        return self.newcomers if is_new else None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "named": dict(self.named),
            "newcomers": self.newcomers,
            "let_go": dict(self.let_go),
            "leaves_until": self.leaves_until,
            "there": None if self.there is None else list(self.there),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Ask":
        """Read what `to_dict` wrote; raises KeyError, TypeError or ValueError where it is none."""
        newcomers, there = stored["newcomers"], stored["there"]
        return cls(
            named={str(name): int(number) for name, number in stored["named"].items()},
            newcomers=None if newcomers is None else int(newcomers),
            let_go={str(name): int(number) for name, number in stored["let_go"].items()},
            leaves_until=int(stored["leaves_until"]),
            there=None if there is None else tuple(str(name) for name in there),
        )
