"""The controller as a Lambda function that a schedule starts each minute: it looks every twenty seconds for as long as it may run.

Asleep, it looks once: a submission wakes the fleet by itself, and a fleet that rests should cost nothing. While workers are asked to close,
and at the end of an idle timer, it looks sooner. Who hands in work starts it, too: then it looks once, unless the fleet slept, for then
no other look comes before the next minute.
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

SCHEDULE = "aws.events"
"""Where the schedule's events come from; whoever else starts the controller handed in work."""
LONGEST_LOOK_SECONDS = 10.0
"""What a look may take; none is begun with less time left."""


class SawNothing(Exception):
    """Neither the ledger nor the service could be read."""


class Invocation(Protocol):
    """What Lambda tells of an invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """How long it may go on."""


def handle(event: Mapping[str, Any], context: Invocation) -> dict[str, Any]:
    """Look until the time is over."""
    controller, clock = _controller()
    return run(
        controller,
        clock,
        lambda: context.get_remaining_time_in_millis() / 1000.0,
        is_extra=is_asked_for(event),
    )


def is_asked_for(event: Mapping[str, Any]) -> bool:
    """Tell a look that somebody asked for, who handed in work, from those of the schedule."""
    return event.get("source") != SCHEDULE


def run(
    controller: Controller,
    clock: TickClock,
    remaining_seconds: Callable[[], float],
    *,
    is_extra: bool = False,
) -> dict[str, Any]:
    """Tick as often as each look says; an extra run leaves a fleet that does not sleep to the schedule's.

    Raises SawNothing where no look saw the fleet: who is blind counts as dead, so that alarms hear of it and act.
    """
    looks, has_seen = 0, False
    while True:
        tick = controller.tick()
        looks += 1
        has_seen |= tick.before is not None
        _tell(tick)
        is_over = remaining_seconds() < tick.pause_seconds + LONGEST_LOOK_SECONDS
        if tick.is_asleep or is_over or (is_extra and looks == 1 and not tick.was_asleep):
            if not has_seen:
                raise SawNothing(tick.trouble)
            return {"looks": looks, "workers": tick.after, "reason": tick.reason, "trouble": tick.trouble}
        clock.sleep(tick.pause_seconds)


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
