"""Tags in the shapes that services want them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from automation.localaws.provider_cloud import Cloud
from automation.localaws.provider_wire import Props

Retag = Callable[[Cloud, str, Props, Mapping[str, str], Sequence[str]], None]


def tags_of(props: Props) -> dict[str, str]:
    """Return all tags that a resource is to have."""
    return dict(props.get("tagsAll") or props.get("tags") or {})


def pairs(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Return a list of pairs."""
    return [{key: name, value: text} for name, text in tags.items()]


def unpaired(
    tags: Iterable[Mapping[str, Any]] | None, key: str = "Key", value: str = "Value"
) -> dict[str, str]:
    """Return a map from a list of pairs."""
    return {pair[key]: pair.get(value, "") for pair in tags or []}


def by_arn(service: str, *, of: str = "arn", argument: str = "resourceArn", style: str = "key") -> Retag:
    """Tags by `tag_resource`; style is the pairs' first key, or "map"."""
    paired = {"key": ("key", "value"), "Key": ("Key", "Value")}.get(style)
    capital = argument[0].isupper()

    def retag(
        cloud: Cloud, resource_id: str, props: Props, tags: Mapping[str, str], gone: Sequence[str]
    ) -> None:
        client = getattr(cloud, service)
        target = {argument: props.get(of) or resource_id}
        if gone:
            client.untag_resource(**target, **{"TagKeys" if capital else "tagKeys": list(gone)})
        if tags:
            shaped = pairs(tags, *paired) if paired else dict(tags)
            client.tag_resource(**target, **{"Tags" if capital else "tags": shaped})

    return retag
