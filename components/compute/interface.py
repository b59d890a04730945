"""What every kind of compute gives to the program; pure, so that the configuration can be read without Pulumi."""

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the driver reads the configuration without loading Pulumi
    import pulumi


class ComputeType(StrEnum):
    """Kinds of compute that exist."""

    ECS_FARGATE = "ecs-fargate"
    EC2_GPU = "ec2-gpu"
    LAMBDA = "lambda"


class Fleet(Protocol):
    """Outputs of a fleet of workers, the same for all kinds."""

    @property
    def cluster_name(self) -> "pulumi.Output[str]":
        """ECS cluster; empty for Lambda, which has none."""

    @property
    def service_name(self) -> "pulumi.Output[str]":
        """ECS service, or Lambda function."""

    @property
    def task_definition_arn(self) -> "pulumi.Output[str]":
        """Revision that this deployment made: of the task definition, or version of the function."""
