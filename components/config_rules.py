"""Pure: values that are right by themselves and wrong together.

Each rule names its keys, the one to change first; a rule about a key that is wrong by itself stays silent.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.choices import Architecture, Balancer, NetworkKind, Spot
from components.compute.interface import ComputeType
from components.config_readers import ConfigFault
from components.fargate_sizes import MEMORY_MIB_OF_CPU, describe_memory
from components.function_limits import (
    LARGEST_BATCH,
    LARGEST_MEMORY_MIB,
    LONGEST_JOB_SECONDS,
    SMALLEST_CONCURRENCY,
)
from components.gpu_instances import GPU_INSTANCES

if TYPE_CHECKING:
    from components.config import StackConfig

SMALLEST_OLLAMA_MEMORY_MIB = 4096
"""A 1.3 B model in 4 bits, its context and the worker beside it."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What several values must agree on."""

    keys: tuple[str, ...]
    """The keys, the one to change first."""
    is_kept: bool
    """Whether they agree."""
    allowed: str
    """What is allowed, and why."""


def disagreements(config: "StackConfig", faulty: AbstractSet[str]) -> list[ConfigFault]:
    """Find all that does not agree."""
    rules = [*_rules_of_all(config), *_rules_of_github(config), *_RULES_OF_TYPE[config.compute_type](config)]
    return [
        ConfigFault(
            key=rule.keys[0],
            value=str(getattr(config, rule.keys[0])),
            allowed=rule.allowed,
            fix=f"Change {rule.keys[0]}",
        )
        for rule in rules
        if not rule.is_kept and faulty.isdisjoint(rule.keys)
    ]


def _rules_of_all(config: "StackConfig") -> Iterator[Rule]:
    is_gpu = config.compute_type is ComputeType.EC2_GPU
    yield Rule(
        keys=("memory_mib", "engine"),
        is_kept=config.engine == "builtin" or config.memory_mib >= SMALLEST_OLLAMA_MEMORY_MIB,
        allowed=f"the {config.engine} engine needs {SMALLEST_OLLAMA_MEMORY_MIB} or more",
    )
    yield Rule(
        keys=("maximum_attempts", "maximum_receives"),
        is_kept=config.maximum_attempts < config.maximum_receives,
        allowed=f"must be less than maximum_receives ({config.maximum_receives}), else SQS ends jobs before the worker does",
    )
    yield Rule(
        keys=("job_budget_seconds", "job_timeout_seconds"),
        is_kept=config.job_budget_seconds < config.job_timeout_seconds,
        allowed=f"must be less than job_timeout_seconds ({config.job_timeout_seconds})",
    )
    yield Rule(
        keys=("image_tag", "protect"),
        is_kept=not (config.protect and config.image_tag == "latest"),
        allowed="a protected stack's images can't be overwritten, so 'latest' would stay the first one for ever",
    )
    yield Rule(
        keys=("warm_pool", "compute_type"),
        is_kept=config.warm_pool == 0 or is_gpu,
        allowed=f"only {ComputeType.EC2_GPU} has instances to keep warm: must be 0 for {config.compute_type}",
    )


def _rules_of_github(config: "StackConfig") -> Iterator[Rule]:
    yield Rule(
        keys=("github_webhook_secret", "github_repositories"),
        is_kept=bool(config.github_webhook_secret) or not config.github_repositories,
        allowed="without it anybody could send deliveries: pulumi config set --secret github_webhook_secret",
    )
    yield Rule(
        keys=("github_credentials", "github_app_id"),
        is_kept=bool(config.github_credentials) or not config.github_app_id,
        allowed="the App needs its private key: pulumi config set --secret github_credentials < key.pem",
    )
    api, web = (urlsplit(url).netloc.lower() for url in (config.github_api_url, config.github_web_url))
    yield Rule(
        keys=("github_api_url", "github_web_url"),
        is_kept=api in {web, f"api.{web}"},
        allowed=f"must be of the same GitHub as github_web_url ({config.github_web_url}): the same host, or api. before it;"
        " else the token of one would go to the other",
    )
    yield Rule(
        keys=("network", "github_credentials"),
        is_kept=not config.github_credentials or config.network is not NetworkKind.PRIVATE_ENDPOINTS,
        allowed="workers must reach GitHub: a network with endpoints alone has no way out",
    )


