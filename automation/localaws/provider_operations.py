"""Create, read, update, delete of any type of the table, in plain values; knows no gRPC."""

from collections.abc import Mapping
from dataclasses import dataclass

from automation.localaws.handler import Change, ResourceType
from automation.localaws.provider_cloud import Cloud, is_gone
from automation.localaws.provider_diff import FREE_MAPS, compare, same, settle
from automation.localaws.provider_schema import input_kinds, schema_of
from automation.localaws.provider_wire import UNKNOWN, Props

HIDDEN = frozenset({"__defaults"})


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource as the engine is told of it."""

    id: str
    """Id of the resource."""
    outputs: Props
    """All properties."""
    fault: Exception | None = None
    """What failed after it was created: the next update completes it."""


def preview_create(kind: ResourceType, inputs: Props, region: str) -> Props:
    """Return inputs, defaults, and an unknown for all that only the cloud will know."""
    outputs: Props = dict.fromkeys(schema_of(kind.urn_type).outputs - HIDDEN, UNKNOWN)
    for name in input_kinds(schema_of(kind.urn_type).inputs):
        if name in FREE_MAPS:
            outputs.pop(name, None)
    return {**_with_region(outputs, region), **kind.defaults, **_visible(inputs)}


def preview_update(old: Props, inputs: Props) -> Props:
    """Return what will stand afterwards: in-place changes touch no computed property."""
    return {**old, **_visible(inputs)}


def create(kind: ResourceType, cloud: Cloud, inputs: Props) -> Made:
    """Create, settle what follows, and read back."""
    resource_id = kind.create(cloud, inputs)
    try:
        kind.finish(cloud, resource_id, inputs)
        return Made(id=resource_id, outputs=_outputs(kind, cloud, resource_id, inputs, {}))
    except Exception as fault:  # noqa: BLE001 - it exists: whatever failed, the engine must record it
        return Made(id=resource_id, outputs={**_visible(inputs), "region": cloud.region}, fault=fault)


def update(kind: ResourceType, cloud: Cloud, resource_id: str, states: tuple[Props, Props, Props]) -> Props:
    """Change in place; states are old outputs, old inputs and new inputs."""
    old, old_inputs, new = states
    changed = compare(kind, old_inputs or old, new).changed
    change = Change(id=resource_id, old=old, new=new, changed=changed)
    if kind.retag and changed & {"tags", "tagsAll"}:
        before, after = old.get("tagsAll") or {}, new.get("tagsAll") or {}
        kind.retag(cloud, resource_id, old, after, sorted(before.keys() - after.keys()))
    if kind.update and changed - ({"tags", "tagsAll"} if kind.retag else set()):
        kind.update(cloud, change)
    if not changed:  # its creation failed half-way
        kind.finish(cloud, resource_id, new)
    return _outputs(kind, cloud, resource_id, new, old)


def delete(kind: ResourceType, cloud: Cloud, resource_id: str, props: Props) -> None:
    """Remove; what is gone already is as wanted."""
    try:
        kind.delete(cloud, resource_id, props)
    except Exception as fault:
        if not is_gone(fault):
            raise


def read(
    kind: ResourceType,
    cloud: Cloud,
    resource_id: str,
    states: tuple[Props, Props],
    default_tags: Mapping[str, str],
) -> tuple[str, Props, Props] | None:
    """Return (id, outputs, inputs) as they are; None where it is gone. Without known state it is an import."""
    known, old_inputs = states
    try:
        found = kind.read(cloud, resource_id, known)
    except Exception as fault:
        if is_gone(fault):
            return None
        raise
    found = _with_tags(found, old_inputs, default_tags)
    resource_id = str(found.pop("id", resource_id))
    outputs = {**known, **{name: settle(known.get(name), value, name) for name, value in found.items()}}
    outputs = _with_region({**outputs, **_cleared(known, found)}, cloud.region)
    if known:
        inputs = {name: settle(value, outputs.get(name), name) for name, value in old_inputs.items()}
        if found.get("tags") and "tags" not in inputs:
            inputs["tags"] = found["tags"]
        inputs.update(_strayed(kind, known, found, inputs))
    else:
        inputs = _imported(kind, outputs)
    return resource_id, outputs, inputs


def _outputs(kind: ResourceType, cloud: Cloud, resource_id: str, inputs: Props, old: Props) -> Props:
    found = dict(kind.read(cloud, resource_id, {**old, **_visible(inputs)}))
    found.pop("id", None)
    settled = {
        name: settle(inputs[name], value, name) if name in inputs else value for name, value in found.items()
    }
    if "tagsAll" in inputs:
        settled.update(tagsAll=inputs["tagsAll"], tags=inputs.get("tags"))
    return _with_region({**kind.defaults, **_visible(inputs), **settled}, cloud.region)


def _with_tags(found: Props, old_inputs: Props, default_tags: Mapping[str, str]) -> Props:
    """Split what the cloud holds into the resource's own tags and the default ones."""
    if "tagsAll" not in found:
        return dict(found)
    own = old_inputs.get("tags") or {}
    everything = {
        name: value for name, value in (found["tagsAll"] or {}).items() if not name.startswith("aws:")
    }
    tags = {
        name: value for name, value in everything.items() if name in own or default_tags.get(name) != value
    }
    return {**found, "tagsAll": everything, "tags": tags}


def _cleared(known: Props, found: Props) -> Props:
    """Free maps that the cloud emptied."""
    return {name: {} for name in FREE_MAPS if known.get(name) and name in found and not found[name]}


def _imported(kind: ResourceType, outputs: Props) -> Props:
    """Inputs of a resource that no program made: all settings that differ from the defaults."""
    names = input_kinds(schema_of(kind.urn_type).inputs)
    inputs = {
        name: outputs[name]
        for name in names
        if outputs.get(name) not in (None, "", [], {}) and not same(outputs[name], kind.defaults.get(name))
    }
    inputs.pop("region", None)
    if "tagsAll" in outputs:
        inputs["tagsAll"] = outputs["tagsAll"]
    return {**inputs, "__defaults": []}


def _strayed(kind: ResourceType, known: Props, found: Props, inputs: Props) -> Props:
    """Settings that the program leaves at their default and that somebody changed."""
    return {
        name: found[name]
        for name, default in kind.defaults.items()
        if name not in inputs
        and name in found
        and same(known.get(name), default)
        and not same(found[name], default)
    }


def _visible(inputs: Props) -> Props:
    return {name: value for name, value in inputs.items() if name not in HIDDEN}


def _with_region(outputs: Props, region: str) -> Props:
    return {**outputs, "region": outputs["region"] if isinstance(outputs.get("region"), str) else region}
