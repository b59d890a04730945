"""Who hears of a topic: those whom the stack names."""

import pulumi
from pulumi_aws import sns

from components.fleet_component import FleetComponent


def subscribe(
    owner: FleetComponent, topic_arn: pulumi.Output[str], *, part: str, protocol: str, endpoint: str
) -> None:
    """Subscribe an address; nobody where the stack names none."""
    if endpoint:
        sns.TopicSubscription(
            owner.child_name(part), topic=topic_arn, protocol=protocol, endpoint=endpoint, opts=owner.child()
        )
