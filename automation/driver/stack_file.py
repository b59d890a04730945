"""Reads and checks a stack's file before the engine starts: a mistake is told in a tenth of a second, all together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from automation.errors import UsageFault
from components.config import ConfigInvalid, StackConfig
from components.naming import PROJECT

REGION_KEY = "aws:region"


def read_stack_file(path: Path) -> dict[str, str]:
    """Return the config of a stack file as text by full key; raises UsageFault where it is no stack file."""
    try:
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as missing:
        raise UsageFault(
            f"there is no {path.name}",
            why="a stack needs its file beside Pulumi.yaml",
            next_step="choose one of the environments that have a file, or copy Pulumi.dev.yaml",
            reference="stack-file-missing",
        ) from missing
    except (YAMLError, UnicodeDecodeError) as fault:
        raise UsageFault(
            f"{path.name} is not valid YAML",
            why=str(fault),
            next_step="correct it there",
            reference="stack-file-invalid",
        ) from fault
    config = document.get("config", {}) if isinstance(document, Mapping) else None
    if not isinstance(config, Mapping):
        raise UsageFault(
            f"{path.name} has no `config` mapping",
            next_step="correct it there",
            reference="stack-file-invalid",
        )
    return {str(key): _text(value) for key, value in config.items()}


def check_config(values: Mapping[str, str], *, file_name: str) -> StackConfig:
    """Parse the product's own keys and the region; raises UsageFault with every fault."""
    own = {
        key.removeprefix(f"{PROJECT}:"): value
        for key, value in values.items()
        if key.startswith(f"{PROJECT}:")
    }
    faults: list[str] = []
    config: StackConfig | None = None
    try:
        config = StackConfig.parse(own)
    except ConfigInvalid as invalid:
        faults += [str(fault) for fault in invalid.faults]
    faults += region_faults(values.get(REGION_KEY))
    if faults or config is None:
        raise UsageFault(
            f"{file_name} and the options have {len(faults)} mistake{'s' if len(faults) > 1 else ''}",
            why="\n".join(f"- {fault}" for fault in faults),
            next_step=f"correct {file_name} or the options; nothing was changed",
            reference="config-invalid",
        )
    return config


def set_value(path: Path, key: str, value: str) -> None:
    """Set one key of a stack file, whose comments and order stay; it is there whole, or as it was."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    document = yaml.load(path.read_text(encoding="utf-8"))
    document["config"][key] = DoubleQuotedScalarString(value)
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    beside.replace(path)


def region_faults(region: str | None) -> list[str]:
    """Return what is wrong with a region: it must be one that botocore knows ECS to be in."""
    if not region:
        return [f"{REGION_KEY} is missing"]
    from automation.aws_session import unprofiled_session  # noqa: PLC0415 - slow to load, and only needed here

    session = unprofiled_session()
    known = {
        name
        for partition in ("aws", "aws-us-gov", "aws-cn")
        for name in session.get_available_regions("ecs", partition)
    }
    if region in known:
        return []
    close = sorted(name for name in known if name[:5] == region[:5]) or sorted(known)[:6]
    return [f"{REGION_KEY} is {region!r}, which is no AWS region (for example {', '.join(close[:6])})"]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
