"""Pure: what the function may do that keeps a fleet of functions within its budget: look at its lanes, change them, and keep its own items."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.permissions import Document, allow, document, write_logs
from worker.domain.ledger_schema import CONTROL_PARTITION, METER_PARTITION


@dataclass(frozen=True, kw_only=True)
class SpendingResources:
    """What it touches, by ARN."""

    table_arn: str
    """Ledger."""
    topic_arn: str
    """Who hears of the budget."""
    log_group_arn: str
    """Where it logs."""


def spending_policy(resources: SpendingResources) -> Document:
    """What its code may do besides changing lanes: it can't call the workers, change what they are, or read a job."""
    keep = {
        **allow("KeepItsWords", ["dynamodb:GetItem", "dynamodb:PutItem"], [resources.table_arn]),
        # Not the jobs, though they lie in the same table.
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [CONTROL_PARTITION, METER_PARTITION]}
        },
    }
    read_meter = {
        **allow("ReadTheMeter", ["dynamodb:Query"], [resources.table_arn]),
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [METER_PARTITION]}},
    }
    return document(
        # Both know no resource: it may look at what others have, and change none of it.
        allow(
            "SeeHowLongAndHowWideTheyWork",
            ["cloudwatch:GetMetricStatistics", "lambda:ListEventSourceMappings"],
            ["*"],
        ),
        keep,
        read_meter,
        allow("TellOfTheBudget", ["sns:Publish"], [resources.topic_arn]),
        write_logs(resources.log_group_arn),
    )


def narrowing_policy(mapping_arns: Sequence[str]) -> Document:
    """Change what feeds the workers: these event source mappings and no others."""
    return document(allow("NarrowTheLanes", ["lambda:UpdateEventSourceMapping"], mapping_arns))
