"""Check: inputs against the SDK's schema and AWS's rules, made-up names, default tags."""

import hashlib
from collections.abc import Mapping
from typing import Any

from automation.localaws.handler import ResourceType
from automation.localaws.provider_schema import faults_of, schema_of
from automation.localaws.provider_wire import UNKNOWN, Props, Unknown

SUFFIX_LENGTH = 7


def check(
    kind: ResourceType,
    news: Props,
    olds: Props,
    *,
    seed: bytes,
    logical_name: str,
    default_tags: Mapping[str, str],
) -> tuple[Props, list[tuple[str, str]]]:
    """Return the inputs to keep, and (property, reason) of each fault."""
    schema = schema_of(kind.urn_type)
    props = {name: value for name, value in news.items() if name not in {"__defaults", "tagsAll"}}
    faults = faults_of(schema.inputs, props)
    defaults = _make_up_name(kind, props, olds, seed, logical_name)
    if not faults:
        faults.extend((name, f"{kind.label}: {reason}") for name, reason in kind.check(props))
        faults.extend(_name_faults(kind, props))
    if "tagsAll" in schema.outputs:
        faults.extend(_tag_faults(props.get("tags")))
        props["tagsAll"] = _all_tags(props.get("tags"), default_tags)
    props["__defaults"] = defaults
    return props, faults


def _make_up_name(kind: ResourceType, props: Props, olds: Props, seed: bytes, logical_name: str) -> list[str]:
    if not kind.name or kind.name in props:
        return []
    prefix = props.get(f"{kind.name}Prefix") or f"{logical_name}-"
    if isinstance(prefix, Unknown):
        props[kind.name] = UNKNOWN
        return [kind.name]
    old = olds.get(kind.name)
    if kind.name in olds.get("__defaults", []) and isinstance(old, str) and old.startswith(prefix):
        props[kind.name] = old
        return [kind.name]
    suffix = hashlib.sha256(seed or logical_name.encode()).hexdigest()[:SUFFIX_LENGTH]
    ending = suffix + (".fifo" if props.get("fifoQueue") is True or props.get("fifoTopic") is True else "")
    props[kind.name] = f"{prefix[: kind.name_length - len(ending)]}{ending}"
    return [kind.name]


def _name_faults(kind: ResourceType, props: Props) -> list[tuple[str, str]]:
    name = props.get(kind.name) if kind.name else None
    if isinstance(name, str) and not 1 <= len(name) <= kind.name_length:
        reason = f"{kind.label}: '{kind.name}' must have 1 to {kind.name_length} characters, not {len(name)}"
        return [(kind.name, reason)]
    return []


def _tag_faults(tags: Any) -> list[tuple[str, str]]:
    if not isinstance(tags, Mapping):
        return []
    faults = []
    for name, value in tags.items():
        if not 1 <= len(name) <= 128 or name.lower().startswith("aws:"):
            faults.append(
                ("tags", f"tag name '{name}' must have 1 to 128 characters and not start with 'aws:'")
            )
        if isinstance(value, str) and len(value) > 256:
            faults.append(("tags", f"the value of tag '{name}' is longer than 256 characters"))
    return faults


def _all_tags(tags: Any, default_tags: Mapping[str, str]) -> Any:
    if isinstance(tags, Unknown):
        return UNKNOWN
    if not isinstance(tags, Mapping | None):
        return dict(default_tags)  # a fault was found already
    return {**default_tags, **(tags or {})}
