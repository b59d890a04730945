"""IngressSettings: the environment contract between the ingress function and the infrastructure, as ControllerSettings is for the controller."""

from collections.abc import Mapping
from dataclasses import Field, dataclass
from typing import Any

from worker.domain.environment import read_variables, written_variables
from worker.domain.errors import SettingsInvalid


@dataclass(frozen=True, kw_only=True)
class IngressSettings:
    """Everything that ingress is told; each field is the variable DDF_{NAME}. The secret itself is not among them: it is read when needed."""

    queue_url_high: str
    """URL of the high lane."""
    queue_url_normal: str
    """URL of the normal lane."""
    queue_url_low: str
    """URL of the low lane."""
    results_bucket: str
    """S3 bucket of requests and results."""
    ledger_table: str
    """DynamoDB table."""
    cluster: str = ""
    """ECS cluster that a submission wakes; empty where Lambda needs no waking."""
    service: str = ""
    """ECS service that a submission wakes."""
    controller: str = ""
    """Function that sets the fleet's size, which a submission has look at once; empty where there is none."""
    instances: int = 1
    """Workers that a start brings up."""
    webhook_secret_parameter: str = ""
    """SSM parameter of the webhook's secret, or of two by a comma while one replaces the other; empty takes no webhooks."""
    github_repositories: str = ""
    """owner/name or owner/*, by commas: the repositories that are served."""
    github_app: str = ""
    """Slug of the fleet's own GitHub App; empty where there is none."""
    requests_a_minute: int = 60
    """Submissions of one caller of /jobs, over a minute."""

    @property
    def repositories(self) -> tuple[str, ...]:
        """The list."""
        return tuple(entry.strip() for entry in self.github_repositories.split(",") if entry.strip())

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "IngressSettings":
        """Read the variables; raises SettingsInvalid with every fault at once."""
        values, faults = read_variables(cls, env, _whole)
        if faults:
            raise SettingsInvalid(faults)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Write the variables that `from_env` reads; what is empty has none."""
        return written_variables(self)


def _whole(text: str, _field: Field[Any]) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r}, not a whole number from 0")
    return int(text)
