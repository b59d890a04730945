"""Pure: how many tasks a rolling update may hold, and when a failing deployment waits or gives up."""

import math
from dataclasses import dataclass, replace
from typing import Self

from automation.localaws.runtime.observed import Service

SETTLED_SECONDS = 10.0
"""A task without a health check that lived this long counts as started well."""
FIRST_DELAY_SECONDS = 1.0
LONGEST_DELAY_SECONDS = 60.0
BREAKER_LOWEST = 3
BREAKER_HIGHEST = 200
BREAKER_SHARE = 0.5


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Limits on tasks while deploying."""

    lowest: int
    """Serving tasks are not stopped below this."""
    highest: int
    """Tasks are not started above this."""


def bounds(service: Service) -> Bounds:
    """Return the limits as ECS rounds them: the lower up, the upper down."""
    desired = service.desired_count
    return Bounds(
        lowest=math.ceil(desired * service.minimum_healthy_percent / 100),
        highest=math.floor(desired * service.maximum_percent / 100),
    )


def breaker_threshold(desired_count: int) -> int:
    """Return after how many failed tasks the circuit breaker gives up: half the desired count, within 3 and 200."""
    return min(max(math.ceil(desired_count * BREAKER_SHARE), BREAKER_LOWEST), BREAKER_HIGHEST)


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """What the agent remembers of one deployment."""

    deployment_id: str
    """Of the deployment."""
    task_definition: str
    """That it rolls out."""
    previous_good: str = ""
    """Task definition of the last deployment that arrived; empty: none did."""
    failures: int = 0
    """Tasks in a row that ended before they served."""
    waves: int = 0
    """Failures in a row that did not fall into the delay of another: several tasks that fail together are one."""
    retry_at: float = 0.0
    """No launch before this time."""
    has_arrived: bool = False
    """Reached its desired count once."""
    has_given_up: bool = False
    """The circuit breaker stopped it."""

    def may_launch(self, now: float) -> bool:
        """Tell whether a task may be started now."""
        return not self.has_given_up and now >= self.retry_at

    def after_failure(self, now: float, *, time_scale: float) -> Self:
        """Count a task that ended before it served; the delay doubles with each wave of them."""
        counted = replace(self, failures=self.failures + 1)
        if now < self.retry_at:
            return counted
        delay = min(FIRST_DELAY_SECONDS * 2**self.waves, LONGEST_DELAY_SECONDS)
        return replace(counted, waves=self.waves + 1, retry_at=now + delay * time_scale)

    def after_success(self) -> Self:
        """Forget failures: a task serves."""
        return replace(self, failures=0, waves=0, retry_at=0.0) if self.failures else self

    def after_arrival(self) -> Self:
        """Note that the deployment reached its desired count."""
        return self if self.has_arrived else replace(self, has_arrived=True)

    def trips(self, service: Service) -> bool:
        """Tell whether the circuit breaker must act: only on a deployment that never arrived."""
        if not service.has_circuit_breaker or self.has_arrived or self.has_given_up:
            return False
        return self.failures >= breaker_threshold(service.desired_count)

    def after_trip(self) -> Self:
        """Give this deployment up."""
        return replace(self, has_given_up=True)

    def rollback_target(self, service: Service) -> str:
        """Return the task definition to go back to, or nothing."""
        is_possible = service.rolls_back and self.previous_good != self.task_definition
        return self.previous_good if is_possible else ""

    def succeeded_by(self, service: Service) -> "Rollout":
        """Return the memory of the next deployment of the same service."""
        good = self.task_definition if self.has_arrived else self.previous_good
        return Rollout(
            deployment_id=service.deployment_id,
            task_definition=service.task_definition,
            previous_good=good,
        )
