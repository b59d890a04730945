"""Decide: what people set by hand first, then the scaling policy; and what is expected to happen next."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from worker.domain.fleet_control import Hold
from worker.domain.scaling import ScalingPolicy
from worker.domain.scaling_history import Memory
from worker.domain.scaling_terms import Budget, Decision, Observation, Reason


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """A decision, and what comes next."""

    decision: Decision
    """Of the policy, or of a person."""
    next_at: datetime | None
    """When the size changes next if nothing happens; None: not by time."""
    next_change: str
    """What happens then, or what it waits for."""


def decide(policy: ScalingPolicy, seen: Observation, memory: Memory, hold: Hold | None) -> Ruling:
    """Ask the policy; a hold sets the number instead, as far as the budget allows."""
    if hold is None:
        decision = policy.decide(seen, memory)
        next_at, next_change = _expected(policy, seen, decision)
        return Ruling(decision=decision, next_at=next_at, next_change=next_change)
    desired = hold.desired
    if seen.budget is Budget.FROZEN:
        desired = min(desired, seen.desired)
    decision = policy.decide(replace(seen, desired=desired, is_paused=True), memory)
    if decision.reason is Reason.PAUSED:
        decision = replace(decision, sentence=held(hold, desired))
    return Ruling(decision=decision, next_at=hold.until, next_change=f"this is kept {hold.end}")


def held(hold: Hold, desired: int) -> str:
    """Say who holds the fleet's size, and why."""
    what = "stopped" if hold.is_stop else f"held at {desired}"
    why = f": {hold.why}" if hold.why else ""
    spent = "; the budget allows no more" if desired < hold.desired else ""
    return f"{what} by {hold.by} since {hold.since:%Y-%m-%d %H:%M} UTC{why}{spent}"


def _expected(policy: ScalingPolicy, seen: Observation, decision: Decision) -> tuple[datetime | None, str]:
    memory = decision.memory
    idle_end = policy.idle_end_seconds(decision, seen)
    if idle_end is not None:
        return _moment(idle_end), f"then the fleet goes to {policy.minimum}, unless work comes"
    if _waits_for_surplus(seen, decision) and memory.surplus_since_seconds is not None:
        end = memory.surplus_since_seconds + policy.surplus_seconds
        return _moment(end), "then workers without a job leave, unless work comes"
    return None, _WAITS_FOR.get(decision.reason, "")


def _waits_for_surplus(seen: Observation, decision: Decision) -> bool:
    return decision.reason is Reason.STEADY and seen.has_surplus is True


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


_WAITS_FOR = {
    Reason.ASLEEP: "the next submission wakes it",
    Reason.AT_MINIMUM: "work that waits brings more",
    Reason.AT_MAXIMUM: "fewer when nothing waits any more",
    Reason.BACKLOG: "fewer when nothing waits any more",
    Reason.WAKE: "the worker starts",
    Reason.STEADY: "more if the goal is missed, fewer when nothing waits",
    Reason.UNKNOWN: "as soon as the queue can be read",
    Reason.NOT_STARTING: "as soon as those that were asked for have started",
    Reason.BUDGET_FROZEN: "fewer when nothing waits any more; more with a higher budget or next month",
    Reason.BUDGET_ZERO: "with a higher budget or next month",
}
