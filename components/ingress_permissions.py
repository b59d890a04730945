"""Pure: what the ingress function may do: hand in jobs and look at them, start the fleet, read one secret. It takes no job and no message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.permissions import PAYLOADS_PREFIX, RESULTS_PREFIX, Document, allow, document, write_logs
from worker.domain.ingress_schema import OPEN_PARTITION
from worker.domain.ledger_schema import CONTROL_PARTITION, LATER_PARTITION, RECENT_PARTITION


@dataclass(frozen=True, kw_only=True)
class IngressResources:
    """What ingress touches, by ARN."""

    lane_arns: Sequence[str]
    """Queues that it sends to."""
    bucket_arn: str
    """Bucket of requests and results."""
    table_arn: str
    """Ledger."""
    log_group_arn: str
    """Where it logs."""
    service_arn: str = ""
    """Service that it starts; empty where Lambda needs no starting."""
    controller_arn: str = ""
    """Function that it has look at the queue at once; empty where Lambda scales by itself."""
    parameter_arn: str = ""
    """The webhook's secret; empty where no webhooks are taken."""


def ingress_policy(resources: IngressResources) -> Document:
    """Return the policy of its role."""
    statements = [
        allow("HandInJobs", ["sqs:SendMessage"], list(resources.lane_arns)),
        allow(
            "StoreRequests", ["s3:GetObject", "s3:PutObject"], [f"{resources.bucket_arn}/{PAYLOADS_PREFIX}*"]
        ),
        allow("ReadResults", ["s3:GetObject"], [f"{resources.bucket_arn}/{RESULTS_PREFIX}*"]),
        # Without it S3 answers 403 instead of 404 for a result that is not there yet.
        allow("TellMissingFromForbidden", ["s3:ListBucket"], [resources.bucket_arn]),
        *_ledger(resources.table_arn),
        write_logs(resources.log_group_arn),
    ]
    if resources.service_arn:
        start = ["ecs:DescribeServices", "ecs:UpdateService"]
        statements.append(allow("StartTheFleet", start, [resources.service_arn]))
    if resources.controller_arn:
        statements.append(
            allow("HaveTheControllerLook", ["lambda:InvokeFunction"], [resources.controller_arn])
        )
    if resources.parameter_arn:
        # SSM's own key decrypts for whoever may read the parameter: no permission of KMS is needed.
        statements.append(allow("ReadTheSecret", ["ssm:GetParameter"], [resources.parameter_arn]))
    return document(*statements)


def _ledger(table_arn: str) -> tuple[Mapping[str, Any], ...]:
    # A transaction asks for the permission of each of its writes.
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
    keep = {
        **allow("KeepItsItems", actions, [table_arn]),
        # Not what workers know, nor the meter, though they lie in the same table.
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(LEADING_KEYS)}},
    }
    strike_off = {
        **allow("StrikeOffLines", ["dynamodb:DeleteItem"], [table_arn]),
        # A line says that something is still to be done; nothing else is ever deleted.
        "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [OPEN_PARTITION]}},
    }
    return keep, strike_off


LEADING_KEYS = (
    "job#*",
    "batch#*",
    RECENT_PARTITION,
    "receipt#*",
    OPEN_PARTITION,
    "rate#*",
    CONTROL_PARTITION,
    LATER_PARTITION,
)
