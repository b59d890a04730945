"""The workloads W1 to W9, each drawn from a seed.

| name | what | drawn from |
|---|---|---|
| W1 | bursts in office hours | 9 h on 10 of 14 days, 4 bursts an hour (Poisson), each geometric with mean 12 jobs |
| W2 | sparse | one job in 10 minutes (Poisson), day and night |
| W3 | nightly bulk | 600 jobs at two o'clock |
| W4 | mix of functions behind queues | per-minute counts in the manner of the Azure Functions trace of 2019: few functions make most calls, day and night differ, calls come in spells |
| W5 | an hour of code completion | 8,819 calls in 57 minutes with the token counts of the Azure LLM inference trace of 2023 (code) |
| W6 | adversary | each job comes just after the idle timer of break-even has run out |
| W7 | poison and long jobs | one job in ten takes 15 minutes, one in twenty fails three times |
| W8 | flash crowd | 500 jobs at once after eight hours of nothing |
| W9 | storms of spot interruptions | W1, while half of the machines are taken back again and again |

Jobs take a lognormal time with a mean of 45 s (sigma 0.6) where nothing else is said.
"""

import math
import operator
from collections.abc import Callable, Mapping
from random import Random

from automation.simulation.workload import DAY_SECONDS, HOUR_SECONDS, Job, Workload, seeded

MEAN_SERVICE_SECONDS = 45.0
SIGMA = 0.6
OFFICE_OPENS_SECONDS = 9 * HOUR_SECONDS
OFFICE_CLOSES_SECONDS = 18 * HOUR_SECONDS
AZURE_FUNCTIONS = 20
AZURE_WORKERS = 0.16
"""Mean number of busy workers in W4: as much work as W1."""
ADVERSARY_GAP_SECONDS = 145.0
"""Idle timer of 120 s, one look of 20 s, and a little."""
LONG_JOB_SECONDS = 900.0


def workload(name: str, seed: int) -> Workload:
    """Draw one of W1 to W9."""
    return WORKLOADS[name](seeded(f"{name}/{seed}"))


def lognormal(random: Random, mean: float, sigma: float) -> float:
    """Draw from a lognormal distribution with this mean."""
    return random.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)


def _service(random: Random) -> float:
    return lognormal(random, MEAN_SERVICE_SECONDS, SIGMA)


def _poisson(random: Random, per_second: float, begin: float, end: float) -> list[float]:
    moments: list[float] = []
    now = begin
    while True:
        now += random.expovariate(per_second)
        if now >= end:
            return moments
        moments.append(now)


def _geometric(random: Random, mean: float) -> int:
    return 1 + int(math.log(1.0 - random.random()) / math.log(1.0 - 1.0 / mean))


def _office_jobs(random: Random) -> list[Job]:
    jobs: list[Job] = []
    for day in range(14):
        if day % 7 >= 5:
            continue
        opens, closes = day * DAY_SECONDS + OFFICE_OPENS_SECONDS, day * DAY_SECONDS + OFFICE_CLOSES_SECONDS
        for burst in _poisson(random, 4 / HOUR_SECONDS, opens, closes):
            jobs += [Job(burst, _service(random)) for _ in range(_geometric(random, 12))]
    return jobs


def _office(random: Random) -> Workload:
    jobs = _office_jobs(random)
    return Workload(name="W1", title="bursts in office hours", jobs=jobs, span_seconds=14 * DAY_SECONDS)


def _sparse(random: Random) -> Workload:
    moments = _poisson(random, 1 / 600, 0, 14 * DAY_SECONDS)
    jobs = [Job(moment, _service(random)) for moment in moments]
    return Workload(name="W2", title="one job in ten minutes", jobs=jobs, span_seconds=14 * DAY_SECONDS)


def _nightly(random: Random) -> Workload:
    jobs = [
        Job(day * DAY_SECONDS + 2 * HOUR_SECONDS, _service(random)) for day in range(14) for _ in range(600)
    ]
    return Workload(name="W3", title="600 jobs each night", jobs=jobs, span_seconds=14 * DAY_SECONDS)


