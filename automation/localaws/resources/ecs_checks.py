"""ECS: what AWS refuses in a task definition."""

import re
from typing import Any

from automation.localaws.handler import Faults, known, one_of, within
from automation.localaws.provider_cloud import parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.ecs_shapes import FARGATE_MEMORY_MIB

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")


def check_name(props: Props, name: str = "name") -> Faults:
    """Check the grammar that ECS has for names."""
    text = known(props, name)
    if isinstance(text, str) and not NAME.fullmatch(text):
        yield name, f"'{name}' may hold 1 to 255 letters, digits, hyphens and underscores"


def check_definition(props: Props) -> Faults:
    """Check names, containers and what Fargate demands."""
    yield from check_name(props, "family")
    yield from one_of(props, "networkMode", ("awsvpc", "bridge", "host", "none"))
    containers = known(props, "containerDefinitions")
    parsed = parse_json(containers)
    if containers is not None and not (isinstance(parsed, list) and parsed):
        yield "containerDefinitions", "'containerDefinitions' must be a JSON list of containers"
    for container in parsed or []:
        if isinstance(container, dict):
            yield from within(container, "stopTimeout", 0, 120)
        missing = [
            name for name in ("name", "image") if not (isinstance(container, dict) and container.get(name))
        ]
        if missing:
            yield "containerDefinitions", f"a container lacks {' and '.join(missing)}"
    if "FARGATE" in (known(props, "requiresCompatibilities") or []):
        yield from _fargate_faults(props, parsed)


def _fargate_faults(props: Props, containers: Any) -> Faults:
    if known(props, "networkMode") not in {None, "awsvpc"} or "networkMode" not in props:
        yield "networkMode", "Fargate needs 'networkMode' awsvpc"
    yield from ((name, f"Fargate needs '{name}'") for name in ("cpu", "memory") if name not in props)
    yield from _size_faults(props)
    has_secrets = any(isinstance(item, dict) and item.get("secrets") for item in containers or [])
    if has_secrets and "executionRoleArn" not in props:
        yield "executionRoleArn", "containers with secrets need 'executionRoleArn'"


def _size_faults(props: Props) -> Faults:
    cpu, memory = known(props, "cpu"), known(props, "memory")
    allowed = FARGATE_MEMORY_MIB.get(str(cpu))
    if cpu is not None and allowed is None:
        yield "cpu", f"Fargate has no {cpu} CPU units: choose one of {', '.join(FARGATE_MEMORY_MIB)}"
    elif allowed is not None and memory is not None and str(memory) not in allowed:
        yield "memory", f"Fargate has no {memory} MiB with {cpu} CPU units: {allowed[0]} to {allowed[-1]}"
