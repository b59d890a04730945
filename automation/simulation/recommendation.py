"""For a load of one's own: which type, how many workers at most, which idle timer, what it costs a month and what it saves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from automation.simulation.contest import Outcome, outcome_of, simulate
from automation.simulation.functions import LONGEST_SECONDS, run_functions
from automation.simulation.machines import Platform
from automation.simulation.offers import HOURS_A_MONTH, Offer
from automation.simulation.ours import OurScaler
from automation.simulation.peers import AlwaysOn
from automation.simulation.workload import HOUR_SECONDS, Workload
from worker.domain.scaling import ScalingPolicy

MAXIMA = (1, 2, 3, 5, 8, 12, 20, 40)
IDLE_TIMERS_SECONDS = (None, 20.0, 120.0, 300.0, 600.0, 840.0)
"""None: chosen by the policy from past pauses."""
MISSES_ALLOWED = 0.01
"""The goal is met where no more than this share of the jobs waits longer."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to serve the load."""

    compute: str
    """Type of compute."""
    maximum: int
    """Most workers."""
    idle_seconds: float | None
    """Idle timer; None: the policy's own. Of no meaning for lambda."""
    outcome: Outcome
    """What the simulation gave."""
    usd_per_month: float
    """Compute alone, scaled from the span of the trace to 730 hours."""

    def meets_goal(self) -> bool:
        """Tell whether nearly all jobs begin in time."""
        return self.outcome.missed_share <= MISSES_ALLOWED


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What the saving is measured against."""

    workers: int
    """Workers that always run: the fewest that meet the goal; if none do, as many as the largest maximum."""
    meets_goal: bool
    """Whether they do."""
    compute: str
    """Their type."""
    usd_per_month: float
    """What they cost."""


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The cheapest choice that meets the goal, or the one that misses it least."""

    best: Choice
    """What to take."""
    choices: tuple[Choice, ...]
    """The best of each type, the recommended one first."""
    baseline: Baseline
    """To compare with."""

    @property
    def saving(self) -> float:
        """Share of the baseline that is saved; negative where it costs more."""
        return 1 - self.best.usd_per_month / self.baseline.usd_per_month


def recommend(workload: Workload, policy: ScalingPolicy, offers: Mapping[str, Offer]) -> Recommendation:
    """Try maxima, then idle timers, for each type that is offered; the maximum of the policy is the most that is tried."""
    maxima = sorted({maximum for maximum in MAXIMA if maximum < policy.maximum} | {policy.maximum})
    choices = [
        _best(_choices(workload, policy, compute, offer, maxima))
        for compute, offer in offers.items()
        if compute != "lambda" or all(job.service_seconds <= LONGEST_SECONDS for job in workload.jobs)
    ]
    choices.sort(key=_rank)
    best = choices[0]
    compute = next((name for name in offers if name != "lambda"), best.compute)
    return Recommendation(
        best=best,
        choices=tuple(choices),
        baseline=_baseline(workload, policy, compute, offers[compute], maxima),
    )


def _choices(
    workload: Workload, policy: ScalingPolicy, compute: str, offer: Offer, maxima: list[int]
) -> Iterable[Choice]:
    if compute == "lambda":
        return [_by_functions(workload, policy, offer, maximum) for maximum in maxima]
    tried = [_by_workers(workload, replace(policy, maximum=maximum), compute, offer) for maximum in maxima]
    best = _best(tried)
    for idle in IDLE_TIMERS_SECONDS:
        if idle != best.idle_seconds:
            fixed = replace(policy, maximum=best.maximum, idle_seconds=idle)
            tried.append(_by_workers(workload, fixed, compute, offer))
    return tried


def _by_workers(workload: Workload, policy: ScalingPolicy, compute: str, offer: Offer) -> Choice:
    policy = replace(policy, start_seconds=offer.start_seconds)
    platform = Platform(start_seconds=offer.start_seconds, maximum=policy.maximum)
    outcome = simulate(workload, OurScaler(policy), platform=platform, seed=0, slo_seconds=policy.slo_seconds)
    return Choice(
        compute=compute,
        maximum=policy.maximum,
        idle_seconds=policy.idle_seconds,
        outcome=outcome,
        usd_per_month=_monthly(workload, outcome.worker_hours, offer),
    )


def _by_functions(workload: Workload, policy: ScalingPolicy, offer: Offer, maximum: int) -> Choice:
    maximum = max(maximum, 2)  # AWS accepts no maximum concurrency below 2
    meter = run_functions(workload, maximum=maximum, start_seconds=offer.start_seconds)
    outcome = outcome_of(meter, policy.slo_seconds)
    return Choice(
        compute="lambda",
        maximum=maximum,
        idle_seconds=None,
        outcome=outcome,
        usd_per_month=_monthly(workload, outcome.worker_hours, offer),
    )


def _baseline(
    workload: Workload, policy: ScalingPolicy, compute: str, offer: Offer, maxima: list[int]
) -> Baseline:
    workers, is_met = 0, False
    while workers < maxima[-1] and not is_met:
        workers += 1
        platform = Platform(start_seconds=offer.start_seconds, maximum=workers)
        outcome = simulate(
            workload, AlwaysOn(workers), platform=platform, seed=0, slo_seconds=policy.slo_seconds
        )
        is_met = outcome.missed_share <= MISSES_ALLOWED
    return Baseline(
        workers=workers,
        meets_goal=is_met,
        compute=compute,
        usd_per_month=workers * offer.usd_per_hour * HOURS_A_MONTH,
    )


def _monthly(workload: Workload, worker_hours: float, offer: Offer) -> float:
    return worker_hours * offer.usd_per_hour * HOURS_A_MONTH / (workload.span_seconds / HOUR_SECONDS)


def _best(choices: Iterable[Choice]) -> Choice:
    return min(choices, key=_rank)


def _rank(choice: Choice) -> tuple[float, float]:
    """Order by the goal first: those that meet it by cost, the others by how many jobs are late."""
    return (0.0, choice.usd_per_month) if choice.meets_goal() else (choice.outcome.missed_share, 0.0)
