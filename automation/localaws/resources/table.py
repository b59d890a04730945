"""All resource types by token."""

from collections.abc import Mapping
from types import MappingProxyType

from automation.localaws.handler import ResourceType
from automation.localaws.resources import (
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
    servicediscovery,
    sqs,
)

SERVICES = (apigatewayv2, cloudwatch, dynamodb, ec2, ec2_access, ecr, ecs, iam, messaging, s3, s3_settings)
SERVICES += (servicediscovery, sqs)
TYPES: Mapping[str, ResourceType] = MappingProxyType(
    {kind.token: kind for service in SERVICES for kind in service.TYPES}
)
