"""What the work costs at the least: a linear program over all of the future, which no policy can beat within the latency goal.

On a grid of a minute, with fractional workers and no maximum: find the cheapest number of workers x over time such that all work is
served between its arrival and its deadline,

    minimise  sum x + start · sum u      u(t) >= x(t) - x(t-1), u >= 0, x >= 0
    s. t.     served(t) - served(t-1) <= x(t),   due(t) <= served(t) <= arrived(t).

Its dual gives every minute a price such that no worker, launched at any time for however long, earns more than its start; all work
pays the least price within its time. So any such prices prove a bound, however they were found: those of the interior point
are scaled until no worker earns more, and what the work then pays is the bound. Minutes at which nothing can be pending, as
many as a start takes, part the program into independent ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from automation.simulation.linear_program import BandedProgram, Row
from automation.simulation.workload import Job, Workload

SLOT_SECONDS = 60.0
LOOSENESS = 1e-6
"""Bounds of what was served lie so far apart at least: the method needs room. A looser program costs no more."""


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Slots in a row; work is counted in workers times slots."""

    arrived: Sequence[float]
    """Cumulated at the end of each slot."""
    due: Sequence[float]
    """Cumulated at the end of each slot."""


def least_worker_seconds(
    load: Workload, *, slo_seconds: float, start_seconds: float, is_fluid: bool = False
) -> float:
    """Return a lower bound on the worker time for serving all jobs within the goal.

    A job that begins within the goal is in time; `is_fluid` asks that its work ends within the goal, too: no bound for a single job, but what
    the literature calls the limit of a workload.
    """
    if load.follow_seconds is not None:
        pause = min(
            load.follow_seconds, start_seconds
        )  # whoever knows the pauses stays awake or starts again
        return load.work_seconds + pause * (len(load.jobs) - 1) + start_seconds
    start_slots = start_seconds / SLOT_SECONDS
    stretches = _stretches(load.jobs, slo_seconds, start_slots, is_fluid=is_fluid)
    return SLOT_SECONDS * sum(_least(stretch, start_slots) for stretch in stretches)


def _stretches(
    jobs: Sequence[Job], slo_seconds: float, start_slots: float, *, is_fluid: bool
) -> list[Stretch]:
    work = sorted(
        (
            int(job.arrival_seconds // SLOT_SECONDS),
            int(
                (job.arrival_seconds + slo_seconds + (0 if is_fluid else job.shortest_seconds))
                // SLOT_SECONDS
            ),
            job.service_seconds * job.attempts / SLOT_SECONDS,
        )
        for job in jobs
    )
    stretches: list[Stretch] = []
    group: list[tuple[int, int, float]] = []
    last_due = -1
    for one in work:
        if group and one[0] - last_due - 1 >= start_slots:
            stretches.append(_stretch(group))
            group = []
        group.append(one)
        last_due = max(last_due if len(group) > 1 else -1, one[1])
    return [*stretches, _stretch(group)] if group else stretches


def _stretch(group: list[tuple[int, int, float]]) -> Stretch:
    begin, end = group[0][0], max(due for _, due, _ in group)
    arrived, due = [0.0] * (end - begin + 1), [0.0] * (end - begin + 1)
    for arrival_slot, due_slot, work in group:
        arrived[arrival_slot - begin] += work
        due[due_slot - begin] += work
    return Stretch(arrived=_cumulated(arrived), due=_cumulated(due))


def _cumulated(values: Sequence[float]) -> list[float]:
    total, result = 0.0, []
    for value in values:
        total += value
        result.append(total)
    return result


def _least(stretch: Stretch, start_slots: float) -> float:
    """Return a proven bound of one stretch, in workers times slots, starts included."""
    program = _program(stretch, start_slots)
    duals = program.prices()
    prices = [max(duals[6 * slot], 0.0) for slot in range(len(stretch.due))]
    return _paid(_fair(prices, start_slots), stretch)


def _program(stretch: Stretch, start_slots: float) -> BandedProgram:
    """Three variables a slot: u, x and what was served; six rows a slot, the first of which prices the slot."""
    cost: list[float] = []
    rows: list[Row] = []
    bounds: list[float] = []
    for slot, (arrived, due) in enumerate(zip(stretch.arrived, stretch.due, strict=True)):
        launched, workers, served = 3 * slot, 3 * slot + 1, 3 * slot + 2
        cost += [start_slots, 1.0, 0.0]
        before_served: Row = ((served - 3, 1.0),) if slot else ()
        before_workers: Row = ((workers - 3, 1.0),) if slot else ()
        rows += [
            ((workers, 1.0), (served, -1.0), *before_served),
            ((launched, 1.0), (workers, -1.0), *before_workers),
            ((launched, 1.0),),
            ((workers, 1.0),),
            ((served, 1.0),),
            ((served, -1.0),),
        ]
        bounds += [0.0, 0.0, 0.0, 0.0, due - LOOSENESS, -arrived - LOOSENESS]
    return BandedProgram(cost=cost, rows=rows, bounds=bounds)


def _fair(prices: list[float], start_slots: float) -> list[float]:
    """Scale prices about 1 until no worker earns more than its start, whenever it comes and goes."""
    most, running = 0.0, 0.0
    for price in prices:
        running = max(running + price - 1.0, 0.0)
        most = max(most, running)
    share = min(1.0, start_slots / most) if most > 0 else 1.0
    return [1.0 + (price - 1.0) * share for price in prices]


def _paid(prices: list[float], stretch: Stretch) -> float:
    """Return what the work pays: falling prices count what is due, rising ones what has arrived."""
    total = 0.0
    for slot, (price, following) in enumerate(zip(prices, [*prices[1:], 0.0], strict=True)):
        fall = price - following
        total += fall * (stretch.due[slot] if fall > 0 else stretch.arrived[slot])
    return total
