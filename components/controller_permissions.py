"""Pure: what the controller may do. It reads the lanes, sets the size of one service, and keeps its own items of the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.permissions import Document, allow, document, write_logs
from worker.domain.ledger_schema import BATCH_INDEX, CONTROL_PARTITION, METER_PARTITION


@dataclass(frozen=True, kw_only=True)
class ControllerResources:
    """What the controller touches, by ARN."""

    lane_arns: Sequence[str]
    """Queues that it asks how full they are."""
    service_arn: str
    """Service whose size it sets."""
    tasks_arn: str
    """All tasks of its cluster."""
    table_arn: str
    """Ledger."""
    topic_arn: str
    """Who hears of the budget."""
    log_group_arn: str
    """Where it logs."""


def controller_policy(resources: ControllerResources) -> Document:
    """What the controller's code may do: it can't read a job, start a task by hand or change another service."""
    keep = {
        **allow("KeepItsWords", ["dynamodb:GetItem", "dynamodb:PutItem"], [resources.table_arn]),
        # Not the jobs, though they lie in the same table.
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [CONTROL_PARTITION, METER_PARTITION]}
        },
    }
    return document(
        allow("AskLanes", ["sqs:GetQueueAttributes"], list(resources.lane_arns)),
        allow("SetSize", ["ecs:DescribeServices", "ecs:UpdateService"], [resources.service_arn]),
        # A task's id is not known before it runs.
        allow(
            "SpareWhoWorks",
            ["ecs:DescribeTasks", "ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            [resources.tasks_arn],
        ),
        keep,
        # Roster, newest submissions, what their jobs took, the meter.
        allow(
            "MeasureWork",
            ["dynamodb:Query"],
            [resources.table_arn, f"{resources.table_arn}/index/{BATCH_INDEX}"],
        ),
        allow("TellOfTheBudget", ["sns:Publish"], [resources.topic_arn]),
        write_logs(resources.log_group_arn),
    )
