"""How many workers the fleet should have: observation -> scaling policy -> decision, with its reason. Pure.

The controller, the embedded AWS and the simulator all ask this one object. Whoever asks it

* observes SQS and ECS directly, three times a minute (CloudWatch is minutes behind);
* sets the desired number to `Decision.desired` where that differs from what it saw, and stores `Decision.memory` for the next look;
* lowers the desired number only by workers that were asked and have closed (worker.domain.closing), and after it has protected all others;
* on submission raises a desired number of 0 to 1 by itself ("submit wakes"), unless paused or out of budget; the policy takes a
  number that is higher than its own for a launch.

New workers are worth their start only where the present ones can't begin the waiting work within the latency goal:

    shortfall = (waiting + in flight) x service time - what present workers begin within the goal
    desired   = clamp(present + ceil(shortfall / (goal - start)), busy, maximum), a limited step at a time

From nothing that is the usual ceil(backlog x service / (goal - start)). Workers that take no waiting job until a start just fits into
the goal have long ones: they are not counted on. Workers leave only when nothing waits: those without a job after `surplus_seconds`, the last one after the idle timer.
"""

from dataclasses import dataclass
from typing import NamedTuple

from worker.domain.errors import SettingsInvalid
from worker.domain.scaling_capacity import Pace, further_workers, latest, starting_seconds, whole_workers
from worker.domain.scaling_history import Launch, Memory
from worker.domain.scaling_terms import Budget, Decision, Observation, Reason

__all__ = ["Budget", "Decision", "Memory", "Observation", "Reason", "ScalingPolicy"]

IDLE_CEILING_SECONDS = 900.0
"""The promise: an idle fleet is gone by then."""
LONGEST_IDLE_SECONDS = 780.0
"""Longest timer that is kept: to ask workers, to look and to stop takes its time, too."""
SHORTEST_IDLE_SECONDS = 0.0
"""Shortest timer that is chosen from pauses. SQS's counts are approximate, one zero is none: but the worker is asked first, and the number
is lowered by a later look only, which counts again. So a timer would only pay for the same doubt twice."""
CLOSING_SECONDS = 15.0
"""What it takes from there to ask the worker and to hear it; work that comes meanwhile is done by it."""
SETTLING_SECONDS = 15.0
"""Work for which somebody was just launched may not be in the counts yet: so long nobody is idle for want of it."""
STALL_SERVICES = 2.0
"""Some worker should take the next job within this many mean service times, divided by the workers ..."""
STALL_SECONDS = 60.0
"""... and never sooner than after this time, nor while a start and one more job still fit into the goal."""
STUCK_STARTS = 3.0
"""Workers that take longer than so many starts don't start."""


