"""SpendingSettings: what the infrastructure tells the function that keeps a fleet of functions within its budget."""

from collections.abc import Mapping
from dataclasses import dataclass

from worker.domain.budget import Rates
from worker.domain.environment import read_amount, read_variables, written_variables
from worker.domain.errors import SettingsInvalid


@dataclass(frozen=True, kw_only=True)
class SpendingSettings:
    """Everything that it is told; each field is the variable DDF_{NAME}."""

    fleet: str
    """Name of the fleet, for people."""
    function_arn: str
    """Lambda function that the workers are."""
    ledger_table: str
    """DynamoDB table."""
    every_seconds: float
    """Time between two looks."""
    instances: int = 0
    """Batches of a lane at once, as deployed; 0: switched off."""
    budget_usd: float | None = None
    """Budget of a month; None: nobody set one."""
    worker_hour_usd: float | None = None
    """Price of an hour of the function; None where it has no price."""
    fixed_month_usd: float = 0.0
    """Price of a month in which nothing runs."""
    alarm_topic_arn: str = ""
    """SNS topic that hears of the budget; empty tells nobody."""

    @property
    def function_name(self) -> str:
        """Last part of its ARN."""
        return self.function_arn.rpartition(":")[2]

    @property
    def rates(self) -> Rates:
        """Prices for the meter."""
        return Rates(worker_hour_usd=self.worker_hour_usd, fixed_month_usd=self.fixed_month_usd)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "SpendingSettings":
        """Read the variables; raises SettingsInvalid with every fault at once."""
        values, faults = read_variables(cls, env, read_amount)
        if faults:
            raise SettingsInvalid(faults)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Write the variables that `from_env` reads; what is None or empty has none."""
        return written_variables(self)
