"""ControllerSettings: the environment contract between the controller's function and the infrastructure, as WorkerSettings is for workers."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.domain.budget import Rates
from worker.domain.environment import read_amount, read_variables, written_variables
from worker.domain.errors import SettingsInvalid
from worker.domain.fleet_control import AutoStop, Terms, Wishes
from worker.domain.job import Lane
from worker.domain.scaling import IDLE_CEILING_SECONDS, LONGEST_IDLE_SECONDS, ScalingPolicy


@dataclass(frozen=True, kw_only=True)
class ControllerSettings:
    """Everything that the controller is told; each field is the variable DDF_{NAME}."""

    queue_url_high: str
    """URL of the high lane."""
    queue_url_normal: str
    """URL of the normal lane."""
    queue_url_low: str
    """URL of the low lane."""
    ledger_table: str
    """DynamoDB table."""
    cluster: str
    """ECS cluster."""
    service: str
    """ECS service."""
    instances: int = 1
    """Workers that a start brings up; never fewer where the fleet does not stop by itself."""
    maximum_instances: int = 10
    """Most workers; `instances` where that is more."""
    auto_stop_minutes: float = 2.0
    """Idle minutes after which the fleet stops; 0 never."""
    slo_seconds: float = 300.0
    """Within this time a job should begin."""
    concurrency: int = 1
    """Jobs at the same time within one worker."""
    start_seconds: float = 120.0
    """Time of a start before any was measured."""
    budget_usd: float | None = None
    """Budget of a month; None: nobody set one."""
    worker_hour_usd: float | None = None
    """Price of a worker's hour; None where it has no price."""
    fixed_month_usd: float = 0.0
    """Price of a month in which nothing runs."""
    alarm_topic_arn: str = ""
    """SNS topic that hears of the budget; empty tells nobody."""
    rescue_start_alarm: str = ""
    """Alarm that starts a worker where no controller does; empty where there is none."""
    rescue_stop_alarm: str = ""
    """Alarm that stops idle workers where no controller does; empty where there is none."""

    @property
    def queue_urls(self) -> tuple[str, ...]:
        """All lanes."""
        return (self.queue_url_high, self.queue_url_normal, self.queue_url_low)

    @property
    def lane_urls(self) -> Mapping[Lane, str]:
        """By lane."""
        return dict(zip((Lane.HIGH, Lane.NORMAL, Lane.LOW), self.queue_urls, strict=True))

    @property
    def rates(self) -> Rates:
        """Prices for the meter."""
        return Rates(worker_hour_usd=self.worker_hour_usd, fixed_month_usd=self.fixed_month_usd)

    def terms(self, wishes: Wishes) -> Terms:
        """Return the bounds that hold: what people asked for goes before what was deployed."""
        auto_stop = wishes.auto_stop or AutoStop(minutes=self.auto_stop_minutes)
        deployed = max(self.maximum_instances, self.instances)
        maximum = deployed if wishes.maximum is None else wishes.maximum
        if wishes.minimum is not None:
            minimum = wishes.minimum
            maximum = max(maximum, minimum)
        else:
            minimum = min(self.instances, maximum) if auto_stop.is_never else 0
        idle = None if auto_stop.is_never or auto_stop.minutes is None else 60.0 * auto_stop.minutes
        return Terms(
            minimum=minimum,
            maximum=maximum,
            idle_seconds=None if idle is None else min(idle, LONGEST_IDLE_SECONDS, IDLE_CEILING_SECONDS),
        )

    def policy(self, terms: Terms) -> ScalingPolicy:
        """Return the policy within these bounds."""
        return ScalingPolicy(
            minimum=terms.minimum,
            maximum=terms.maximum,
            idle_seconds=terms.idle_seconds,
            slo_seconds=self.slo_seconds,
            start_seconds=self.start_seconds,
        )

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ControllerSettings":
        """Read the variables; raises SettingsInvalid with every fault at once."""
        values, faults = read_variables(cls, env, read_amount)
        if faults:
            raise SettingsInvalid(faults)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Write the variables that `from_env` reads; what is None or empty has none."""
        return written_variables(self)
