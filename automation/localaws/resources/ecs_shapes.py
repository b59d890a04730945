"""ECS: between Pulumi's flat properties and AWS's nested ones."""

import json
from collections.abc import Mapping
from typing import Any

from automation.localaws.provider_cloud import parse_json
from automation.localaws.provider_wire import Props
from automation.localaws.resources.shapes import picked
from automation.localaws.resources.tags import unpaired


def _range(low_gib: int, high_gib: int, step_gib: int = 1) -> tuple[str, ...]:
    return tuple(str(gib * 1024) for gib in range(low_gib, high_gib + 1, step_gib))


FARGATE_MEMORY_MIB: Mapping[str, tuple[str, ...]] = {
    "256": ("512", "1024", "2048"),
    "512": _range(1, 4),
    "1024": _range(2, 8),
    "2048": _range(4, 16),
    "4096": _range(8, 30),
    "8192": _range(16, 60, 4),
    "16384": _range(32, 120, 8),
}
"""Fargate's CPU units, each with the memory it may have."""

PLAIN: tuple[str, ...] = (
    "family",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "runtimePlatform",
)
PLAIN += ("executionRoleArn", "taskRoleArn", "ephemeralStorage", "ipcMode", "pidMode", "placementConstraints")


def definition_settings(props: Props) -> Props:
    """Return what RegisterTaskDefinition takes."""
    settings = picked(props, PLAIN)
    settings["containerDefinitions"] = parse_json(props["containerDefinitions"])
    if props.get("volumes"):
        settings["volumes"] = [_volume(volume) for volume in props["volumes"]]
    return settings


def _volume(volume: Props) -> Props:
    shaped: Props = {"name": volume["name"]}
    if volume.get("hostPath"):
        shaped["host"] = {"sourcePath": volume["hostPath"]}
    if volume.get("efsVolumeConfiguration"):
        shaped["efsVolumeConfiguration"] = volume["efsVolumeConfiguration"]
    return shaped


def read_definition(answer: Mapping[str, Any], props: Props) -> Props:
    """Return the properties of a registered definition; containers as written where AWS only filled in defaults."""
    definition = answer["taskDefinition"]
    arn = definition["taskDefinitionArn"]
    found = {name: definition.get(name) for name in PLAIN}
    written = parse_json(props.get("containerDefinitions"))
    held = definition["containerDefinitions"]
    if written is not None and _contains(held, written):
        found["containerDefinitions"] = props["containerDefinitions"]
    else:
        found["containerDefinitions"] = json.dumps(held)
    return {
        **found,
        "id": definition["family"],
        "arn": arn,
        "arnWithoutRevision": arn.rpartition(":")[0],
        "revision": definition["revision"],
        "volumes": [{"name": volume["name"]} for volume in definition.get("volumes") or []],
        "tagsAll": unpaired(answer.get("tags"), "key", "value"),
    }


def _contains(held: Any, written: Any) -> bool:
    """Whether all that was written is held, whatever AWS added."""
    if isinstance(written, dict):
        return isinstance(held, dict) and all(
            _contains(held.get(name), item) for name, item in written.items() if item not in (None, [], {})
        )
    if isinstance(written, list):
        return (
            isinstance(held, list)
            and len(held) == len(written)
            and all(any(_contains(candidate, item) for candidate in held) for item in written)
        )
    return bool(str(held) == str(written))


def _network_configuration(props: Props) -> Props | None:
    """Return awsvpcConfiguration as AWS nests it."""
    network = props.get("networkConfiguration")
    if not network:
        return None
    shaped: Props = {
        "subnets": network.get("subnets") or [],
        "assignPublicIp": "ENABLED" if network.get("assignPublicIp") else "DISABLED",
    }
    if network.get("securityGroups"):
        shaped["securityGroups"] = network["securityGroups"]
    return {"awsvpcConfiguration": shaped}


def _deployment_configuration(props: Props) -> Props:
    """Return the settings of a roll-out as AWS nests them."""
    settings: Props = {
        "maximumPercent": props.get("deploymentMaximumPercent", 200),
        "minimumHealthyPercent": props.get("deploymentMinimumHealthyPercent", 100),
    }
    if props.get("deploymentCircuitBreaker"):
        settings["deploymentCircuitBreaker"] = props["deploymentCircuitBreaker"]
    if props.get("alarms"):
        alarms = props["alarms"]
        settings["alarms"] = {**picked(alarms, ("enable", "rollback")), "alarmNames": alarms["alarmNames"]}
    return settings


def service_settings(props: Props) -> Props:
    """Return what both CreateService and UpdateService take."""
    settings = picked(
        props, ("cluster", "taskDefinition", "enableExecuteCommand", "healthCheckGracePeriodSeconds")
    )
    settings["deploymentConfiguration"] = _deployment_configuration(props)
    network = _network_configuration(props)
    if network:
        settings["networkConfiguration"] = network
    if props.get("capacityProviderStrategies"):
        settings["capacityProviderStrategy"] = props["capacityProviderStrategies"]
    if props.get("loadBalancers"):
        settings["loadBalancers"] = props["loadBalancers"]
    return settings


def read_service(service: Mapping[str, Any], props: Props) -> Props:
    """Return the properties of a service."""
    deployment = service.get("deploymentConfiguration") or {}
    network = (service.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    found: Props = {
        "id": service["serviceArn"],
        "name": service["serviceName"],
        "arn": service["serviceArn"],
        "cluster": service["clusterArn"],
        "taskDefinition": service["taskDefinition"],
        "desiredCount": service["desiredCount"],
        "deploymentMaximumPercent": deployment.get("maximumPercent"),
        "deploymentMinimumHealthyPercent": deployment.get("minimumHealthyPercent"),
        "deploymentCircuitBreaker": deployment.get("deploymentCircuitBreaker"),
        "capacityProviderStrategies": service.get("capacityProviderStrategy"),
        "enableExecuteCommand": service.get("enableExecuteCommand"),
        "tagsAll": unpaired(service.get("tags"), "key", "value"),
    }
    if network:
        found["networkConfiguration"] = {
            "subnets": network["subnets"],
            "securityGroups": network.get("securityGroups", []),
            "assignPublicIp": network.get("assignPublicIp") == "ENABLED",
        }
    if not props.get("capacityProviderStrategies"):
        found["launchType"] = service.get("launchType")
    written = str(props.get("cluster") or "")
    if written and service["clusterArn"].endswith(f"/{written}"):
        found["cluster"] = written  # the program named the cluster, not its ARN
    return found
