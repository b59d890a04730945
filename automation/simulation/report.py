"""One workload: every scaler on it, the lower bound beside, and what it costs."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from automation.simulation.bound import least_worker_seconds
from automation.simulation.chart import Mark, pareto_chart
from automation.simulation.contest import OURS, SCALERS, Standing, outcome_of, stand
from automation.simulation.functions import LONGEST_SECONDS, run_functions
from automation.simulation.machines import Platform
from automation.simulation.offers import HOURS_A_MONTH, Offer
from automation.simulation.recommendation import Recommendation
from automation.simulation.statistic import Estimate
from automation.simulation.workload import HOUR_SECONDS, Workload
from worker.domain.scaling import ScalingPolicy

FUNCTIONS = "Lambda"


@dataclass(frozen=True, kw_only=True)
class Report:
    """All figures of one workload."""

    workload: str
    """Its name."""
    title: str
    """What it is like."""
    jobs: Estimate
    """Over the seeds, as all that follows."""
    seeds: int
    """Repetitions."""
    span_hours: float
    """Time that it covers."""
    slo_seconds: float
    """The goal."""
    offer: Offer
    """Price and start of one worker."""
    functions: Offer
    """What functions would cost, where the load suits them."""
    standings: tuple[Standing, ...]
    """By scaler, ours first."""
    fluid_bound_hours: Estimate
    """Linear program; the work of a job is to end within the goal."""
    bound_hours: Estimate
    """The same, where a job is to begin within the goal: nobody who meets it can cost less."""

    def usd_per_month(self, standing: Standing) -> float:
        """Return what a scaler's workers cost in a month of such load."""
        offer = self.functions if standing.scaler == FUNCTIONS else self.offer
        return standing.estimate("worker_hours").mean * offer.usd_per_hour * HOURS_A_MONTH / self.span_hours

    def standing(self, scaler: str) -> Standing:
        """Return one scaler's."""
        return next(one for one in self.standings if one.scaler == scaler)

    def chart(self) -> bytes:
        """Draw cost and wait; a PNG file."""
        marks = [
            Mark(
                label=one.scaler,
                hours=one.estimate("worker_hours").mean,
                wait_seconds=max(one.estimate("p99_seconds").mean, 1.0),
                is_ours=one.scaler == OURS,
            )
            for one in self.standings
            if one.scaler != FUNCTIONS
        ]
        title = f"{self.workload}: {self.title} (mean of {self.seeds} seeds)"
        return pareto_chart(
            title, marks, bound_hours=self.fluid_bound_hours.mean, slo_seconds=self.slo_seconds
        )

    def to_dict(self, recommendation: Recommendation | None = None) -> dict[str, Any]:
        """Return everything as plain values."""
        return {
            "workload": self.workload,
            "title": self.title,
            "seeds": self.seeds,
            "jobs": asdict(self.jobs),
            "span_hours": self.span_hours,
            "slo_seconds": self.slo_seconds,
            "offer": asdict(self.offer),
            "fluid_bound_hours": asdict(self.fluid_bound_hours),
            "bound_hours": asdict(self.bound_hours),
            "scalers": [
                {**one.to_dict(), "usd_per_month": self.usd_per_month(one)} for one in self.standings
            ],
            **({"recommendation": asdict(recommendation)} if recommendation else {}),
        }


def report(
    loads: Sequence[Workload],
    policy: ScalingPolicy,
    offer: Offer,
    functions: Offer,
    *,
    scalers: Sequence[str] = tuple(SCALERS),
    say: Callable[[str], None] = lambda _text: None,
) -> Report:
    """Hold the contest on a workload, one drawn for each seed; `functions` is the offer of those, told beside it."""
    platform = Platform(start_seconds=offer.start_seconds, maximum=policy.maximum)
    standings = []
    for name in scalers:
        say(f"{loads[0].name}: {name}, {len(loads)} times ...")
        standings.append(stand(name, loads, policy, platform))
    if all(_suits_functions(load) for load in loads):
        standings.append(_functions(loads, policy, functions))
    say(f"{loads[0].name}: lower bound ...")
    first = loads[0]
    ends = [max((job.arrival_seconds for job in load.jobs), default=0.0) for load in loads]
    return Report(
        workload=first.name,
        title=first.title,
        jobs=Estimate.of([float(len(load.jobs)) for load in loads]),
        seeds=len(loads),
        span_hours=max(first.span_seconds, *ends, HOUR_SECONDS) / HOUR_SECONDS,
        slo_seconds=policy.slo_seconds,
        offer=offer,
        functions=functions,
        standings=tuple(standings),
        fluid_bound_hours=_bound(loads, policy, offer, is_fluid=True),
        bound_hours=_bound(loads, policy, offer, is_fluid=False),
    )


def _bound(loads: Sequence[Workload], policy: ScalingPolicy, offer: Offer, *, is_fluid: bool) -> Estimate:
    known: dict[int, float] = {}
    for load in loads:
        if id(load) not in known:
            known[id(load)] = least_worker_seconds(
                load,
                slo_seconds=policy.slo_seconds,
                start_seconds=offer.start_seconds,
                is_fluid=is_fluid,
            )
    return Estimate.of([known[id(load)] / HOUR_SECONDS for load in loads])


def _suits_functions(load: Workload) -> bool:
    """Lambda ends at 15 minutes; who answers, and who fails, is not modelled."""
    return load.follow_seconds is None and all(
        job.attempts == 1 and job.service_seconds <= LONGEST_SECONDS for job in load.jobs
    )


def _functions(loads: Sequence[Workload], policy: ScalingPolicy, offer: Offer) -> Standing:
    return Standing(
        scaler=FUNCTIONS,
        outcomes=tuple(
            outcome_of(
                run_functions(load, maximum=policy.maximum, start_seconds=offer.start_seconds),
                policy.slo_seconds,
            )
            for load in loads
        ),
    )
