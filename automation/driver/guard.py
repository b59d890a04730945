"""Refuses to act on a stack with credentials of another account: a refresh would drop every resource from the state."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from automation.errors import AuthFault

_ARN_ACCOUNT = re.compile(r"^arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(\d{12}):")


def accounts_in(deployment: Mapping[str, Any]) -> frozenset[str]:
    """Return the accounts named by the ARNs of an exported state."""
    resources: Iterable[Mapping[str, Any]] = deployment.get("resources") or ()
    arns = (str((resource.get("outputs") or {}).get("arn", "")) for resource in resources)
    matches = (_ARN_ACCOUNT.match(arn) for arn in arns)
    return frozenset(match.group(1) for match in matches if match and match.group(1) != "000000000000")


def refuse_foreign_account(deployment: Mapping[str, Any], *, caller: str, environment: str) -> None:
    """Raise AuthFault where the state belongs to another account than the caller's."""
    known = accounts_in(deployment)
    if known and caller not in known:
        raise AuthFault(
            f"the credentials are of account {caller}, but stack {environment!r} lives in {', '.join(sorted(known))}",
            why="acting on it would drop its resources from the state while they go on running and costing",
            next_step="choose the right AWS_PROFILE and run the command again",
            reference="wrong-account",
        )
