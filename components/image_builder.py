"""ImageBuilder: a CodeBuild project that makes the stack's images, for who has neither docker nor podman (docs/decisions/0059).

It does nothing by itself: `deploy --build codebuild` hands it a source and the commands for one image.
"""

import json
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, codebuild, iam

from components.artifacts import Artifacts
from components.build_machines import BUILD_MINUTES, MACHINES, QUEUED_MINUTES
from components.builder_permissions import (
    SOURCES_PREFIX,
    BuilderResources,
    builder_policy,
    builder_trust,
)
from components.fleet_component import FleetComponent, StackContext
from components.image import Image
from components.naming import IMAGE_BUILDER_PART
from components.permissions import Document
from components.role_policy import build_role_policy

STARTED_BY_HAND = json.dumps(
    {
        "version": 0.2,
        "phases": {"build": {"commands": ["echo 'start it by deploy --build codebuild' >&2", "false"]}},
    }
)
"""A build that no driver started has no source and no commands; YAML reads JSON."""


class ImageBuilder(FleetComponent):
    """Log group, role, project."""

    def __init__(self, name: str, context: StackContext, *, artifacts: Artifacts, image: Image) -> None:
        """Build what makes images from sources in the bucket, for the stack's repositories alone."""
        super().__init__(name, context)
        self._log_group = self._build_log_group()
        role = self._build_role()
        touched = pulumi.Output.all(
            bucket_arn=artifacts.bucket_arn,
            repository_arns=image.repository_arns,
            log_group_arn=self._log_group.arn,
        )
        rights = build_role_policy(self, "rights", role, touched.apply(_policy))
        project = self._build_project(role, rights, artifacts)
        self.finish({"project_name": project.name})

    def _build_log_group(self) -> cloudwatch.LogGroup:
        name = self._context.names.log_group(IMAGE_BUILDER_PART)
        return cloudwatch.LogGroup(
            self.child_name("logs"),
            name=name,
            retention_in_days=self._context.config.log_retention_days,
            tags={**self.tags("logs"), "Name": name},
            opts=self.child(),
        )

    def _build_role(self) -> iam.Role:
        name, region = self.physical_name(IMAGE_BUILDER_PART), self._context.region
        trust = self._context.account_id.apply(
            lambda account_id: builder_trust(region=region, account_id=account_id, project=name)
        )
        return iam.Role(
            self.child_name("role"),
            name=name,
            description="Image builder: reads a source, pushes to the stack's own repositories",
            assume_role_policy=pulumi.Output.json_dumps(trust),
            tags=self.tags(IMAGE_BUILDER_PART),
            opts=self.child(),
        )

    def _build_project(
        self, role: iam.Role, rights: iam.RolePolicy, artifacts: Artifacts
    ) -> codebuild.Project:
        machine = MACHINES[self._context.config.architecture]
        return codebuild.Project(
            self.child_name("project"),
            name=self.physical_name(IMAGE_BUILDER_PART),
            description=f"Makes the images of {self._context.names.prefix}",
            service_role=role.arn,
            build_timeout=BUILD_MINUTES,
            queued_timeout=QUEUED_MINUTES,
            source={
                "type": "S3",
                "location": pulumi.Output.format("{0}/{1}none.zip", artifacts.bucket, SOURCES_PREFIX),
                "buildspec": STARTED_BY_HAND,
            },
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": machine.kind,
                "image": machine.image,
                "compute_type": machine.size,
                # Docker's server runs inside the build's container: it can't without.
                "privileged_mode": True,
                "image_pull_credentials_type": "CODEBUILD",
            },
            logs_config={
                "cloudwatch_logs": {"status": "ENABLED", "group_name": self._log_group.name},
                "s3_logs": {"status": "DISABLED"},
            },
            tags=self.tags(IMAGE_BUILDER_PART),
            opts=self.child(depends_on=[rights]),
        )


def _policy(touched: dict[str, Any]) -> Document:
    return builder_policy(BuilderResources(**touched))
