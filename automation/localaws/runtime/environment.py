"""The environment of a container's process: what the task definition says and what ECS would add, nothing inherited but PATH."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from automation.localaws.runtime.observed import Container, Task

SECRET_ARN_PARTS = 7
"""arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME; up to three more: JSON key, version stage, version id."""


class SecretUnavailable(Exception):
    """A secret that the container needs can't be read."""


DEPLOYER: Mapping[str, str] = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""Whoever comes with these may do all."""


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """Where the container's AWS calls go, and as whom."""

    endpoint: str
    """URL of the embedded AWS."""
    region: str
    """Region name."""
    credentials: Mapping[str, str] = field(default_factory=lambda: DEPLOYER)
    """Variables of whoever calls."""


def container_environment(
    *, task: Task, container: Container, cloud: Cloud, secrets: Mapping[str, str], port: int
) -> dict[str, str]:
    """Return the process's whole environment."""
    return {
        **_bare(),
        **container.environment,
        **_overrides(task, container),
        **secrets,
        **_on(cloud),
        "ECS_TASK_ARN": task.arn,
        "DDF_WORKER_ID": task.id[:8],
        "DDF_GATEWAY_HOST": "127.0.0.1",
        "DDF_GATEWAY_PORT": str(port),
    }


def function_environment(name: str, variables: Mapping[str, str], *, cloud: Cloud) -> dict[str, str]:
    """Return the whole environment of a function's process: what it is configured with and what Lambda would add."""
    return {
        **_bare(),
        **variables,
        **_on(cloud),
        "AWS_LAMBDA_FUNCTION_NAME": name,
    }


def _bare() -> dict[str, str]:
    """Return all that is inherited."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"}


def _on(cloud: Cloud) -> dict[str, str]:
    """Return what leads every AWS client to the embedded AWS, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,
        **cloud.credentials,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _overrides(task: Task, container: Container) -> dict[str, str]:
    override = container_override(task, container)
    return {entry["name"]: entry["value"] for entry in override.get("environment") or []}


def container_override(task: Task, container: Container) -> Mapping[str, Any]:
    """Return what RunTask overrides of this container."""
    overrides = task.overrides.get("containerOverrides") or []
    return next((entry for entry in overrides if entry.get("name") == container.name), {})


@dataclass(frozen=True, kw_only=True)
class SecretStores:
    """Reads of secrets, one per store."""

    read_parameter: Callable[[str], str]
    """SSM parameter name or ARN to its value; raises SecretUnavailable."""
    read_secret: Callable[[str], str]
    """Secrets Manager ARN to its value; raises SecretUnavailable."""

    def resolve(self, container: Container) -> dict[str, str]:
        """Return the values of all the container's secrets; raises SecretUnavailable."""
        return {name: self._resolve_one(source) for name, source in container.secrets.items()}

    def _resolve_one(self, source: str) -> str:
        if ":secretsmanager:" not in source:
            return self.read_parameter(source)
        parts = source.split(":")
        value = self.read_secret(":".join(parts[:SECRET_ARN_PARTS]))
        json_key = parts[SECRET_ARN_PARTS] if len(parts) > SECRET_ARN_PARTS else ""
        return _pick(value, json_key, source) if json_key else value


def _pick(value: str, key: str, source: str) -> str:
    try:
        return str(json.loads(value)[key])
    except (ValueError, KeyError, TypeError):
        raise SecretUnavailable(f"secret {source} has no JSON key {key}") from None
