"""Lambda behind a queue: nothing idles, nothing is scaled by us; concurrency grows from five by 300 a minute (event source mapping)."""

import heapq

from automation.simulation.machines import Meter
from automation.simulation.workload import Workload

FIRST_CONCURRENCY = 5
CONCURRENCY_A_SECOND = 5.0
WARM_SECONDS = 300.0
"""An environment that had work within this time starts at once: an assumption, AWS promises nothing."""
LONGEST_SECONDS = 900.0
"""No function runs longer."""


def run_functions(workload: Workload, *, maximum: int, start_seconds: float) -> Meter:
    """Serve a workload by functions; what is billed are jobs and cold starts."""
    meter = Meter()
    environments: list[float] = []
    busy_since = float("-inf")
    for job in workload.jobs:
        now = job.arrival_seconds
        if not environments or environments[0] < now - WARM_SECONDS:
            busy_since = now
        allowed = min(maximum, int(FIRST_CONCURRENCY + (now - busy_since) * CONCURRENCY_A_SECOND))
        begin, cold = now, start_seconds
        if environments and (environments[0] <= now or len(environments) >= allowed):
            free = heapq.heappop(environments)
            begin = max(now, free)
            cold = 0.0 if begin - free <= WARM_SECONDS else start_seconds
        heapq.heappush(environments, begin + cold + job.service_seconds)
        meter.waits.append(begin + cold - now)
        meter.billed_seconds += cold + job.service_seconds
        meter.work_seconds += job.service_seconds
        meter.launches += cold > 0
    return meter
