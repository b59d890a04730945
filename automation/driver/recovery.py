"""Brings a stack back after an interrupted operation: looks for what was half made, writes it into the state, reads the rest.

decide (reads only) → settle (writes the state, then refreshes). Nothing in the cloud is changed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.automation import Deployment, Stack

from automation.driver.failures import translated_failures
from automation.driver.finders import FINDERS, REPEATABLE, ClientOf, find, pages
from automation.driver.guard import refuse_foreign_account
from automation.driver.operations import Observer, deployment_of, probe_lock, refresh
from automation.driver.pending import (
    Found,
    PendingOperation,
    Settled,
    Settlement,
    ids_in,
    pending_of,
    settled_state,
)
from automation.driver.target import StackTarget
from automation.errors import UsageFault

CREATING = "creating"


def decide(
    deployment: Mapping[str, Any],
    client_of: ClientOf,
    *,
    imports: Mapping[str, str] | None = None,
    clears: frozenset[str] = frozenset(),
) -> tuple[Settled, ...]:
    """Decide each pending operation; a person's word (`imports`: URN or name -> id, `clears`) comes first."""
    pending, wishes = pending_of(deployment), dict(imports or {})
    _refuse_unknown(pending, {*wishes, *clears})
    decided = []
    for operation in pending:
        wish = wishes.get(operation.urn) or wishes.get(operation.name)
        if wish:
            found = Found(resource_id=wish, is_import_id=True)
            decided.append(_settled(operation, Settlement.IMPORT, "as you said", found))
        elif {operation.urn, operation.name} & clears:
            decided.append(_settled(operation, Settlement.CLEAR, "as you said"))
        else:
            known = ids_in(deployment, operation.type)
            decided.append(_decide_one(operation, client_of, known))
    return tuple(decided)


def settle(
    target: StackTarget, stack: Stack, settled: Sequence[Settled], *, caller: str, observe: Observer
) -> tuple[PendingOperation, ...]:
    """Write the state and bring it in line with what is there; return what is pending still."""
    probe_lock(target)
    with translated_failures(target.environment):
        exported = stack.export_stack()
        deployment = exported.deployment if isinstance(exported.deployment, Mapping) else {}
        refuse_foreign_account(deployment, caller=caller, environment=target.environment)
        state = settled_state(deployment, settled)
        stack.import_stack(Deployment(version=exported.version, deployment=state))
    refresh(target, stack, caller=caller, observe=observe, forgets_pending=False)
    return pending_of(deployment_of(stack))


def _decide_one(operation: PendingOperation, client_of: ClientOf, known: frozenset[str]) -> Settled:
    if (decided := _decided_without_a_look(operation)) is not None:
        return decided
    if operation.type not in FINDERS:
        return _settled(operation, Settlement.UNDECIDED, _tagged_like(operation, client_of))
    try:
        found = find(client_of, operation.type, operation.inputs, known=known)
    except KeyError as missing:
        return _settled(operation, Settlement.UNDECIDED, f"it was given no {missing}, so it can't be found")
    except (ClientError, BotoCoreError) as fault:
        return _settled(operation, Settlement.UNDECIDED, f"AWS did not tell: {fault}")
    if found is None:
        return _settled(operation, Settlement.CLEAR, "it is not there: it was never made")
    return _settled(operation, Settlement.IMPORT, "it was made, and is there", found)


def _decided_without_a_look(operation: PendingOperation) -> Settled | None:
    if operation.kind != CREATING:
        return _settled(operation, Settlement.READ, "it is in the state, and is read again")
    if operation.record.get("id"):
        noted = Found(resource_id=str(operation.record["id"]))
        return _settled(operation, Settlement.IMPORT, "it was made: its id was noted", noted)
    if operation.record.get("custom") is False:
        return _settled(operation, Settlement.CLEAR, "a component is nothing in the cloud by itself")
    if operation.type in REPEATABLE:
        return _settled(operation, Settlement.CLEAR, "making it twice is the same as once")
    return None


def _tagged_like(operation: PendingOperation, client_of: ClientOf) -> str:
    """Say what carries the tags of a resource that has no finder: a hint for the person who decides."""
    tags = operation.inputs.get("tags") or {}
    if not {"Name", "Project", "Environment"} <= tags.keys():
        return "its type can't be looked for"
    filters = [{"Key": name, "Values": [tags[name]]} for name in ("Name", "Project", "Environment")]
    try:
        client = client_of("resourcegroupstaggingapi")
        found = [
            str(one["ResourceARN"])
            for one in pages(client, "get_resources", "ResourceTagMappingList", TagFilters=filters)
        ]
    except (ClientError, BotoCoreError) as fault:
        return f"its type can't be looked for, and AWS did not tell its tags: {fault}"
    if found:
        return f"its type can't be looked for; its tags are on {', '.join(found)}"
    return "its type can't be looked for; nothing carries its tags"


def _settled(
    operation: PendingOperation, settlement: Settlement, reason: str, found: Found | None = None
) -> Settled:
    return Settled(operation=operation, settlement=settlement, reason=reason, found=found)


def _refuse_unknown(pending: Sequence[PendingOperation], wishes: set[str]) -> None:
    names = {name for one in pending for name in (one.urn, one.name)}
    if wishes - names:
        known = ", ".join(sorted(one.name for one in pending)) or "none"
        raise UsageFault(
            f"nothing is pending under {', '.join(sorted(wishes - names))}",
            why=f"pending are: {known}",
            next_step="python -m automation recover --dry-run shows them",
            reference="nothing-pending",
        )
