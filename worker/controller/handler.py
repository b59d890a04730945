"""The controller as a Lambda function that a schedule starts each minute: it looks every twenty seconds for as long as it may run.

Asleep, it looks once: a submission wakes the fleet by itself, and a fleet that rests should cost nothing.
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from worker.controller.tick import Controller, Tick
from worker.domain.controller_settings import ControllerSettings
from worker.scaling_ports import TickClock
from worker.wiring.controller import build_controller_ports

PAUSE_SECONDS = 20.0
LOOK_SECONDS = 10.0
"""What a look may take; none is begun with less time left."""


class Invocation(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """How long it may go on."""


def handle(_event: Mapping[str, Any], context: Invocation) -> dict[str, Any]:
    """Look until the time is over."""
    controller, clock = _controller()
    return run(controller, clock, lambda: context.get_remaining_time_in_millis() / 1000.0)


def run(controller: Controller, clock: TickClock, remaining_seconds: Callable[[], float]) -> dict[str, Any]:
    """Tick every `PAUSE_SECONDS`."""
    looks = 0
    while True:
        tick = controller.tick()
        looks += 1
        _tell(tick)
        if tick.is_asleep or remaining_seconds() < PAUSE_SECONDS + LOOK_SECONDS:
            return {"looks": looks, "workers": tick.after, "reason": tick.reason, "trouble": tick.trouble}
        clock.sleep(PAUSE_SECONDS)


def _tell(tick: Tick) -> None:
    """Log what changed and what went wrong; the rest stands in the ledger."""
    if tick.trouble or tick.before != tick.after:
        fields = {
            "level": "WARNING" if tick.trouble else "INFO",
            "message": tick.sentence,
            "before": tick.before,
            "after": tick.after,
            "reason": tick.reason,
            "trouble": tick.trouble,
        }
        sys.stdout.write(json.dumps(fields) + "\n")


@functools.cache
def _controller() -> tuple[Controller, TickClock]:
    """Open the clients once for all invocations of this environment."""
    settings = ControllerSettings.from_env(os.environ)
    ports = build_controller_ports(settings)
    return Controller(ports, settings), ports.clock
