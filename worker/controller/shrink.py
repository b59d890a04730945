"""Shrink: the number is lowered by those that were asked and have closed; by force only where nobody answers, or a person or the budget says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.controller.observe import Look
from worker.domain.closing import Ask
from worker.domain.closing_steps import Crew, step_towards
from worker.domain.fleet_control import ServiceState, WorkerSeen
from worker.domain.scaling import IDLE_CEILING_SECONDS
from worker.domain.scaling_terms import Decision, Reason

BY_FORCE = frozenset({Reason.PAUSED, Reason.BUDGET_ZERO})
"""Who says so does not wait for answers."""
UNANSWERED_SECONDS = 100.0
"""A fleet without any work goes so long after its timer at the latest, though its workers don't answer."""
LATEST_SECONDS = IDLE_CEILING_SECONDS - 40.0
"""... and never later than this: the look and the stop take their time, too."""


@dataclass(frozen=True, kw_only=True)
class Shrunk:
    """What is to be set, asked and protected."""

    desired: int
    """Workers to ask of the platform now."""
    ask: Ask
    """What is asked of workers until the next look."""
    spared: tuple[str, ...]
    """Tasks that the platform must not choose."""


def shrunk(
    decision: Decision, look: Look, ask: Ask, service: ServiceState, *, timer_seconds: float
) -> Shrunk:
    """Return how far the decision can be followed now; `timer_seconds` is the idle timer."""
    if decision.desired < service.desired and _is_forced(decision, look, timer_seconds):
        busy = [worker for worker in look.workers or () if worker.running]
        return Shrunk(desired=decision.desired, ask=Ask(), spared=_tasks(busy))
    if look.workers is None:  # who can't read the answers lowers nothing by them
        return Shrunk(desired=max(decision.desired, service.desired), ask=ask, spared=())
    crew = Crew(
        now_seconds=look.observation.now_seconds,
        desired=service.desired,
        present=service.running + service.pending,
        workers=look.workers,
    )
    step = step_towards(decision.desired, ask, crew)
    is_late = step.ask.leaves_until > 0 and crew.present > crew.desired
    others = [worker for worker in look.workers if not _answers(worker, step.ask)]
    spared = _tasks(others) if is_late or step.desired < service.desired else ()
    return Shrunk(desired=step.desired, ask=step.ask, spared=spared)


def _answers(worker: WorkerSeen, ask: Ask) -> bool:
    """Tell whether it has closed for what is asked now; who answered something else may have opened since."""
    return worker.closed_for is not None and worker.closed_for == ask.number_for(
        worker.worker_id, is_new=True
    )


def _tasks(workers: Sequence[WorkerSeen]) -> tuple[str, ...]:
    return tuple(worker.task_arn for worker in workers if worker.task_arn and not worker.is_draining)


def _is_forced(decision: Decision, look: Look, timer_seconds: float) -> bool:
    if decision.reason is not Reason.IDLE_STOP:
        return decision.reason in BY_FORCE
    since = decision.memory.idle_since_seconds
    if since is None:
        return False
    patience = min(timer_seconds + UNANSWERED_SECONDS, LATEST_SECONDS)
    return look.observation.now_seconds - since >= patience
