"""The production scaling policy beside its peers on W1 to W9, ten seeds each, with ratios to KEDA and to the lower bound.

    python bench/scaling_policies.py [--seeds 10] [--first-seed 0] [--workload W1]... [--charts FOLDER] [--json FILE]

Figures are simulated and repeatable: only the time that it takes depends on the machine (minutes of CPU, told at the end, in two processes).
Other first seeds show whether what was reached holds for loads on which nobody tuned anything.
"""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from automation.simulation.contest import OURS, UNASKED, Standing
from automation.simulation.offers import offers
from automation.simulation.report import Report, report
from automation.simulation.statistic import Estimate
from automation.simulation.workloads import WORKLOADS, workload
from components.prices import read_prices
from worker.domain.scaling import ScalingPolicy

KEDA = "KEDA queueLength 5"
POLICY = ScalingPolicy()
OFFERS = offers(read_prices())


def measured(name: str, first: int, seeds: int) -> tuple[Report, float]:
    """One workload, drawn for each seed, and the seconds of CPU that it took."""
    began = time.process_time()
    loads = [workload(name, seed) for seed in range(first, first + seeds)]
    one = report(loads, POLICY, OFFERS["ecs-fargate"], OFFERS["lambda"])
    return one, time.process_time() - began


def show(one: Report) -> None:
    """Print the table of one workload."""
    keda = one.standing(KEDA).estimate("worker_hours").mean
    bound = one.fluid_bound_hours.mean
    print(
        f"\n{one.workload} {one.title}: {one.jobs} jobs, {one.seeds} seeds, goal {one.slo_seconds:.0f} s; "
        f"bound {one.bound_hours.mean:.1f} h, fluid {bound:.1f} h"
    )
    print(
        f"{'scaler':22} {'hours':>14} {'$/month':>9} {'/KEDA5':>7} {'/bound':>7} {'p50':>9} {'p95':>9} {'p99':>11} "
        f"{'late':>6} {'killed':>7} {'cut off':>8} {'tail':>8} {'starts/job':>10}"
    )
    for standing in sorted(one.standings, key=lambda each: each.estimate("worker_hours").mean):
        hours = standing.estimate("worker_hours")
        print(
            f"{standing.scaler:22} {f'{hours.mean:.1f} ± {hours.margin:.1f}':>14} {one.usd_per_month(standing):9.2f} "
            f"{hours.mean / keda:7.2f} {hours.mean / bound:7.2f} "
            f"{standing.estimate('p50_seconds')!s:>9} {standing.estimate('p95_seconds')!s:>9} "
            f"{standing.estimate('p99_seconds')!s:>11} {standing.estimate('missed_share').mean:6.1%} "
            f"{standing.estimate('killed').mean:7.1f} {standing.estimate('interrupted').mean:8.1f} "
            f"{standing.worst('idle_tail_seconds'):8.0f} {standing.estimate('launches_per_job').mean:10.2f}"
        )


def verdicts(reports: dict[str, Report], scaler: str) -> list[tuple[str, bool]]:
    """Return what was to be reached, and whether this scaler did."""
    found = []
    for name in ("W1", "W4"):
        if name in reports:
            ours, keda = reports[name].standing(scaler), reports[name].standing(KEDA)
            ratio = ours.estimate("worker_hours").mean / keda.estimate("worker_hours").mean
            p99, theirs = ours.estimate("p99_seconds").mean, keda.estimate("p99_seconds").mean
            apart, spread = _by_seed(ours, keda)
            found.append(
                (
                    f"{name}: cost {ratio:.3f} x KEDA(5), by seed {apart.mean:.3f} ± {apart.margin:.3f}, at most 0.70",
                    ratio <= 0.7,
                )
            )
            found.append(
                (
                    f"{name}: p99 {p99:.0f} s, KEDA(5) {theirs:.0f} s, by seed {spread.mean:+.1f} ± {spread.margin:.1f} s",
                    p99 <= theirs,
                )
            )
    if "W1" in reports:
        one = reports["W1"]
        hours = one.standing(scaler).estimate("worker_hours").mean
        fluid, strict = hours / one.fluid_bound_hours.mean, hours / one.bound_hours.mean
        found.append(
            (f"W1: {fluid:.2f} x LP bound ({strict:.2f} x the stricter one), at most 1.40", fluid <= 1.4)
        )
    killed = sum(one.standing(scaler).worst("killed") for one in reports.values())
    tail = max(one.standing(scaler).worst("idle_tail_seconds") for one in reports.values())
    found.append((f"all: {killed:.0f} jobs killed by us, at most 0", killed == 0))
    found.append((f"all: longest idle tail {tail:.0f} s, at most 900", tail <= 900))
    return found


def _by_seed(ours: Standing, theirs: Standing) -> tuple[Estimate, Estimate]:
    """Both had the same loads: return the ratio of cost and the difference of p99, with the intervals of the pairs."""
    pairs = list(zip(ours.outcomes, theirs.outcomes, strict=True))
    return (
        Estimate.of([one.worker_hours / other.worker_hours for one, other in pairs]),
        Estimate.of([one.p99_seconds - other.p99_seconds for one, other in pairs]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--workload", action="append", choices=list(WORKLOADS))
    parser.add_argument("--charts", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    names = given.workload or list(WORKLOADS)
    reports: dict[str, Report] = {}
    seconds = 0.0
    with ProcessPoolExecutor(max_workers=2) as pool:
        firsts, counts = [given.first_seed] * len(names), [given.seeds] * len(names)
        for name, (one, took) in zip(names, pool.map(measured, names, firsts, counts), strict=True):
            reports[name] = one
            seconds += took
            show(one)
            sys.stdout.flush()
            if given.charts:
                given.charts.mkdir(parents=True, exist_ok=True)
                (given.charts / f"scaling-{name}.png").write_bytes(one.chart())
    for scaler in (OURS, UNASKED):
        print(f"\n{scaler}")
        for text, is_reached in verdicts(reports, scaler):
            print(f"{'reached' if is_reached else 'MISSED '}  {text}")
    print(f"\n{seconds / 60:.1f} minutes of CPU")
    if given.json:
        given.json.write_text(json.dumps([one.to_dict() for one in reports.values()], indent=1))


if __name__ == "__main__":
    main()
