"""What keeps a fleet of functions within its budget, as a Lambda function that a schedule starts each five minutes: it looks once."""

import functools
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from worker.controller.spending import SpendingController, SpendingLook
from worker.domain.spending_settings import SpendingSettings
from worker.wiring.spending import build_spending_ports


class SawNothing(Exception):
    """Nobody could see what the fleet costs, or what feeds it."""


def handle(_event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Look once."""
    return told(_controller().look())


def told(look: SpendingLook) -> dict[str, Any]:
    """Log what changed and what went wrong; the rest stands in the ledger.

    Raises SawNothing for a look that saw nothing: who is blind counts as dead, so that the alarm hears of it.
    """
    fields = asdict(look)
    if look.trouble or look.before != look.after:
        level = "WARNING" if look.trouble else "INFO"
        sys.stdout.write(json.dumps({"level": level, "message": look.sentence, **fields}) + "\n")
    if look.before is None:
        raise SawNothing(look.trouble)
    return fields


@functools.cache
def _controller() -> SpendingController:
    """Open the clients once for all invocations of this environment."""
    settings = SpendingSettings.from_env(os.environ)
    return SpendingController(build_spending_ports(settings), settings)
