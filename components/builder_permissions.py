"""Pure: least-privilege policy documents of the CodeBuild project that makes a stack's images."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.permissions import VERSION, Document, allow, document, write_logs

SOURCES_PREFIX = "image-sources/"
"""Where the driver puts what an image is made of, in the bucket of the results, for as long as the build takes."""


@dataclass(frozen=True, kw_only=True)
class BuilderResources:
    """What a build touches, by ARN."""

    bucket_arn: str
    """Bucket of the results; only what lies below SOURCES_PREFIX is read."""
    repository_arns: Sequence[str]
    """The stack's own repositories."""
    log_group_arn: str
    """The project's log group."""


def builder_policy(resources: BuilderResources) -> Document:
    """What a build may do: read its source, pull from and push to the stack's repositories, write its log."""
    return document(
        allow(
            "ReadSource",
            ["s3:GetObject", "s3:GetObjectVersion"],
            [f"{resources.bucket_arn}/{SOURCES_PREFIX}*"],
        ),
        # ECR gives one token for the whole registry: this action knows no resource.
        allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        allow(
            "PushImages",
            [
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ],
            list(resources.repository_arns),
        ),
        write_logs(resources.log_group_arn),
    )


def builder_trust(*, region: str, account_id: str, project: str) -> Document:
    """Let CodeBuild take the role for this one project, and for nobody else's."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Sid": "BuildsOfThisProject",
                "Effect": "Allow",
                "Principal": {"Service": "codebuild.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {
                        "aws:SourceAccount": account_id,
                        "aws:SourceArn": f"arn:aws:codebuild:{region}:{account_id}:project/{project}",
                    }
                },
            },
        ],
    }
