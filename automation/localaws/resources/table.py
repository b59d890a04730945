"""All resource types by token."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from automation.localaws.handler import ResourceType
from automation.localaws.resources import (
    apigatewayv2,
    autoscaling,
    budgets,
    cloudwatch,
    codebuild,
    dynamodb,
    ec2,
    ec2_access,
    ec2_nat,
    ec2_routes,
    ec2_templates,
    ecr,
    ecs,
    ecs_capacity,
    events,
    functions,
    iam,
    iam_profiles,
    lb,
    messaging,
    s3,
    s3_settings,
    scalable_targets,
    servicediscovery,
    sqs,
    vpc_link,
)

SERVICES: tuple[ModuleType, ...] = (
    apigatewayv2,
    cloudwatch,
    dynamodb,
    ec2,
    ec2_access,
    ecr,
    ecs,
    iam,
    messaging,
    s3,
    s3_settings,
)
SERVICES += (budgets, scalable_targets, servicediscovery, sqs, ec2_routes, vpc_link)
SERVICES += (
    autoscaling,
    codebuild,
    ec2_nat,
    ec2_templates,
    ecs_capacity,
    events,
    functions,
    iam_profiles,
    lb,
)
TYPES: Mapping[str, ResourceType] = MappingProxyType(
    {kind.urn_type: kind for service in SERVICES for kind in service.TYPES}
)
