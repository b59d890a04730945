"""Bucket policies with conditions.

Stock moto ignores the Condition of a statement, so the usual "deny what comes without TLS" denies everything. Nothing
that reaches the embedded AWS can be judged by conditions on the network, so conditional statements don't take part.
"""

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from automation.localaws.patches.replacement import replace


def apply() -> None:
    """Judge by unconditional statements only."""
    replace(FakeBucket, "get_permission", _get_permission)


def _get_permission(self: Any, action: str, resource: str) -> Any:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy)
    statements = policy.get("Statement", [])
    statements = [statements] if isinstance(statements, dict) else statements
    unconditional = [statement for statement in statements if not statement.get("Condition")]
    if not unconditional:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**policy, "Statement": unconditional})).is_action_permitted(action, resource)
