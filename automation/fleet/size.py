"""The fleet's size, between people and the controller: what people want stands in the ledger, and so does why it is as it is."""

import getpass
import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from automation.fleet.rescue import tell_alarms
from components.compute.interface import ComputeType
from components.outputs import StackOutputs
from worker.domain import ledger_schema as schema
from worker.domain.fleet_control import Hold, SizeChange, SizeRecord, Wishes
from worker.domain.fleet_control_codec import (
    control_key,
    decode_change,
    decode_record,
    decode_wishes,
    encode_wishes,
)
from worker.domain.function_width import LEAST_WIDTH
from worker.domain.scaling_terms import Reason

SPENT = {
    Reason.BUDGET_ZERO.value: "the budget is overspent, and nobody works until it is raised or the next month begins",
    Reason.BUDGET_FROZEN.value: "the budget is spent, and no more workers are started than there are",
}
"""By the reason of the controller's last look."""
SPENT_ON_LAMBDA = {
    **SPENT,
    Reason.BUDGET_FROZEN.value: f"the budget is spent, and no lane runs more than {LEAST_WIDTH} batches at once",
}
"""The same of a fleet of functions."""
WIDTHS = {Reason.BUDGET_ZERO.value: 0, Reason.BUDGET_FROZEN.value: LEAST_WIDTH}
"""How wide its lanes are then."""
LEDGER_GONE = "ResourceNotFoundException"


def read_wishes(access: AwsAccess, outputs: StackOutputs) -> Wishes:
    """Return what people asked for; raises Diagnostic where it can't be read: a stop must not be forgotten by mistake."""
    item = _item(access, outputs, schema.WISHES_SORT_KEY)
    try:
        return decode_wishes(item)
    except (KeyError, TypeError, ValueError) as fault:
        raise Diagnostic(
            "what was set of the fleet's size can't be read",
            why=f"the ledger's item {schema.CONTROL_PARTITION}/{schema.WISHES_SORT_KEY}: {fault}",
            next_step=f"python -m automation scale --reset --env {outputs.environment}",
            reference="wishes-unreadable",
        ) from fault


def write_wishes(access: AwsAccess, outputs: StackOutputs, wishes: Wishes) -> None:
    """Tell the controller."""
    access.client("dynamodb").put_item(TableName=outputs.ledger_table, Item=encode_wishes(wishes))


def hold(
    access: AwsAccess, outputs: StackOutputs, workers: int, *, why: str, until: datetime | None = None
) -> Hold:
    """Have the controller keep this number."""
    made = Hold(desired=workers, why=why, by=who(), since=datetime.now(UTC), until=until)
    write_wishes(access, outputs, replace(read_wishes(access, outputs), hold=made))
    return made


def tell_rescue(access: AwsAccess, outputs: StackOutputs, wishes: Wishes) -> None:
    """Have the alarms that act without a controller respect what people want; nothing to do where it lives."""
    look = last_look(access, outputs)
    may_spend = look is None or look.reason not in SPENT
    tell_alarms(access, outputs, wishes, look=look, may_spend=may_spend)


def lift(access: AwsAccess, outputs: StackOutputs, *, is_submission: bool) -> Wishes:
    """End a hold; a submission ends a stop alone. Return the wishes that are left."""
    wishes = read_wishes(access, outputs)
    lifted = wishes.on_submission() if is_submission else replace(wishes, hold=None)
    if lifted != wishes:
        write_wishes(access, outputs, lifted)
    return lifted


def last_look(access: AwsAccess, outputs: StackOutputs) -> SizeRecord | None:
    """Return the controller's last look; None where it never looked."""
    return decode_record(_item(access, outputs, schema.RECORD_SORT_KEY))


def is_out_of_money(access: AwsAccess, outputs: StackOutputs) -> bool:
    """Tell whether the controller would take away at once who is started now."""
    look = _fresh_look(access, outputs)
    return look is not None and look.reason == Reason.BUDGET_ZERO.value


def spent_budget(access: AwsAccess, outputs: StackOutputs) -> str:
    """Say what the budget keeps from being done, with where the month stands; nothing where it keeps nothing."""
    look = _fresh_look(access, outputs)
    words = SPENT_ON_LAMBDA if outputs.compute_type == ComputeType.LAMBDA else SPENT
    return "" if look is None or look.reason not in words else f"{words[look.reason]} ({look.budget})"


def affordable_width(access: AwsAccess, outputs: StackOutputs, width: int) -> int:
    """Return how wide the budget lets the lanes of a fleet of functions be, of the width that is wanted."""
    look = _fresh_look(access, outputs)
    return width if look is None else min(width, WIDTHS.get(look.reason, width))


def _fresh_look(access: AwsAccess, outputs: StackOutputs) -> SizeRecord | None:
    look = last_look(access, outputs)
    return None if look is None or look.is_stale(datetime.now(UTC)) else look


def recent_changes(access: AwsAccess, outputs: StackOutputs, *, limit: int) -> tuple[SizeChange, ...]:
    """Return the controller's newest changes, newest first."""
    answer = access.client("dynamodb").query(
        TableName=outputs.ledger_table,
        KeyConditionExpression=f"{schema.PARTITION_KEY} = :control AND begins_with({schema.SORT_KEY}, :change)",
        ExpressionAttributeValues={
            ":control": {"S": schema.CONTROL_PARTITION},
            ":change": {"S": schema.CHANGE_PREFIX},
        },
        ScanIndexForward=False,
        Limit=limit,
    )
    return tuple(decode_change(item) for item in answer["Items"])


def who() -> str:
    """Return who sits at this machine, for others to ask."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user id without a name, as in containers
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def _item(access: AwsAccess, outputs: StackOutputs, sort_key: str) -> dict[str, Any] | None:
    try:
        answer = access.client("dynamodb").get_item(
            TableName=outputs.ledger_table, Key=control_key(sort_key), ConsistentRead=True
        )
    except ClientError as fault:
        if fault.response["Error"]["Code"] != LEDGER_GONE:
            raise
        raise Diagnostic(
            f"the ledger {outputs.ledger_table} is not there",
            why="it was removed outside of Pulumi",
            next_step=f"python -m automation deploy --env {outputs.environment}",
            reference="ledger-gone",
        ) from fault
    item: dict[str, Any] | None = answer.get("Item")
    return item
