"""Loads the services that every deployment touches, behind the first requests: their data files are large."""

import gc
import logging
from typing import Any

from moto import backends
from moto.core.utils import get_service_model

from automation.localaws.account import ACCOUNT_ID

REGIONAL = ("sqs", "ec2", "ecs", "logs", "dynamodb", "cloudwatch", "ecr", "servicediscovery", "apigatewayv2")
GLOBAL = ("iam", "s3")

log = logging.getLogger(__name__)


def warm(region: str) -> None:
    """Create the backends and read the service models; a failure only means that the first request pays."""
    get_backend: Any = backends.get_backend
    try:
        for service in REGIONAL:
            get_backend(service)[ACCOUNT_ID][region]
            get_service_model(service)
        for service in GLOBAL:
            get_backend(service)[ACCOUNT_ID]["aws"]
            get_service_model(service)
    except Exception:
        log.exception("warming failed")
    gc.freeze()  # it lives as long as the process: no later collection need walk through it
