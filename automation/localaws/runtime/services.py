"""Pure planner: one service and its tasks in, tasks to start and to stop out.

situation                                 what happens
fewer current tasks than desired          start, as far as the maximum percent allows and the launch gate is open
more current tasks than desired           stop the oldest that aren't protected
tasks of an older deployment              stop them as current ones serve, never below the minimum healthy percent
task failed its health checks             stop it; the next round starts its replacement
service is being deleted                  stop everything, protected or not
"""

from collections.abc import Sequence
from dataclasses import dataclass

from automation.localaws.runtime.observed import Service
from automation.localaws.runtime.rollout import bounds

UNHEALTHY_REASON = "Task failed container health checks"


@dataclass(frozen=True, kw_only=True)
class ServiceTask:
    """A task of the service that is not being stopped."""

    arn: str
    """Of the task."""
    is_current: bool
    """Started by the primary deployment."""
    is_serving: bool
    """Runs, and is healthy where it has a health check."""
    is_settled: bool
    """Became healthy, or lived long enough where it has no health check."""
    is_unhealthy: bool
    """Failed its health checks."""
    is_protected: bool
    """By scale-in protection."""
    started_at: float
    """For order: oldest first."""


@dataclass(frozen=True, kw_only=True)
class Stop:
    """One task to stop."""

    arn: str
    """Of the task."""
    reason: str
    """The stopped reason."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do now."""

    start: int
    """Tasks to start on the current task definition."""
    stops: tuple[Stop, ...]
    """Tasks to stop."""
    respects_protection: bool = True
    """False where stops go through whatever protects a task."""


def plan(service: Service, tasks: Sequence[ServiceTask], *, may_launch: bool) -> Plan:
    """Decide the next step for one service."""
    if not service.is_active:
        reason = f"Service {service.name} is being deleted"
        stops = tuple(Stop(arn=task.arn, reason=reason) for task in tasks)
        return Plan(start=0, stops=stops, respects_protection=False)
    alive = sorted((task for task in tasks if not task.is_unhealthy), key=lambda task: task.started_at)
    current = [task for task in alive if task.is_current]
    old = [task for task in alive if not task.is_current]
    missing = service.desired_count - len(current)
    room = bounds(service).highest - len(alive)
    unhealthy = tuple(Stop(arn=task.arn, reason=UNHEALTHY_REASON) for task in tasks if task.is_unhealthy)
    scaling = f"Scaling activity initiated by (deployment {service.deployment_id})"
    leaving = _surplus(current, -missing) + _retired(service, current, old)
    return Plan(
        start=max(0, min(missing, room)) if may_launch else 0,
        stops=unhealthy + tuple(Stop(arn=task.arn, reason=scaling) for task in leaving),
    )


def is_complete(service: Service, tasks: Sequence[ServiceTask]) -> bool:
    """Tell whether the rollout has arrived: all desired tasks serve, none of an older deployment is left."""
    serving = sum(task.is_current and task.is_serving for task in tasks)
    return serving >= service.desired_count and all(task.is_current for task in tasks)


def has_arrived(service: Service, tasks: Sequence[ServiceTask]) -> bool:
    """Tell whether the rollout is complete and its tasks have shown that they last."""
    return is_complete(service, tasks) and all(task.is_settled for task in tasks)


def _surplus(current: Sequence[ServiceTask], excess: int) -> list[ServiceTask]:
    free = [task for task in current if not task.is_protected]
    return free[: max(0, excess)]


def _retired(
    service: Service, current: Sequence[ServiceTask], old: Sequence[ServiceTask]
) -> list[ServiceTask]:
    free = [task for task in old if not task.is_protected]
    idle = [task for task in free if not task.is_serving]
    working = [task for task in free if task.is_serving]
    serving_now = sum(task.is_serving for task in current)
    serving_old = sum(task.is_serving for task in old)
    limits = bounds(service)
    spare = max(0, serving_now + serving_old - limits.lowest)
    missing = service.desired_count - len(current)
    replaced = len(working) - max(0, service.desired_count - serving_now)
    room_wanted = missing - (limits.highest - len(current) - len(old) + len(idle))
    return idle + working[: max(0, min(spare, max(replaced, room_wanted)))]
