"""What an estimate has to assume of use, each figure with where it comes from. Whoever knows better says so."""

from dataclasses import dataclass

ASSUMED_SERVICE_SECONDS = 45.0
"""A job of a 1.3 B model on two vCPU; what a stack has measured is taken instead."""
DUTY_HOURS_A_MONTH = 195.0
"""Eight hours on 22 days, and what bursts add: 26.7 % of a month."""
STORED_RESULTS_GB = 10.0
LOGS_GB_A_MONTH = 2.0
LEDGER_GB = 1.0
WORKER_IMAGE_GB = 0.5
MODEL_IMAGE_GB = 2.5
IMAGE_BUILD_MINUTES_A_MONTH = 40.0
"""Two new tags of both images, ten minutes each; a month without a new tag has none."""
NAT_GB_A_MONTH = 5.0
ALB_CAPACITY_UNITS = 0.25
INSIGHTS_METRICS = 6
"""What the original plan counts for Container Insights; a busy cluster has more."""
START_SECONDS = 120.0
"""From a wish to a worker that works: image pull included, which is billed."""


@dataclass(frozen=True, kw_only=True)
class RequestsPerJob:
    """What one job asks of the services that charge by request; counted in the code, on the safe side."""

    sqs: float = 5.0
    """Send, receive, heartbeat, acknowledge; empty long polls of a fleet that runs are the rest."""
    dynamodb_writes: float = 14.0
    """Write units: job and index, attempt, end in a transaction (which counts twice), tally, worker's report."""
    dynamodb_reads: float = 8.0
    """Read units."""
    s3_puts: float = 3.0
    """Request, result, memory."""
    s3_gets: float = 3.0
    """The same, read."""
    http: float = 1.0
    """Requests through the front door."""


@dataclass(frozen=True, kw_only=True)
class UseOfFleet:
    """What a fleet is used for."""

    workers: int = 1
    """Workers that are busy in a busy hour."""
    concurrency: int = 1
    """Jobs that a worker does at the same time."""
    service_seconds: float = ASSUMED_SERVICE_SECONDS
    """What a job takes."""
    service_source: str = "assumed"
    """assumed, given, or measured with how many jobs."""
    hours_a_month: float = DUTY_HOURS_A_MONTH
    """Hours in which the fleet runs."""
    requests: RequestsPerJob = RequestsPerJob()
    """What a job asks for besides a worker's time."""

    @property
    def worker_hours_per_thousand(self) -> float:
        """Hours of workers for 1,000 jobs, when they are busy."""
        return 1000.0 * self.service_seconds / 3600.0 / max(self.concurrency, 1)
