"""Security groups and the flows between them: each flow is one rule at its start and one at its end."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import ec2, vpc

from components.fleet_component import FleetComponent


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Who may open connections to whom."""

    sender: tuple[str, pulumi.Output[str]]
    """Name and id of the group that opens them."""
    receiver: tuple[str, pulumi.Output[str]]
    """Name and id of the group that takes them."""
    port: int
    """TCP port of the receiver."""
    why_in: str
    """What the receiver's rule is for."""
    why_out: str
    """What the sender's rule is for; empty where the sender may go there anyway."""


def build_group(
    owner: FleetComponent, vpc_id: pulumi.Input[str], part: str, description: str
) -> pulumi.Output[str]:
    """Build a group that admits nothing, either way."""
    group = ec2.SecurityGroup(
        owner.child_name(f"{part}-group"),
        name=owner.physical_name(part),
        description=description,
        vpc_id=vpc_id,
        tags=owner.tags(part),
        opts=owner.child(),
    )
    return group.id


def allow(owner: FleetComponent, flow: Flow) -> None:
    """Let one group reach another."""
    sender, sender_id = flow.sender
    receiver, receiver_id = flow.receiver
    vpc.SecurityGroupIngressRule(
        owner.child_name(f"{sender}-to-{receiver}"),
        security_group_id=receiver_id,
        referenced_security_group_id=sender_id,
        description=flow.why_in,
        ip_protocol="tcp",
        from_port=flow.port,
        to_port=flow.port,
        tags=owner.tags(f"{sender}-to-{receiver}"),
        opts=owner.child(),
    )
    if flow.why_out:
        vpc.SecurityGroupEgressRule(
            owner.child_name(f"{sender}-out"),
            security_group_id=sender_id,
            referenced_security_group_id=receiver_id,
            description=flow.why_out,
            ip_protocol="tcp",
            from_port=flow.port,
            to_port=flow.port,
            tags=owner.tags(f"{sender}-out"),
            opts=owner.child(),
        )