def _mix_of_functions(random: Random) -> Workload:
    days = 14
    shares = [1 / (rank + 1) ** 1.5 for rank in range(AZURE_FUNCTIONS)]
    drawn = [lognormal(random, 1.0, 1.0) for _ in shares]
    scale = MEAN_SERVICE_SECONDS * sum(shares) / sum(map(operator.mul, shares, drawn))
    jobs: list[Job] = []
    for share, length in zip(shares, drawn, strict=True):
        calls_a_minute = AZURE_WORKERS * 60 / MEAN_SERVICE_SECONDS * share / sum(shares)
        jobs += _calls_of_function(random, days, calls_a_minute, length * scale)
    jobs.sort(key=lambda job: job.arrival_seconds)
    return Workload(name="W4", title="mix of functions", jobs=jobs, span_seconds=days * DAY_SECONDS)


def _calls_of_function(random: Random, days: int, calls_a_minute: float, mean_service: float) -> list[Job]:
    """Spells of calls: on for some minutes, off for some, more by day than by night; a count for each minute."""
    on_share = random.uniform(0.1, 0.6)
    mean_spell = random.choice((3.0, 10.0, 40.0))
    is_on, left, jobs = False, 0.0, []
    for minute in range(days * 24 * 60):
        if left <= 0:
            is_on = not is_on
            left = random.expovariate(1 / (mean_spell if is_on else mean_spell * (1 - on_share) / on_share))
        left -= 1
        if not is_on:
            continue
        by_day = 1 + 0.8 * math.sin(2 * math.pi * (minute / 1440 - 0.25))
        begin = minute * 60.0
        moments = _poisson(random, calls_a_minute / on_share * by_day / 60, begin, begin + 60)
        jobs += [Job(moment, lognormal(random, mean_service, 0.8)) for moment in moments]
    return jobs


def _code_hour(random: Random) -> Workload:
    """Tokens: context 1469 at the median, 7436 at p99; generated 13 and 249; a call takes 1 s + 0.4 ms and 40 ms a token."""
    jobs: list[Job] = []
    calls, minutes = 8819, 57
    weights = [lognormal(random, 1.0, 0.5) for _ in range(minutes)]
    for minute, weight in enumerate(weights):
        per_second = calls * weight / sum(weights) / 60
        for moment in _poisson(random, per_second, minute * 60.0, minute * 60.0 + 60.0):
            context = min(1469 * math.exp(random.gauss(0, 0.75)), 8000)
            generated = min(13 * math.exp(random.gauss(0, 1.27)), 2000)
            jobs.append(Job(HOUR_SECONDS + moment, 1 + 0.0004 * context + 0.04 * generated))
    return Workload(name="W5", title="an hour of code completion", jobs=jobs, span_seconds=4 * HOUR_SECONDS)


def _adversary(random: Random) -> Workload:
    jobs = [Job(0.0, _service(random)) for _ in range(1000)]
    return Workload(
        name="W6",
        title="adversary of the idle timer",
        jobs=jobs,
        span_seconds=0.0,
        follow_seconds=ADVERSARY_GAP_SECONDS,
    )


def _poison(random: Random) -> Workload:
    jobs = []
    for moment in _poisson(random, 6 / HOUR_SECONDS, 0, 7 * DAY_SECONDS):
        is_long = random.random() < 0.1
        attempts = 3 if random.random() < 0.05 else 1
        jobs.append(Job(moment, LONG_JOB_SECONDS if is_long else _service(random), attempts))
    return Workload(name="W7", title="poison and long jobs", jobs=jobs, span_seconds=7 * DAY_SECONDS)


def _flash_crowd(random: Random) -> Workload:
    moments = [eighth * 8 * HOUR_SECONDS + random.uniform(0, 1800) for eighth in range(1, 9)]
    jobs = [Job(moment, _service(random)) for moment in moments for _ in range(500)]
    return Workload(name="W8", title="500 jobs at once", jobs=jobs, span_seconds=3 * DAY_SECONDS)


def _storms(random: Random) -> Workload:
    jobs = _office_jobs(random)
    storms: list[float] = []
    for begin in _poisson(random, 1 / (3 * HOUR_SECONDS), 0, 14 * DAY_SECONDS):
        storms += [begin + minute * 60.0 for minute in (0, 4, 8, 15)]
    return Workload(
        name="W9",
        title="storms of spot interruptions",
        jobs=jobs,
        span_seconds=14 * DAY_SECONDS,
        interruptions_seconds=sorted(storms),
    )


WORKLOADS: Mapping[str, Callable[[Random], Workload]] = {
    "W1": _office,
    "W2": _sparse,
    "W3": _nightly,
    "W4": _mix_of_functions,
    "W5": _code_hour,
    "W6": _adversary,
    "W7": _poison,
    "W8": _flash_crowd,
    "W9": _storms,
}
