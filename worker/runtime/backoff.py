"""How long to wait before trying again: exponential, with full jitter, so that many workers do not come back in step."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """A growing, capped, jittered wait."""

    base_seconds: float
    """Upper bound of the first wait."""
    cap_seconds: float
    """Upper bound of any wait."""
    random: Random
    """Source of the jitter."""

    def delay_seconds(self, failures: int) -> float:
        """Wait after `failures` failures in a row, counted from 1."""
        bound = min(self.cap_seconds, self.base_seconds * 2 ** min(max(failures - 1, 0), 30))
        return self.random.uniform(0, bound)
