"""EC2: what all of its types share, tags and addresses."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence

from automation.localaws.handler import Faults, known
from automation.localaws.provider_cloud import Cloud, Gone
from automation.localaws.provider_wire import Props
from automation.localaws.resources.tags import pairs, tags_of


def specification(kind: str, props: Props) -> list[Props]:
    """Return TagSpecifications for a creation; an empty list without tags."""
    tags = tags_of(props)
    return [{"ResourceType": kind, "Tags": pairs(tags)}] if tags else []


def retag(
    cloud: Cloud, resource_id: str, _props: Props, tags: Mapping[str, str], gone: Sequence[str]
) -> None:
    """Set and remove tags."""
    if gone:
        cloud.ec2.delete_tags(Resources=[resource_id], Tags=[{"Key": name} for name in gone])
    if tags:
        cloud.ec2.create_tags(Resources=[resource_id], Tags=pairs(tags))


def only(items: Sequence[Props], resource_id: str) -> Props:
    """Return the one that was asked for."""
    if not items:
        raise Gone(resource_id)
    return items[0]


def cidr_faults(props: Props, name: str, shortest: int = 0, longest: int = 32) -> Faults:
    """Check a range of addresses."""
    text = known(props, name)
    if text is None:
        return
    try:
        network = ipaddress.ip_network(text)
    except ValueError as fault:
        yield name, f"'{name}' is no range of addresses: {fault}"
        return
    if not shortest <= network.prefixlen <= longest and network.version == 4:
        yield name, f"'{name}' must have a prefix of /{shortest} to /{longest}, not /{network.prefixlen}"


def delete_by(operation: str, argument: str) -> Callable[[Cloud, str, Props], None]:
    """Return a delete that names the resource in one argument."""

    def delete(cloud: Cloud, resource_id: str, _props: Props) -> None:
        getattr(cloud.ec2, operation)(**{argument: resource_id})

    return delete
