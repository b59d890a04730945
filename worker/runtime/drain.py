"""Drain: a signal asks for it; two durations bound it.

The *grace* is how long running jobs may take to finish; then they are interrupted and their messages released at once.
The *deadline* is when the process is gone, whatever hangs: a thread of its own ends it, since the loop may be what hangs.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)
EXIT_LATE = 1
"""Exit code of a process that the deadline had to end."""


@contextmanager
def stopping_on_signal(stop: Callable[[], object]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT, in the running loop."""
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


class Deadline:
    """Ends the process when it is overdue."""

    def __init__(self, *, seconds: float, end: Callable[[int], object] = os._exit) -> None:
        """Wait for `arm`."""
        self._timer = threading.Timer(seconds, end, args=(EXIT_LATE,))
        self._timer.daemon = True
        self._is_armed = False

    def arm(self) -> None:
        """Count from now; once. Nothing disarms it: closing down may hang as well."""
        if not self._is_armed:
            self._is_armed = True
            self._timer.start()
