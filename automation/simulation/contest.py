"""Every scaler on the same workloads, seed by seed, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

from automation.simulation.machines import Meter, Platform, Stops
from automation.simulation.ours import OurScaler
from automation.simulation.peers import AlwaysOn, Buildkite, Keda, SkyPilotPool
from automation.simulation.peers_aws import CdkDefault, CdkTuned, TargetTracking
from automation.simulation.statistic import Estimate, quantile
from automation.simulation.workload import HOUR_SECONDS, Workload, seeded
from automation.simulation.world import Scaler, World
from worker.domain.scaling import ScalingPolicy

OURS = "ours"
"""As the controller runs: a submission has it look at once, and a worker says that it has closed before it is stopped."""
UNASKED = "ours, not asking"
"""As it ran once: it looked in its turn, and stopped workers that had no job by their last report."""
Factory = Callable[[ScalingPolicy], Scaler]
SCALERS: Mapping[str, Factory] = {
    OURS: OurScaler,
    UNASKED: lambda policy: OurScaler(policy, stops=Stops.PROTECTED, looks_on_submit=False),
    "KEDA queueLength 5": lambda _policy: Keda(5),
    "KEDA queueLength 1": lambda _policy: Keda(1),
    "AWS target tracking": lambda policy: TargetTracking(policy.slo_seconds, policy.service_seconds),
    "CDK default": lambda _policy: CdkDefault(),
    "CDK tuned steps": lambda _policy: CdkTuned(),
    "CDK tuned, protected": lambda _policy: CdkTuned(stops=Stops.PROTECTED),
    "SkyPilot pool": lambda _policy: SkyPilotPool(),
    "Buildkite scaler": lambda _policy: Buildkite(),
    "always-on 2": lambda _policy: AlwaysOn(2),
}
"""Name -> how to make it; each is told the goal, where it has a place for one."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One simulation in figures."""

    worker_hours: float
    """Paid worker time."""
    work_ratio: float
    """Paid time in units of service time."""
    p50_seconds: float
    """Median wait: completion - arrival - service."""
    p95_seconds: float
    """95 % waited no longer."""
    p99_seconds: float
    """99 % waited no longer."""
    missed_share: float
    """Jobs that waited longer than the goal."""
    killed: float
    """Jobs that lost work because the scaler stopped their worker."""
    dead_lettered: float
    """Jobs given up, for they lost their work ten times."""
    interrupted: float
    """Jobs that lost work because the platform took the machine back."""
    idle_tail_seconds: float
    """Longest time with workers and without work."""
    launches_per_job: float
    """Starts for each job."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One scaler over all seeds of a workload."""

    scaler: str
    """Its name."""
    outcomes: tuple[Outcome, ...]
    """By seed."""

    def estimate(self, figure: str) -> Estimate:
        """Return the mean of one figure of `Outcome`, with its interval."""
        return Estimate.of([getattr(outcome, figure) for outcome in self.outcomes])

    def worst(self, figure: str) -> float:
        """Return the highest value of a figure over the seeds."""
        return float(max(getattr(outcome, figure) for outcome in self.outcomes))

    def to_dict(self) -> dict[str, object]:
        """Return all figures as plain values."""
        figures: dict[str, object] = {"scaler": self.scaler}
        for field in fields(Outcome):
            estimate = self.estimate(field.name)
            figures[field.name] = {
                "mean": estimate.mean,
                "margin": estimate.margin,
                "worst": self.worst(field.name),
            }
        return figures


def simulate(
    workload: Workload, scaler: Scaler, *, platform: Platform, seed: int, slo_seconds: float
) -> Outcome:
    """Run one simulation; the same seed gives the same outcome."""
    meter = World(workload, scaler, platform, seeded(f"machines/{seed}")).run()
    return outcome_of(meter, slo_seconds)


def stand(name: str, workloads: Sequence[Workload], policy: ScalingPolicy, platform: Platform) -> Standing:
    """Run one scaler on a workload of each seed."""
    return Standing(
        scaler=name,
        outcomes=tuple(
            simulate(
                workload,
                SCALERS[name](policy),
                platform=platform,
                seed=seed,
                slo_seconds=policy.slo_seconds,
            )
            for seed, workload in enumerate(workloads)
        ),
    )


def outcome_of(meter: Meter, slo_seconds: float) -> Outcome:
    """Turn what was counted into figures."""
    waits = sorted(meter.waits)
    jobs = max(len(waits), 1)
    return Outcome(
        worker_hours=meter.billed_seconds / HOUR_SECONDS,
        work_ratio=meter.billed_seconds / meter.work_seconds if meter.work_seconds else 0.0,
        p50_seconds=quantile(waits, 0.5),
        p95_seconds=quantile(waits, 0.95),
        p99_seconds=quantile(waits, 0.99),
        missed_share=sum(wait > slo_seconds for wait in waits) / jobs,
        killed=meter.killed,
        dead_lettered=meter.dead_lettered,
        interrupted=meter.interrupted,
        idle_tail_seconds=meter.longest_idle_tail_seconds,
        launches_per_job=meter.launches / jobs,
    )
