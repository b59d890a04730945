"""Pure: the containers of a task, as ECS wants them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.config import StackConfig
from components.naming import PROJECT
from components.port_numbers import GATEWAY_PORT, OLLAMA_PORT
from worker.domain.settings import WorkerSettings

WORKER_CONTAINER = "worker"
OLLAMA_CONTAINER = "ollama"

SCRATCH_VOLUME = "scratch"
SCRATCH_PATH = "/tmp"  # noqa: S108 - the one writable folder of a read-only task, private to it
MODELS_PATH = "/models"
"""Where the sidecar's image holds its model."""

MODEL_LOAD_SECONDS = 300
"""The longest grace that ECS gives a container to become healthy."""

UNUSED_CAPABILITIES = (
    *("AUDIT_WRITE", "FSETID", "MKNOD", "NET_BIND_SERVICE"),
    *("NET_RAW", "SETFCAP", "SETPCAP", "SYS_CHROOT"),
)
"""What a container has by default and a worker never needs. It keeps the right to become another user: untrusted code
runs as one that owns nothing, the only wall around files where the kernel has no Landlock."""

_HEALTH_PROBE = "import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/health', timeout=4)"


@dataclass(frozen=True, kw_only=True)
class TaskBlueprint:
    """What a task is made of, once the names are known."""

    settings: WorkerSettings
    """What the worker is told."""
    worker_image: str
    """Image of the worker."""
    ollama_image: str
    """Image of the sidecar; empty without one."""
    log_group: str
    """Log group of all containers."""
    region: str
    """Region of the log group."""
    stop_timeout_seconds: int
    """Between SIGTERM and SIGKILL."""
    gpus: int = 0
    """GPUs of the task; they belong to the container that runs the model."""


def settings_of(config: StackConfig, addresses: Mapping[str, Any]) -> WorkerSettings:
    """Put together what a worker is told: sizes and times from the stack's settings, addresses from its resources."""
    return WorkerSettings(
        **addresses,
        concurrency=config.concurrency,
        visibility_timeout_seconds=config.visibility_timeout_seconds,
        maximum_attempts=config.maximum_attempts,
        repository_concurrency=config.repository_concurrency,
        engine_concurrency=config.engine_concurrency,
        job_timeout_seconds=config.job_timeout_seconds,
        job_budget_seconds=config.job_budget_seconds,
        receive_wait_seconds=config.receive_wait_seconds,
        drain_grace_seconds=config.drain_grace_seconds,
        drain_deadline_seconds=config.drain_deadline_seconds,
        sandbox=config.sandbox,
        engine=config.engine,
        ollama_url=f"http://127.0.0.1:{OLLAMA_PORT}",
        model=config.model,
        gateway_port=GATEWAY_PORT,
        metrics_namespace=PROJECT,
        traces_endpoint=config.traces_endpoint,
        github_app_id=config.github_app_id,
        github_api_url=config.github_api_url,
        github_web_url=config.github_web_url,
    )


def container_definitions(blueprint: TaskBlueprint) -> list[dict[str, Any]]:
    """Return the worker and, where there is an image for it, the Ollama sidecar."""
    gpus: dict[str, Any] = (
        {"resourceRequirements": [{"type": "GPU", "value": str(blueprint.gpus)}]} if blueprint.gpus else {}
    )
    if not blueprint.ollama_image:
        return [_worker(blueprint) | gpus]
    worker = _worker(blueprint) | {
        "dependsOn": [{"containerName": OLLAMA_CONTAINER, "condition": "HEALTHY"}],
    }
    return [worker, _ollama(blueprint) | gpus]


def _worker(blueprint: TaskBlueprint) -> dict[str, Any]:
    # ECS drops variables without a value; the worker reads an absent one just so.
    env = {name: value for name, value in blueprint.settings.to_env().items() if value}
    probe = _HEALTH_PROBE.format(port=GATEWAY_PORT)
    return {
        "name": WORKER_CONTAINER,
        "image": blueprint.worker_image,
        "essential": True,
        # Root of the container, less the capabilities below: only root can give untrusted code a user of its own.
        "user": "root",
        "portMappings": [{"containerPort": GATEWAY_PORT, "hostPort": GATEWAY_PORT, "protocol": "tcp"}],
        "environment": [{"name": name, "value": value} for name, value in sorted(env.items())],
        "readonlyRootFilesystem": True,
        "mountPoints": [{"sourceVolume": SCRATCH_VOLUME, "containerPath": SCRATCH_PATH, "readOnly": False}],
        # An init process reaps what sandboxed code leaves behind.
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"add": [], "drop": list(UNUSED_CAPABILITIES)},
        },
        "healthCheck": _health_check(["CMD", "python", "-c", probe], start_seconds=30),
        "stopTimeout": blueprint.stop_timeout_seconds,
        "logConfiguration": _logs(blueprint, WORKER_CONTAINER),
    }


def _ollama(blueprint: TaskBlueprint) -> dict[str, Any]:
    return {
        "name": OLLAMA_CONTAINER,
        "image": blueprint.ollama_image,
        "essential": True,
        "environment": [
            {"name": "OLLAMA_HOST", "value": f"127.0.0.1:{OLLAMA_PORT}"},
            {"name": "OLLAMA_KEEP_ALIVE", "value": "-1"},  # the model stays loaded while the task lives
            {"name": "OLLAMA_MODELS", "value": MODELS_PATH},
            {"name": "OLLAMA_NOPRUNE", "value": "1"},
        ],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"add": [], "drop": ["ALL"]}},
        "healthCheck": _health_check(["CMD", "ollama", "list"], start_seconds=MODEL_LOAD_SECONDS),
        "stopTimeout": blueprint.stop_timeout_seconds,
        "logConfiguration": _logs(blueprint, OLLAMA_CONTAINER),
    }


def _health_check(command: list[str], *, start_seconds: int) -> dict[str, Any]:
    return {"command": command, "interval": 10, "timeout": 5, "retries": 3, "startPeriod": start_seconds}


def _logs(blueprint: TaskBlueprint, prefix: str) -> dict[str, Any]:
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": blueprint.log_group,
            "awslogs-region": blueprint.region,
            "awslogs-stream-prefix": prefix,
            # Slow logs must not stop the work.
            "mode": "non-blocking",
            "max-buffer-size": "4m",
        },
    }
