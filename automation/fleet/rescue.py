"""Tells the alarms that act without a controller what a person wants, where no controller is left to tell them."""

from datetime import UTC, datetime

from automation.fleet.access import AwsAccess
from components.compute.interface import ComputeType
from components.naming import RESCUE_START_PART, RESCUE_STOP_PART, Names
from components.outputs import StackOutputs
from worker.domain.fleet_control import SizeRecord, Terms, Wishes
from worker.domain.rescue import permits


def tell_alarms(
    access: AwsAccess, outputs: StackOutputs, wishes: Wishes, *, look: SizeRecord | None, may_spend: bool
) -> None:
    """Say it where the last look is old, or there never was one; a controller that lives says it within a minute."""
    now = datetime.now(UTC)
    if outputs.compute_type == ComputeType.LAMBDA or (look is not None and not look.is_stale(now)):
        return
    terms = look.terms if look else Terms(minimum=0, maximum=outputs.instances, idle_seconds=None)
    allowed = permits(hold=wishes.hold_at(now), terms=terms, may_spend=may_spend)
    names, client = Names(environment=outputs.environment), access.client("cloudwatch")
    switches = ((RESCUE_START_PART, allowed.starts), (RESCUE_STOP_PART, allowed.stops))
    for part, may_act in switches:
        switch = client.enable_alarm_actions if may_act else client.disable_alarm_actions
        switch(AlarmNames=[names.part(part)])
