"""Pure: least-privilege policy documents, as dictionaries.

No action and no resource is a bare wildcard, but for the few actions that know no resource (`WITHOUT_RESOURCE`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.domain.ledger_schema import BATCH_INDEX
from worker.domain.outcome_codec import MEMORY_PREFIX
from worker.domain.publication_codec import PUBLICATIONS_PREFIX
from worker.domain.repository_report import REPOSITORY_JOBS_PREFIX

Document = Mapping[str, Any]

VERSION = "2012-10-17"

RESULTS_PREFIX = "test-results/"
"""Where a worker writes results in the bucket."""
PAYLOADS_PREFIX = "payloads/"
"""Where it finds requests that are larger than a message."""
REPORTS_PREFIX = "batches/"
"""Where it writes the reports of batches."""


WITHOUT_RESOURCE = frozenset(
    {
        "cloudwatch:GetMetricStatistics",
        "ecr:GetAuthorizationToken",
        "lambda:ListEventSourceMappings",
        "ecs:DiscoverPollEndpoint",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
    }
)
"""Actions that AWS lets nobody narrow down."""


@dataclass(frozen=True, kw_only=True)
class WorkerResources:
    """What a worker touches, by ARN."""

    lane_arns: Sequence[str]
    """Queues that it takes jobs from."""
    dead_letter_arn: str
    """Queue that poison goes to."""
    bucket_arn: str
    """Bucket of the results."""
    table_arn: str
    """Ledger."""
    tasks_arn: str
    """All tasks of its cluster."""
    forge_parameter_arn: str = ""
    """What it speaks to GitHub with; empty where it does not."""


@dataclass(frozen=True, kw_only=True)
class FunctionResources:
    """What a worker touches that runs as a function."""

    worker: WorkerResources
    """The same as a task."""
    log_group_arn: str
    """Its log group; ECS writes a task's by another role."""


def task_policy(resources: WorkerResources) -> Document:
    """What the worker's own code may do."""
    return document(
        *_work(resources),
        # A task's id is not known before it runs.
        allow("ProtectLongWork", ["ecs:UpdateTaskProtection"], [resources.tasks_arn]),
    )


def function_policy(resources: FunctionResources) -> Document:
    """What a worker that runs as a function may do, and Lambda for it: ask its queues how full they are, write its log."""
    return document(
        *_work(resources.worker),
        allow("LetLambdaPoll", ["sqs:GetQueueAttributes"], list(resources.worker.lane_arns)),
        write_logs(resources.log_group_arn),
    )


def _work(resources: WorkerResources) -> tuple[Mapping[str, Any], ...]:
    return (
        allow(
            "TakeJobs",
            # Sending is for what is postponed, a copy that is hidden for a while, and for child jobs.
            ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"],
            list(resources.lane_arns),
        ),
        allow("SetPoisonAside", ["sqs:SendMessage"], [resources.dead_letter_arn]),
        allow(
            "StoreResults",
            ["s3:GetObject", "s3:PutObject"],
            [f"{resources.bucket_arn}/{prefix}*" for prefix in (RESULTS_PREFIX, MEMORY_PREFIX)],
        ),
        allow("ReadRequests", ["s3:GetObject"], [f"{resources.bucket_arn}/{PAYLOADS_PREFIX}*"]),
        allow("WriteReports", ["s3:PutObject"], [f"{resources.bucket_arn}/{REPORTS_PREFIX}*"]),
        # Without it S3 answers 403 instead of 404 for a result that is not there yet.
        allow("TellMissingFromForbidden", ["s3:ListBucket"], [resources.bucket_arn]),
        allow(
            "KeepLedger",
            # A transaction asks for the permission of each of its writes.
            [
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ],
            [resources.table_arn, f"{resources.table_arn}/index/{BATCH_INDEX}"],
        ),
        *_forge(resources),
    )


def _forge(resources: WorkerResources) -> tuple[Mapping[str, Any], ...]:
    """SSM's own key decrypts for whoever may read the parameter: no permission of KMS is needed."""
    arn = resources.forge_parameter_arn
    if not arn:
        return ()
    kept = [f"{resources.bucket_arn}/{prefix}*" for prefix in (PUBLICATIONS_PREFIX, REPOSITORY_JOBS_PREFIX)]
    return (
        allow("SpeakToGitHub", ["ssm:GetParameter"], [arn]),
        allow("KeepWorkOnRepositories", ["s3:GetObject", "s3:PutObject"], kept),
    )


def execution_policy(*, repository_arns: Sequence[str], log_group_arn: str) -> Document:
    """What ECS may do to start a task: pull its images and open its log streams."""
    return document(
        # ECR gives one token for the whole registry: this action knows no resource.
        allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            "PullImages",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            list(repository_arns),
        ),
        write_logs(log_group_arn),
    )


def write_logs(log_group_arn: str) -> Mapping[str, Any]:
    """Allow to write to the streams of a log group."""
    return allow(
        "WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:log-stream:*"]
    )


def tasks_trust(account_id: str) -> Document:
    """Let ECS tasks of this account take the role; another account's tasks can't make ECS do so."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "TasksOfThisAccount",
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            },
        ],
    }


def tls_only(*, service: str, resource_arns: Sequence[str]) -> Document:
    """Refuse whoever comes without TLS, to a queue or a bucket; the wildcards here forbid."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": f"{service}:*",
                "Resource": list(resource_arns),
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ],
    }


def redrive_allowance(source_arns: Sequence[str]) -> Document:
    """Which queues may name this one as their dead-letter queue."""
    return {"redrivePermission": "byQueue", "sourceQueueArns": list(source_arns)}


def redrive(*, dead_letter_arn: str, maximum_receives: int) -> Document:
    """Where messages go that nobody acknowledges."""
    return {"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": maximum_receives}


def image_expiry(*, keep: int, untagged_days: int) -> Document:
    """Which images ECR may forget."""
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": f"untagged images after {untagged_days} days",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": untagged_days,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": f"all but the {keep} newest images",
                "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep},
                "action": {"type": "expire"},
            },
        ],
    }


def document(*statements: Mapping[str, Any]) -> Document:
    """Return a policy of these statements."""
    return {"Version": VERSION, "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Mapping[str, Any]:
    """Return a statement that grants."""
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
