"""StackConfig: the settings of a stack, parsed once, with all faults reported together.

Pure, and free of Pulumi, so that the driver finds a mistake in a stack file before it starts the engine.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from components.compute.interface import ComputeType
from components.config_readers import (
    ConfigFault,
    Reader,
    choice_of,
    member_of,
    number_of,
    private_network,
    text_like,
    whole_number,
    yes_or_no,
)
from components.fargate_sizes import MEMORY_MIB_OF_CPU, describe_memory
from components.naming import PROJECT
from worker.domain.settings import ENGINES, SANDBOXES

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs knows."""

SMALLEST_OLLAMA_MEMORY_MIB = 4096
"""A 1.3 B model in 4 bits, its context and the worker beside it."""

MODEL_NAME = r"[a-z0-9][a-z0-9._/-]{0,79}(:[A-Za-z0-9._-]{1,40})?"

LONGEST_ENVIRONMENT = 14
"""Bucket names end at 63 characters, account id included."""


class Spot(StrEnum):
    """How much of the fleet runs on Fargate Spot."""

    NONE = "none"
    MIXED = "mixed"
    ONLY = "only"


class Architecture(StrEnum):
    """Processor of the tasks."""

    X86_64 = "x86_64"
    ARM64 = "arm64"


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
    """Workers that a deployment or a start brings up."""
    cpu: int = 1024
    """CPU units of a task; 1024 are one vCPU."""
    memory_mib: int = 4096
    """Memory of a task."""
    architecture: Architecture = Architecture.X86_64
    """Processor of a task; the image must be built for it."""
    spot: Spot = Spot.NONE
    """none; mixed: one worker on demand, three of four others on Spot; only: all on Spot."""
    container_insights: bool = False
    """CloudWatch Container Insights of the cluster, billed by metric."""
    engine: str = "ollama"
    """ollama; builtin, which is no LLM; or auto: both, in the order of what they have achieved."""
    model: str = "deepseek-coder:1.3b"
    """Model of the ollama engine, or a few by commas, from cheap to strong; its image holds them."""
    image_tag: str = "0.1.0"
    """Tag of the worker's image in the stack's repository."""
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
    auto_stop_minutes: int = 15
    """Idle minutes after which the fleet stops; 0 never."""
    slo_seconds: int = 300
    """Time within which a job should be answered; alarms go off at twice that."""
    alarm_email: str = ""
    """Who is told of alarms; empty tells nobody, the console shows them all the same."""
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
        faults += _disagreements(config, {fault.key for fault in faults})
        if faults:
            raise ConfigInvalid(faults)
        return config

    @property
    def engine_model(self) -> str:
        """Name that the gateway gives to what answers: the first model, or the engine that needs none."""
        return self.model.partition(",")[0] if self.engine == "ollama" else "builtin"

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


READERS: Mapping[str, Reader] = {
    "compute_type": member_of(ComputeType, example=ComputeType.ECS_FARGATE),
    "instances": whole_number(0, 100, example=2),
    "cpu": number_of(tuple(MEMORY_MIB_OF_CPU), example=1024),
    "memory_mib": whole_number(512, 122_880, example=4096),
    "architecture": member_of(Architecture, example=Architecture.ARM64),
    "spot": member_of(Spot, example=Spot.MIXED),
    "container_insights": yes_or_no(example=False),
    "engine": choice_of(ENGINES, example="ollama"),
    "model": text_like(
        rf"(?=.{{1,120}}$){MODEL_NAME}(,{MODEL_NAME}){{0,2}}",  # an image tag ends at 128 characters
        "must be the name of an Ollama model, NAME or NAME:TAG, or up to three by commas",
        example="deepseek-coder:1.3b",
    ),
    "image_tag": text_like(
        r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}",
        "must be an image tag: letters, digits, '_', '.', '-', at most 128",
        example="0.1.0",
    ),
    "concurrency": whole_number(1, 64, example=2),
    "visibility_timeout_seconds": whole_number(10, 43_200, example=60),
    "maximum_attempts": whole_number(1, 100, example=3),
    "maximum_receives": whole_number(1, 1000, example=6),
    "repository_concurrency": whole_number(0, 1000, example=20),
    "engine_concurrency": whole_number(0, 1000, example=20),
    "job_timeout_seconds": whole_number(1, 3600, example=120),
    "job_budget_seconds": whole_number(1, 3600, example=8),
    "sandbox": choice_of(SANDBOXES, example="auto"),
    "stop_timeout_seconds": whole_number(6, 120, example=120),
    "results_retention_days": whole_number(1, 3650, example=90),
    "results_versioning": yes_or_no(example=False),
    "log_retention_days": number_of(LOG_RETENTION_DAYS, example=14),
    "traces_endpoint": text_like(
        r"(https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w./-]*)?)?",
        "must be the http(s) address of an OpenTelemetry collector, or empty",
        example="http://127.0.0.1:4318",
    ),
    "auto_stop_minutes": whole_number(0, 1440, example=15),
    "slo_seconds": whole_number(10, 43_200, example=300),
    "alarm_email": text_like(
        r"([^@\s]+@[^@\s]+\.[^@\s]+)?", "must be an e-mail address, or empty", example="team@example.com"
    ),
    "vpc_cidr": private_network(),
    "protect": yes_or_no(example=True),
}
"""How each key is read; a test holds it together with the fields."""


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


def _disagreements(config: StackConfig, faulty: AbstractSet[str]) -> list[ConfigFault]:
    """Find values that are right by themselves and wrong together; the first key is the one to change."""
    checks = (
        (
            ("memory_mib", "cpu"),
            config.memory_mib in MEMORY_MIB_OF_CPU[config.cpu],
            f"with cpu {config.cpu} Fargate has {describe_memory(config.cpu)}",
        ),
        (
            ("memory_mib", "engine"),
            config.engine == "builtin" or config.memory_mib >= SMALLEST_OLLAMA_MEMORY_MIB,
            f"the {config.engine} engine needs {SMALLEST_OLLAMA_MEMORY_MIB} or more",
        ),
        (
            ("maximum_attempts", "maximum_receives"),
            config.maximum_attempts < config.maximum_receives,
            f"must be less than maximum_receives ({config.maximum_receives}), else SQS ends jobs before the worker does",
        ),
        (
            ("job_budget_seconds", "job_timeout_seconds"),
            config.job_budget_seconds < config.job_timeout_seconds,
            f"must be less than job_timeout_seconds ({config.job_timeout_seconds})",
        ),
        (
            ("image_tag", "protect"),
            not (config.protect and config.image_tag == "latest"),
            "a protected stack's images can't be overwritten, so 'latest' would stay the first one for ever",
        ),
    )
    return [
        ConfigFault(
            key=keys[0], value=_as_text(getattr(config, keys[0])), allowed=allowed, fix=f"Change {keys[0]}"
        )
        for keys, is_right, allowed in checks
        if not is_right and faulty.isdisjoint(keys)
    ]


def known_keys() -> tuple[str, ...]:
    """Return every key, in the order of the fields."""
    return tuple(field.name for field in fields(StackConfig))