@dataclass(frozen=True, kw_only=True)
class ScalingPolicy:
    """Settings of the fleet's size; `decide` is a pure function of them, an observation and the memory."""

    minimum: int = 0
    """Workers that are always there."""
    maximum: int = 10
    """Most workers."""
    slo_seconds: float = 300.0
    """Latency goal: a job should begin within this time."""
    idle_seconds: float | None = None
    """Idle timer of the last worker. None: the one that past pauses would have made cheapest; break-even until they are known."""
    surplus_seconds: float = 0.0
    """How long workers without a job stay while others have one."""
    max_step_out: int = 5
    """Most workers added by one decision."""
    max_step_in: int = 5
    """Most workers taken away by one decision."""
    tolerance: float = 0.25
    """No worker is started for less than this part of one worker's share of the work."""
    service_seconds: float = 45.0
    """Time of a job before any was measured."""
    start_seconds: float = 120.0
    """Time of a start before any was measured."""

    def __post_init__(self) -> None:
        """Refuse settings that contradict themselves, all faults together."""
        faults = [text for is_wrong, text in self._faults() if is_wrong]
        if faults:
            raise SettingsInvalid(faults)

    def _faults(self) -> list[tuple[bool, str]]:
        idle = self.idle_seconds
        return [
            (self.minimum < 0, "minimum is negative"),
            (self.maximum < self.minimum, "maximum is below minimum"),
            (not self.slo_seconds > 0, "slo_seconds is not positive"),
            (
                idle is not None and not 0 <= idle <= IDLE_CEILING_SECONDS,
                f"idle_seconds is not within 0 and {IDLE_CEILING_SECONDS:.0f}",
            ),
            (
                not 0 <= self.surplus_seconds <= IDLE_CEILING_SECONDS,
                f"surplus_seconds is not within 0 and {IDLE_CEILING_SECONDS:.0f}",
            ),
            (self.max_step_out < 1 or self.max_step_in < 1, "a step is below 1"),
            (not 0 <= self.tolerance < 1, "tolerance is not within 0 and 1"),
            (not (self.service_seconds > 0 and self.start_seconds > 0), "a time is not positive"),
        ]

    def decide(self, seen: Observation, memory: Memory | None = None) -> Decision:
        """Return the number of workers to have now."""
        known = _remembered(memory or Memory(), seen)
        desired, reason, sentence = self._wanted(seen, known)
        added = desired - seen.desired
        launches = known.launches + ((Launch(at_seconds=seen.now_seconds, count=added),) if added > 0 else ())
        return Decision(
            desired=desired,
            reason=reason,
            sentence=sentence,
            memory=known.after(desired, launches),
        )

    def _wanted(self, seen: Observation, known: Memory) -> "_Wish":
        if seen.budget is Budget.ZERO:
            return _Wish(0, Reason.BUDGET_ZERO, "the budget is overspent: nobody works until it is raised")
        if seen.is_paused:
            return _Wish(seen.desired, Reason.PAUSED, f"set to {seen.desired} by hand")
        if seen.visible is None or seen.in_flight is None:
            return self._blind(seen)
        if seen.is_idle:
            wish = self._at_rest(seen, known)
        elif seen.visible == 0:
            wish = self._surplus(seen, known)
        else:
            wish = self._with_backlog(seen, seen.visible, seen.in_flight, known)
        return self._bounded(seen, wish)

    def _blind(self, seen: Observation) -> "_Wish":
        """Hold what is there: nothing is started or stopped by guess, but a job that is seen to wait gets a worker."""
        if seen.visible and seen.desired == 0 and self.maximum > 0 and seen.budget is Budget.NORMAL:
            return _Wish(1, Reason.WAKE, f"{_jobs(seen.visible)} waiting, how many are in flight is unknown")
        return _Wish(seen.desired, Reason.UNKNOWN, "the queue can't be read: the number is held")

    def _with_backlog(self, seen: Observation, visible: int, in_flight: int, known: Memory) -> "_Wish":
        present = seen.desired
        running = min(present if seen.running is None else max(seen.running, 0), present)
        pace = self._pace(seen, known)
        starting = starting_seconds(
            known.launches,
            count=present - running,
            now_seconds=seen.now_seconds,
            start_seconds=pace.start_seconds,
        )
        if starting and _is_stuck(known, seen.now_seconds, pace):
            text = f"{len(starting)} of {present} workers don't start: no more are asked for until they do"
            return _Wish(present, Reason.NOT_STARTING, text)
        begun = min(in_flight, running * pace.jobs_per_worker)
        work = (visible + in_flight - begun / 2) * pace.service_seconds
        is_stalled = self._is_stalled(seen, known, pace, running)
        share = further_workers(work, running=0 if is_stalled else running, starting=starting, pace=pace)
        least = 1 if present == 0 or (is_stalled and not starting) else 0
        more = max(whole_workers(share, tolerance=self.tolerance), least)
        text = (
            f"{_jobs(visible)} waiting, {in_flight} in flight, {pace.service_seconds:.0f} s each, "
            f"goal {self.slo_seconds:.0f} s"
        )
        if more == 0:
            return _Wish(present, Reason.STEADY, f"{text}: {_workers(present)} can do it")
        return _Wish(present + more, Reason.WAKE if present == 0 else Reason.BACKLOG, text)

    def _is_stalled(self, seen: Observation, known: Memory, pace: Pace, running: int) -> bool:
        """Tell whether those who run have taken no waiting job for so long that they can't be counted on: their jobs are long ones."""
        patience = max(
            STALL_SERVICES * pace.service_seconds / max(running * pace.jobs_per_worker, 1),
            STALL_SECONDS,
            self.slo_seconds - pace.start_seconds - pace.service_seconds,
        )
        return _elapsed(known.stalled_since_seconds, seen.now_seconds) >= patience

    def _surplus(self, seen: Observation, known: Memory) -> "_Wish":
        """Nothing waits, something is under way: those without a job may go."""
        busy = seen.busy_workers
        without = seen.desired - busy
        if without <= 0:
            return _Wish(seen.desired, Reason.STEADY, f"nothing waits, {_workers(busy)} at work")
        text = f"nothing waits, {busy} of {_workers(seen.desired)} at work"
        if _elapsed(known.surplus_since_seconds, seen.now_seconds) < self.surplus_seconds:
            return _Wish(seen.desired, Reason.STEADY, text)
        return _Wish(busy, Reason.SURPLUS, text)

    def _at_rest(self, seen: Observation, known: Memory) -> "_Wish":
        if seen.desired <= self.minimum:
            text = (
                "nothing to do; the next submission wakes the fleet" if self.minimum == 0 else "nothing to do"
            )
            return _Wish(self.minimum, Reason.AT_MINIMUM if self.minimum else Reason.ASLEEP, text)
        elapsed = _elapsed(known.idle_since_seconds, seen.now_seconds)
        timer = self._idle_end(known, seen) - (seen.now_seconds - elapsed)
        if elapsed >= timer:
            return _Wish(self.minimum, Reason.IDLE_STOP, f"nothing to do for {elapsed:.0f} s")
        text = f"nothing to do for {elapsed:.0f} s; stops at {timer:.0f} s"
        if elapsed >= self.surplus_seconds and seen.desired > 1:
            return _Wish(1, Reason.SURPLUS, text)
        return _Wish(seen.desired, Reason.IDLE_WAIT, text)

    def idle_timer_seconds(self, memory: Memory, seen: Observation | None = None) -> float:
        """Return how long the last worker stays without work."""
        if self.idle_seconds is not None:
            return min(self.idle_seconds, LONGEST_IDLE_SECONDS)
        start = self._start_seconds(seen, memory)
        timer = memory.pauses.cheapest_timer_seconds(
            start_seconds=start,
            shortest_seconds=SHORTEST_IDLE_SECONDS,
            closing_seconds=CLOSING_SECONDS,
        )
        return min(timer, LONGEST_IDLE_SECONDS)

    def idle_end_seconds(self, decision: Decision, seen: Observation) -> float | None:
        """Return when the idle timer is over that a decision waits for; None where it waits for none."""
        if decision.reason is not Reason.IDLE_WAIT or decision.memory.idle_since_seconds is None:
            return None
        return self._idle_end(decision.memory, seen)

    def _idle_end(self, memory: Memory, seen: Observation) -> float:
        since = seen.now_seconds if memory.idle_since_seconds is None else memory.idle_since_seconds
        settled = memory.launches[-1].at_seconds + SETTLING_SECONDS if memory.launches else since
        return max(since + self.idle_timer_seconds(memory, seen), settled)

    def _pace(self, seen: Observation, known: Memory) -> Pace:
        overdue = max((seen.oldest_age_seconds or 0.0) - self.slo_seconds, 0.0)
        start = self._start_seconds(seen, known)
        service = seen.service_seconds or known.service_seconds or self.service_seconds
        return Pace(
            service_seconds=service,
            start_seconds=start,
            horizon_seconds=max(self.slo_seconds - overdue, min(self.slo_seconds, start + service)),
            jobs_per_worker=max(seen.jobs_per_worker, 1),
        )

    def _start_seconds(self, seen: Observation | None, known: Memory) -> float:
        return (seen.start_seconds if seen else None) or known.start_seconds or self.start_seconds

    def _bounded(self, seen: Observation, wish: "_Wish") -> "_Wish":
        """Keep a wish within budget, bounds and steps, and never below the workers with a job."""
        desired, reason, text = wish
        if desired > self.maximum:
            desired, reason, text = self.maximum, Reason.AT_MAXIMUM, f"{text}; the maximum is {self.maximum}"
        if desired < self.minimum:
            desired, reason = self.minimum, Reason.AT_MINIMUM
        if desired > seen.desired and seen.budget is Budget.FROZEN:
            desired, reason, text = (
                seen.desired,
                Reason.BUDGET_FROZEN,
                f"{text}; the budget is spent: no more workers",
            )
        desired = min(desired, seen.desired + self.max_step_out)
        if reason is not Reason.IDLE_STOP:
            desired = max(desired, seen.desired - self.max_step_in)
        return _Wish(max(desired, min(seen.busy_workers, seen.desired)), reason, text)


class _Wish(NamedTuple):
    """A number with its reason, before bounds."""

    desired: int
    reason: Reason
    sentence: str


def _remembered(memory: Memory, seen: Observation) -> Memory:
    known = memory.looked(seen.now_seconds, is_idle=seen.is_idle, has_surplus=seen.has_surplus)
    known = known.watched(seen.now_seconds, visible=seen.visible, is_running=seen.running != 0)
    launches = known.launches
    if known.decided is not None and seen.desired > known.decided:
        launches += (Launch(at_seconds=seen.now_seconds, count=seen.desired - known.decided),)
    return known.taught(
        launches=launches if seen.running is None else latest(launches, seen.desired - seen.running),
        service_seconds=seen.service_seconds or known.service_seconds,
        start_seconds=seen.start_seconds or known.start_seconds,
    )


def _is_stuck(known: Memory, now_seconds: float, pace: Pace) -> bool:
    """Tell whether somebody should have been there long ago: no capacity, a quota, an image that can't be pulled."""
    if not known.launches:
        return False
    return now_seconds - known.launches[0].at_seconds > STUCK_STARTS * pace.start_seconds


def _elapsed(since: float | None, now_seconds: float) -> float:
    return 0.0 if since is None else now_seconds - since


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"{count} workers"
