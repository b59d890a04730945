"""Pure: what alarms may do to the fleet's size where no controller looks any more.

CloudWatch can see that messages wait and that the controller is silent; it can't read that somebody stopped the fleet, or what the month cost.
So whoever knows says it beforehand: the controller while it lives, the CLI where it does not.
"""

from dataclasses import dataclass

from worker.domain.fleet_control import Hold, Terms


@dataclass(frozen=True, kw_only=True)
class Permits:
    """What alarms may do by themselves."""

    starts: bool
    """Start a worker where messages wait and nobody runs."""
    stops: bool
    """Stop workers that have had no message for long."""


def permits(*, hold: Hold | None, terms: Terms, may_spend: bool) -> Permits:
    """Return what may be done: nothing against a person's word, nothing that costs where the budget is spent."""
    return Permits(
        starts=hold is None and may_spend and terms.maximum > 0,
        stops=(hold is None or hold.is_stop) and terms.minimum == 0,
    )