def _rules_of_fargate(config: "StackConfig") -> Iterator[Rule]:
    yield Rule(
        keys=("cpu", "compute_type"),
        is_kept=config.cpu in MEMORY_MIB_OF_CPU,
        allowed=f"Fargate has only {', '.join(map(str, MEMORY_MIB_OF_CPU))}",
    )
    if config.cpu in MEMORY_MIB_OF_CPU:
        yield Rule(
            keys=("memory_mib", "cpu"),
            is_kept=config.memory_mib in MEMORY_MIB_OF_CPU[config.cpu],
            allowed=f"with cpu {config.cpu} Fargate has {describe_memory(config.cpu)}",
        )


def _rules_of_gpu(config: "StackConfig") -> Iterator[Rule]:
    instance, name = GPU_INSTANCES[config.gpu_instance_type], config.gpu_instance_type
    yield Rule(
        keys=("architecture", "compute_type"),
        is_kept=config.architecture is Architecture.X86_64,
        allowed=f"the GPU instances are {Architecture.X86_64}",
    )
    yield Rule(
        keys=("cpu", "gpu_instance_type"),
        is_kept=config.cpu <= instance.cpu,
        allowed=f"a {name} has {instance.cpu}",
    )
    yield Rule(
        keys=("memory_mib", "gpu_instance_type"),
        is_kept=config.memory_mib <= instance.task_memory_mib,
        allowed=f"a {name} has {instance.task_memory_mib} left for a task",
    )
    yield Rule(
        keys=("warm_pool", "spot"),
        is_kept=config.warm_pool == 0 or config.spot is Spot.NONE,
        allowed=f"EC2 keeps no warm pool for Spot instances: must be 0 with spot {config.spot}, or spot must be {Spot.NONE}",
    )


def _rules_of_lambda(config: "StackConfig") -> Iterator[Rule]:
    yield Rule(
        keys=("engine", "compute_type"),
        is_kept=config.engine == "builtin",
        allowed="must be builtin: a function is one container, without a sidecar for a model",
    )
    yield Rule(
        keys=("memory_mib", "compute_type"),
        is_kept=config.memory_mib <= LARGEST_MEMORY_MIB,
        allowed=f"Lambda has {LARGEST_MEMORY_MIB} at most",
    )
    yield Rule(
        keys=("job_timeout_seconds", "compute_type"),
        is_kept=config.job_timeout_seconds <= LONGEST_JOB_SECONDS,
        allowed=f"must be {LONGEST_JOB_SECONDS} or less: a function is stopped after 15 minutes, start included",
    )
    yield Rule(
        keys=("instances", "compute_type"),
        is_kept=config.instances == 0 or config.instances >= SMALLEST_CONCURRENCY,
        allowed=f"must be 0 or {SMALLEST_CONCURRENCY} and more: Lambda can't be held to less",
    )
    yield Rule(
        keys=("concurrency", "compute_type"),
        is_kept=config.concurrency <= LARGEST_BATCH,
        allowed=f"must be {LARGEST_BATCH} or less: SQS hands a function no more at once",
    )
    yield from _choices_of_lambda(config)


def _choices_of_lambda(config: "StackConfig") -> Iterator[Rule]:
    yield Rule(
        keys=("spot", "compute_type"),
        is_kept=config.spot is Spot.NONE,
        allowed=f"Lambda knows no Spot: must be {Spot.NONE}",
    )
    yield Rule(
        keys=("load_balancer", "compute_type"),
        is_kept=config.load_balancer is Balancer.NONE,
        allowed=f"the front door calls the function itself: must be {Balancer.NONE}",
    )
    yield Rule(
        keys=("sandbox", "compute_type"),
        is_kept=config.sandbox != "bubblewrap",
        allowed="a function can't make namespaces: must be auto or process",
    )


_RULES_OF_TYPE = {
    ComputeType.ECS_FARGATE: _rules_of_fargate,
    ComputeType.EC2_GPU: _rules_of_gpu,
    ComputeType.LAMBDA: _rules_of_lambda,
}
