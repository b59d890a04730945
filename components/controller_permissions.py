"""Pure: what the controller may do. It reads the lanes, sends jobs that are due, sets the size of one service, and keeps its own items."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.permissions import Document, allow, document, write_logs
from worker.domain.ledger_schema import BATCH_INDEX, CONTROL_PARTITION, LATER_PARTITION, METER_PARTITION


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
    alarm_arns: Sequence[str]
    """Alarms that act without it."""
    log_group_arn: str
    """Where it logs."""


def controller_policy(resources: ControllerResources) -> Document:
    """What the controller's code may do: it can't take a job, start a task by hand or change another service."""
    keep = {
        **allow("KeepItsWords", ["dynamodb:GetItem", "dynamodb:PutItem"], [resources.table_arn]),
        # Not the jobs, though they lie in the same table.
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [CONTROL_PARTITION, METER_PARTITION]}
        },
    }
    strike_off = {
        **allow("StrikeOffWhatWasSent", ["dynamodb:DeleteItem"], [resources.table_arn]),
        # The line alone that says when to send a job; what the job is lies elsewhere.
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [LATER_PARTITION]}},
    }
    return document(
        allow("AskLanes", ["sqs:GetQueueAttributes"], list(resources.lane_arns)),
        allow("SendWhatIsDue", ["sqs:SendMessage"], list(resources.lane_arns)),
        allow("SetSize", ["ecs:DescribeServices", "ecs:UpdateService"], [resources.service_arn]),
        # A task's id is not known before it runs.
        allow(
            "SpareWhoWorks",
            ["ecs:DescribeTasks", "ecs:GetTaskProtection", "ecs:UpdateTaskProtection"],
            [resources.tasks_arn],
        ),
        keep,
        strike_off,
        # Roster, newest submissions, what their jobs took, the meter, jobs that wait for their time.
        allow(
            "MeasureWork",
            ["dynamodb:Query"],
            [resources.table_arn, f"{resources.table_arn}/index/{BATCH_INDEX}"],
        ),
        allow("TellOfTheBudget", ["sns:Publish"], [resources.topic_arn]),
        allow(
            "SayWhatAlarmsMayDo",
            ["cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions"],
            list(resources.alarm_arns),
        ),
        write_logs(resources.log_group_arn),
    )
