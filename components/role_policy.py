"""A role's rights as one inline policy, for the roles of tasks and of functions."""

import pulumi
from pulumi_aws import iam

from components.fleet_component import FleetComponent
from components.permissions import Document


def build_role_policy(
    owner: FleetComponent, part: str, role: iam.Role, document: pulumi.Output[Document]
) -> iam.RolePolicy:
    """Give a role the rights that a document names."""
    return iam.RolePolicy(
        owner.child_name(f"{part}-policy"),
        name=part,
        role=role.name,
        policy=pulumi.Output.json_dumps(document),
        opts=owner.child(),
    )
