"""StackConfig: the settings of a stack, parsed once, with all faults reported together.

Pure, and free of Pulumi, so that the driver finds a mistake in a stack file before it starts the engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from components.choices import Architecture, Balancer, NetworkKind, Spot
from components.compute.interface import ComputeType
from components.config_keys import READERS
from components.config_readers import ConfigFault, Reader, text_like
from components.config_rules import disagreements
from components.function_limits import START_SECONDS, visibility_seconds
from components.naming import PROJECT

LONGEST_ENVIRONMENT = 14
"""Bucket names end at 63 characters, account id included."""


class ConfigInvalid(Exception):
    """The configuration of a stack has faults; all of them are here."""

    def __init__(self, faults: Sequence[ConfigFault]) -> None:
        """Keep every fault, so that all of them are shown together."""
        lines = "\n".join(f"  - {fault}" for fault in faults)
        count = "1 mistake" if len(faults) == 1 else f"{len(faults)} mistakes"
        super().__init__(f"the stack's configuration has {count}:\n{lines}")
        self.faults = tuple(faults)


@dataclass(frozen=True, kw_only=True)
class StackConfig:
    """Everything that a stack can be told; each field is the key `deployer-ddf-mod-llm-models:{field}`."""

    compute_type: ComputeType = ComputeType.ECS_FARGATE
    """What runs the workers."""
    instances: int = 1
    """Workers that a deployment or a start brings up; on Lambda, how many of a lane's batches run at once."""
    cpu: int = 1024
    """CPU units of a task; 1024 are one vCPU. Lambda gives them by memory."""
    memory_mib: int = 4096
    """Memory of a task."""
    architecture: Architecture = Architecture.X86_64
    """Processor of a task; the image must be built for it."""
    spot: Spot = Spot.NONE
    """none; mixed: one worker on demand, three of four others on Spot; only: all on Spot."""
    gpu_instance_type: str = "g4dn.xlarge"
    """Instance type of ec2-gpu; each has one GPU, and runs one worker."""
    warm_pool: int = 0
    """Stopped GPU instances that are kept ready, for the price of their disks; not with Spot."""
    network: NetworkKind = NetworkKind.PUBLIC
    """public: no fixed cost; private-nat and private-endpoints: no address on the internet, and a monthly price."""
    load_balancer: Balancer = Balancer.NONE
    """none: the front door finds workers by Cloud Map; alb: by a balancer within the network, which checks their health."""
    container_insights: bool = False
    """CloudWatch Container Insights of the cluster, billed by metric."""
    engine: str = "ollama"
    """ollama; builtin, which is no LLM; or auto: both, in the order of what they have achieved."""
    model: str = "deepseek-coder:1.3b"
    """Model of the ollama engine, or a few by commas, from cheap to strong; its image holds them."""
    image_tag: str = "0.1.0"
    """Tag of the worker's image in the stack's repository."""
    codebuild: bool = False
    """Have a CodeBuild project that `deploy --build codebuild` makes the images with; it costs only while it builds."""
    concurrency: int = 2
    """Jobs that a worker does at the same time."""
    visibility_timeout_seconds: int = 60
    """Hold on a message between heartbeats."""
    maximum_attempts: int = 3
    """Attempts before a failing job is stored as failed."""
    maximum_receives: int = 6
    """Receives before SQS moves a message to the dead-letter queue; a drain costs one without an attempt."""
    repository_concurrency: int = 0
    """Jobs of one repository at the same time, over the whole fleet; 0 sets no limit."""
    engine_concurrency: int = 0
    """Requests to a model at the same time, over the whole fleet; 0 sets no limit."""
    job_timeout_seconds: int = 120
    """Longest attempt."""
    job_budget_seconds: int = 8
    """Time for the search within an attempt, where the job names none."""
    sandbox: str = "auto"
    """Least sandbox level; a host below it refuses work: auto, process, or bubblewrap, which Fargate can't hold."""
    stop_timeout_seconds: int = 120
    """Time between SIGTERM and SIGKILL; a worker drains within it."""
    results_retention_days: int = 90
    """Days after which results expire."""
    results_versioning: bool = False
    """Keep overwritten and deleted results for a week."""
    log_retention_days: int = 14
    """Days after which log lines expire."""
    traces_endpoint: str = ""
    """Where an OpenTelemetry collector takes OTLP over HTTP; empty sends no traces."""
    auto_stop_minutes: int = 2
    """Idle minutes after which the fleet stops; 0 never. About what a start takes is what an idle worker may cost."""
    maximum_instances: int = 10
    """Most workers that scaling may start; `instances` where that is more."""
    slo_seconds: int = 300
    """Time within which a job should be answered; alarms go off at twice that."""
    alarm_email: str = ""
    """Who is told of alarms; empty tells nobody, the console shows them all the same."""
    alarm_webhook: str = ""
    """https address that is told of alarms and of the budget, once it has confirmed SNS's subscription; empty tells none."""
    monthly_budget_usd: int = 120
    """What a month may cost; told at 50 and 80 %, no more workers at 100 %, none at 120 %; 0 allows nothing."""
    jobs_api: bool = False
    """Take jobs at the front door's /jobs, from callers that sign with IAM."""
    github_repositories: str = ""
    """owner/name or owner/*, by commas: whose webhooks are served at /webhooks/github; empty takes none."""
    github_app: str = ""
    """Slug of the fleet's own GitHub App, so that it is asked again by its checks; empty where there is none."""
    github_webhook_secret: str = ""
    """The webhook's secret, or two by a comma while one replaces the other; set it with --secret. Held here is only that there is one."""
    github_app_id: str = ""
    """Id of the GitHub App whose private key `github_credentials` is; empty where that is a token."""
    github_credentials: str = ""
    """Private key of the GitHub App, or a token, which workers fetch code and answer with; set it with --secret. Held here is only that there is one."""
    github_api_url: str = "https://api.github.com"
    """Where GitHub's REST interface answers; of GitHub Enterprise Server https://HOST/api/v3."""
    github_web_url: str = "https://github.com"
    """Where repositories are cloned from; of GitHub Enterprise Server https://HOST."""
    vpc_cidr: str = "10.20.0.0/20"
    """Address range of the network."""
    protect: bool = False
    """Refuse to destroy the results, the ledger and the queues; keep images from being overwritten."""

    @classmethod
    def parse(cls, values: Mapping[str, str]) -> "StackConfig":
        """Read values by key (without the namespace); raises ConfigInvalid with every fault at once."""
        faults = [_unknown(key, value) for key, value in values.items() if key not in READERS]
        read: dict[str, Any] = {}
        for key, reader in READERS.items():
            if key in values:
                _read_value(key, values[key], reader, read, faults)
        config = cls(**read)
        faults += disagreements(config, {fault.key for fault in faults})
        if faults:
            raise ConfigInvalid(faults)
        return config

    @property
    def engine_model(self) -> str:
        """Name that the gateway gives to what answers: the first model, or the engine that needs none."""
        return self.model.partition(",")[0] if self.engine == "ollama" else "builtin"

    @property
    def has_ingress(self) -> bool:
        """A function takes jobs at the front door."""
        return self.jobs_api or bool(self.github_repositories)

    @property
    def function_timeout_seconds(self) -> int:
        """Longest invocation on Lambda: an attempt, and the start before it."""
        return self.job_timeout_seconds + START_SECONDS

    @property
    def lane_visibility_seconds(self) -> int:
        """Visibility timeout of the lanes; SQS feeds a function only from queues that hide messages longer than it runs."""
        if self.compute_type is ComputeType.LAMBDA:
            return visibility_seconds(self.function_timeout_seconds)
        return self.visibility_timeout_seconds

    @property
    def drain_deadline_seconds(self) -> int:
        """A worker is gone by then after SIGTERM, with room to spare before SIGKILL."""
        return self.stop_timeout_seconds - max(2, self.stop_timeout_seconds // 12)

    @property
    def drain_grace_seconds(self) -> int:
        """Time for running jobs to finish after SIGTERM; the rest of the deadline is for giving back."""
        return self.drain_deadline_seconds - max(2, self.drain_deadline_seconds * 2 // 11)

    @property
    def receive_wait_seconds(self) -> int:
        """Long poll of an idle lane: as long as SQS has it, unless a stopping worker must leave sooner."""
        return min(20, max(1, self.drain_deadline_seconds // 5))


def own_values(config: Mapping[str, object], project: str = PROJECT) -> dict[str, str]:
    """Pick the project's own values out of a stack's whole configuration, without their namespace, as text."""
    prefix = f"{project}:"
    return {
        key.removeprefix(prefix): _as_text(value) for key, value in config.items() if key.startswith(prefix)
    }


def environment_fault(name: str) -> str:
    """Say why a stack can't have this name, or nothing."""
    reader = text_like(r"[a-z]([a-z0-9-]*[a-z0-9])?", "", example="dev")
    try:
        reader.read(name)
    except ValueError:
        return f"the stack's name {name!r} must be small letters, digits and '-', starting with a letter"
    if len(name) > LONGEST_ENVIRONMENT:
        return f"the stack's name {name!r} is longer than {LONGEST_ENVIRONMENT} characters: the bucket's name would not fit"
    return ""


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _unknown(key: str, value: str) -> ConfigFault:
    from difflib import get_close_matches  # noqa: PLC0415 - only for the person who mistyped

    near = get_close_matches(key, READERS, n=1)
    advice = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(READERS)}."
    return ConfigFault(
        key=key, value=value, allowed="no such key", fix=f"{advice} Remove it: pulumi config rm {key}"
    )


def _read_value(key: str, text: str, reader: Reader, read: dict[str, Any], faults: list[ConfigFault]) -> None:
    try:
        read[key] = reader.read(text)
    except ValueError:
        fix = f"For example: pulumi config set {key} {reader.example}"
        faults.append(ConfigFault(key=key, value=text, allowed=reader.allowed, fix=fix))


def known_keys() -> tuple[str, ...]:
    """Return every key, in the order of the fields."""
    return tuple(field.name for field in fields(StackConfig))
