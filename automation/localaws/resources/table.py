"""All resource types by token."""

from collections.abc import Mapping
from types import MappingProxyType

from automation.localaws.handler import ResourceType
from automation.localaws.resources import cloudwatch, iam, s3, s3_settings, sqs

TYPES: Mapping[str, ResourceType] = MappingProxyType(
    {kind.token: kind for service in (cloudwatch, iam, s3, s3_settings, sqs) for kind in service.TYPES}
)
