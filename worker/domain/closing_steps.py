"""The controller's part of asking before taking away, see worker.domain.closing. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from worker.domain.closing import Ask
from worker.domain.fleet_control import WorkerSeen
from worker.domain.ledger_schema import WORKER_SILENCE_SECONDS

USABLE_SECONDS = 120.0
"""So long after the ask an answer counts; a worker's lease is longer by the time that the platform has to stop it."""
ANSWER_SECONDS = 60.0
"""So long an answer is waited for."""
LEAVING_SECONDS = 60.0
"""The platform takes no longer to stop whom it was told to; then who was let go may work again."""
LATE_SECONDS = 120.0
"""... but as long as it still has too many it may take so much longer."""
SKEW_SECONDS = 5.0
"""Two controllers' clocks differ by less; an ask from further ahead was made before a clock was set back."""


@dataclass(frozen=True, kw_only=True)
class Crew:
    """Who is there."""

    now_seconds: float
    """Clock of the controller."""
    desired: int
    """Workers asked of the platform."""
    present: int
    """Workers that run or start."""
    workers: Sequence[WorkerSeen]
    """All in the roster that have not said farewell; read after the ask was written."""

    @property
    def now(self) -> int:
        """Milliseconds."""
        return round(self.now_seconds * 1000)

    def age_of(self, number: int) -> float:
        """Seconds since an ask; infinite where it comes from a future that is none."""
        age = (self.now - number) / 1000
        return float("inf") if age < -SKEW_SECONDS else age

    def is_silent(self, worker: WorkerSeen) -> bool:
        """Tell whether it was not heard for so long that nobody knows what it does."""
        return self.now_seconds - worker.seen_at.timestamp() > WORKER_SILENCE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to do now."""

    desired: int
    """Workers to ask of the platform."""
    ask: Ask
    """What to ask of workers until the next look."""


def step_towards(wanted: int, ask: Ask, crew: Crew) -> Step:
    """Return how far the number can be lowered now, and whom to ask next; a higher number is taken at once."""
    kept = _kept(ask, crew)
    if wanted >= crew.desired:
        return Step(desired=wanted, ask=kept)
    excess = crew.desired - wanted
    unborn, leaving = _ready(excess, ask, crew, kept)
    desired = crew.desired - unborn - len(leaving)
    if unborn or leaving:
        kept = _let_go(unborn, leaving, ask, crew, kept)
    return Step(desired=desired, ask=_asked(desired - wanted, ask, crew, kept, desired))


def _kept(ask: Ask, crew: Crew) -> Ask:
    """Return what stands whatever is wanted: who was let go does not work again before the platform had its time."""
    late = ask.leaves_until + round(LATE_SECONDS * 1000)
    patience = late if crew.present > crew.desired else ask.leaves_until
    if not 0 < patience - crew.now <= round((LEAVING_SECONDS + LATE_SECONDS) * 1000):
        return Ask()
    there = {worker.worker_id for worker in crew.workers}
    return Ask(
        let_go={name: number for name, number in ask.let_go.items() if name in there},
        newcomers=None if ask.there is None else ask.newcomers,
        leaves_until=ask.leaves_until,
        there=ask.there,
    )


def _ready(excess: int, ask: Ask, crew: Crew, kept: Ask) -> tuple[int, list[WorkerSeen]]:
    """Return how many that start can go, and who else."""
    if not kept.leaves_until and crew.present > crew.desired:
        return 0, []  # nobody knows whom the platform still has to stop: a deployment, or it is very late
    unborn = min(excess, _unborn(kept, crew, crew.desired)) if ask.newcomers is not None else 0
    return unborn, _closed(ask, crew, kept)[: excess - unborn]


def _let_go(unborn: int, leaving: list[WorkerSeen], ask: Ask, crew: Crew, kept: Ask) -> Ask:
    there = kept.there
    if unborn and there is None:
        there = tuple(worker.worker_id for worker in crew.workers)
    return Ask(
        let_go={**kept.let_go, **{worker.worker_id: worker.closed_for or 0 for worker in leaving}},
        newcomers=None if there is None else ask.newcomers,
        leaves_until=crew.now + round(LEAVING_SECONDS * 1000),
        there=there,
    )


def _is_free(worker: WorkerSeen, crew: Crew, kept: Ask) -> bool:
    """Tell whether it can be asked, or be counted where it answered: not whom the platform may be stopping already."""
    is_known = kept.there is None or worker.worker_id in kept.there
    is_well = not worker.is_draining and not crew.is_silent(worker)
    return is_known and is_well and worker.worker_id not in kept.let_go


def _closed(ask: Ask, crew: Crew, kept: Ask) -> list[WorkerSeen]:
    """Return those that have answered, and whose answer still counts."""
    return [
        worker
        for worker in crew.workers
        if _is_free(worker, crew, kept)
        and worker.closed_for is not None
        and worker.closed_for in (ask.named.get(worker.worker_id), ask.newcomers)
        and crew.age_of(worker.closed_for) <= USABLE_SECONDS
    ]


def _unborn(kept: Ask, crew: Crew, desired: int) -> int:
    """Count those that are asked for and not in the roster; who is silent may work, and counts as there."""
    known = sum(not worker.is_draining and worker.worker_id not in kept.let_go for worker in crew.workers)
    return max(desired - known, 0)


def _asked(fewer: int, ask: Ask, crew: Crew, kept: Ask, desired: int) -> Ask:
    """Ask as many as are still too many: those that start, those that were asked already, then others without a job."""
    if fewer <= 0:
        return kept
    starting = _unborn(kept, crew, desired)
    newcomers = kept.newcomers
    if starting:
        stands = ask.newcomers is not None and crew.age_of(ask.newcomers) <= USABLE_SECONDS
        newcomers = ask.newcomers if stands else crew.now
    idle = sorted(
        (worker for worker in crew.workers if not worker.running and _is_free(worker, crew, kept)),
        key=lambda one: (one.closed_for is None, -one.started_at.timestamp()),
    )
    standing = {
        worker.worker_id: ask.named[worker.worker_id]
        for worker in idle
        if worker.worker_id in ask.named and _is_awaited(worker, ask.named[worker.worker_id], crew)
    }
    others = [worker.worker_id for worker in idle if worker.worker_id not in standing]
    others.sort(key=lambda name: name in ask.named)  # who did not answer comes last
    named = {**standing, **dict.fromkeys(others, crew.now)}
    room = max(fewer - starting, 0)
    return replace(kept, newcomers=newcomers, named=dict(list(named.items())[:room]))


def _is_awaited(worker: WorkerSeen, number: int, crew: Crew) -> bool:
    age = crew.age_of(number)
    return age <= (USABLE_SECONDS if worker.closed_for == number else ANSWER_SECONDS)
