"""All patches in one place: what the embedded AWS changes in moto.

moto is pinned exactly because these touch its privates; every patch has a test that fails on stock moto.
Applying twice changes nothing: each patch starts from what moto itself has.
"""

from automation.localaws.patches import (
    apigatewayv2,
    budgets,
    cloudwatch,
    codebuild,
    core,
    dynamodb,
    ec2,
    ecs_api,
    ecs_services,
    ecs_tasks,
    functions,
    iam,
    invocations,
    s3,
    scalable_targets,
    sqs,
    tagging,
)

ALL = (
    core,
    sqs,
    s3,
    iam,
    dynamodb,
    ec2,
    ecs_tasks,
    ecs_services,
    ecs_api,
    cloudwatch,
    apigatewayv2,
    tagging,
    budgets,
    codebuild,
    functions,
    invocations,
    scalable_targets,
)


def apply_patches() -> None:
    """Make moto behave as AWS does where the fleet depends on it; safe to call more than once."""
    for patch in ALL:
        patch.apply()
