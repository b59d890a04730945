"""WorkerSettings: the environment contract between the task definition and the worker.

The infrastructure writes `to_env()`, the worker reads `from_env()`, a test holds the two together. Region, credentials and
endpoint are not ours: boto reads AWS_REGION, AWS_ENDPOINT_URL and the rest by itself.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any

from worker.domain.environment import read_variables, variable_of
from worker.domain.errors import SettingsInvalid
from worker.domain.job import Lane

ENGINES = ("builtin", "ollama", "auto")
SANDBOXES = ("auto", "process", "bubblewrap")


@dataclass(frozen=True, kw_only=True)
class WorkerSettings:
    """Everything that a worker is told; each field is the variable DDF_{NAME}."""

    queue_url_high: str
    """URL of the high lane."""
    queue_url_normal: str
    """URL of the normal lane."""
    queue_url_low: str
    """URL of the low lane."""
    dead_letter_queue_url: str
    """URL of the dead-letter queue."""
    results_bucket: str
    """S3 bucket of the results."""
    ledger_table: str
    """DynamoDB table of jobs and attempts."""
    worker_id: str = ""
    """Name in results and logs; empty means host name and process id."""
    concurrency: int = 2
    """Jobs at the same time."""
    visibility_timeout_seconds: int = 60
    """Hold on a message between heartbeats."""
    receive_wait_seconds: int = 20
    """Long poll of an idle lane, 1 to 20; a short one lets a stopping worker leave sooner."""
    maximum_attempts: int = 3
    """Attempts before a failing job is stored as failed; below the queue's maximum receives."""
    repository_concurrency: int = 0
    """Jobs of one repository at the same time, over the whole fleet; 0 sets no limit."""
    job_timeout_seconds: int = 120
    """Longest attempt."""
    job_budget_seconds: int = 8
    """Time for the search within an attempt, where the job names none."""
    drain_grace_seconds: int = 90
    """After SIGTERM: time for running jobs to finish; then they are released."""
    drain_deadline_seconds: int = 110
    """After SIGTERM: the process is gone by then; below the task's stop timeout."""
    engine: str = "builtin"
    """builtin; ollama: its models, from the first to the last; auto: all of them, in the order of what they have achieved."""
    engine_fallback: str = "builtin"
    """Who works where no model is there or nothing of what they propose holds: builtin, or none. Results say so."""
    ollama_url: str = "http://127.0.0.1:11434"
    """Where Ollama's HTTP API answers."""
    model: str = "deepseek-coder:1.3b"
    """Models for the ollama engine, separated by commas, from cheap to strong: the next one is asked where nothing is proved."""
    model_concurrency: int = 2
    """Requests to a model at the same time, of this worker; others wait."""
    engine_concurrency: int = 0
    """Requests to a model at the same time, over the whole fleet; 0 sets no limit."""
    engine_pause_seconds: int = 15
    """How long nobody in the fleet asks a model that failed three times in a row, doubled with each further failure; 0 asks always."""
    memory: str = "on"
    """on: what was proved for the same code, engines, prompts and options is not worked out again; off."""
    sandbox: str = "auto"
    """Least level of the sandbox; a host below it refuses work. process: limits, seccomp, Landlock and a user of its own, as
    far as the host has them; bubblewrap: namespaces on top; auto: the strongest that the host holds."""
    github_app_id: str = ""
    """Id of the GitHub App that repositories are read and answered as; empty: as the owner of a token."""
    github_secret_parameter: str = ""
    """SSM parameter of the App's private key (PEM), or of the token; empty: jobs on repositories are refused. Never the secret itself."""
    github_api_url: str = "https://api.github.com"
    """Where GitHub's REST interface answers."""
    github_web_url: str = "https://github.com"
    """What clone addresses begin with; the scheme is the only one that git may speak."""
    gateway_host: str = "0.0.0.0"  # noqa: S104 - inside the task; its security group admits the VPC link alone
    """Address of the HTTP gateway."""
    gateway_port: int = 8080
    """Port of the HTTP gateway; 0 lets the system choose."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    environment: str = ""
    """The stack's name, for metrics and traces."""
    metrics_namespace: str = ""
    """CloudWatch namespace of the metrics in the log; empty writes none. /metrics answers anyway."""
    traces_endpoint: str = ""
    """Where an OpenTelemetry collector takes OTLP over HTTP, such as http://127.0.0.1:4318; empty sends no traces."""

    @property
    def queue_urls(self) -> dict[Lane, str]:
        """Queue URL of each lane."""
        return {
            Lane.HIGH: self.queue_url_high,
            Lane.NORMAL: self.queue_url_normal,
            Lane.LOW: self.queue_url_low,
        }

    @property
    def has_forge(self) -> bool:
        """Jobs on repositories are served."""
        return bool(self.github_secret_parameter)

    @property
    def models(self) -> tuple[str, ...]:
        """The models, from cheap to strong."""
        return tuple(dict.fromkeys(name.strip() for name in self.model.split(",") if name.strip()))

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "WorkerSettings":
        """Read the variables; raises SettingsInvalid with every fault at once."""
        values, faults = read_variables(cls, env, _whole)
        faults.extend(_range_faults(values))
        if faults:
            raise SettingsInvalid(faults)
        return cls(**values)

    def to_env(self) -> dict[str, str]:
        """Write the variables that `from_env` reads."""
        return {variable_of(field.name): str(getattr(self, field.name)) for field in fields(self)}


def _whole(text: str, _field: Field[Any]) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r}, not a whole number") from None


_LOWEST = {
    "concurrency": 1,
    "visibility_timeout_seconds": 1,
    "receive_wait_seconds": 1,
    "maximum_attempts": 1,
    "repository_concurrency": 0,
    "model_concurrency": 1,
    "engine_concurrency": 0,
    "engine_pause_seconds": 0,
    "job_timeout_seconds": 1,
    "job_budget_seconds": 1,
    "drain_grace_seconds": 0,
    "drain_deadline_seconds": 1,
    "gateway_port": 0,
}
_CHOICES = {
    "engine": ENGINES,
    "engine_fallback": ("builtin", "none"),
    "sandbox": SANDBOXES,
    "memory": ("on", "off"),
    "log_level": ("DEBUG", "INFO", "WARNING", "ERROR"),
}


def _range_faults(values: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{variable_of(key)} is {values[key]}, less than {lowest}"
        for key, lowest in _LOWEST.items()
        if key in values and int(values[key]) < lowest
    ]
    faults += [
        f"{variable_of(key)} is {values[key]!r}, none of {', '.join(choices)}"
        for key, choices in _CHOICES.items()
        if key in values and values[key] not in choices
    ]
    return faults
