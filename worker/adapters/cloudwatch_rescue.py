"""Lets alarms act, or keeps them from it: a switch of each alarm's own, which stays as it is when nobody is left to set it."""

from typing import Any

from worker.adapters.aws_calls import reported
from worker.domain.rescue import Permits


class CloudWatchRescue:
    """A `worker.scaling_ports.Rescue`; an alarm without a name is one that the stack does not have."""

    def __init__(self, *, client: Any, start_alarm: str, stop_alarm: str) -> None:
        """Use a botocore CloudWatch client."""
        self._client = client
        self._start_alarm = start_alarm
        self._stop_alarm = stop_alarm

    def permit(self, allowed: Permits) -> None:
        """Set both switches."""
        switches = {self._start_alarm: allowed.starts, self._stop_alarm: allowed.stops}
        on = sorted(name for name, may_act in switches.items() if name and may_act)
        off = sorted(name for name, may_act in switches.items() if name and not may_act)
        with reported("say what alarms may do"):
            if off:
                self._client.disable_alarm_actions(AlarmNames=off)
            if on:
                self._client.enable_alarm_actions(AlarmNames=on)
