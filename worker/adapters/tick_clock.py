"""The clock of the machine that the controller runs on."""

import time
from datetime import UTC, datetime


class MachineClock:
    """A `worker.scaling_ports.TickClock`."""

    def now(self) -> datetime:
        """Wall time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
