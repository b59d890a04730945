"""Speaks to a fleet's front door: plain HTTP for /health, SigV4-signed for /api/*."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from automation.errors import AuthFault
from automation.fleet.access import AwsAccess


def call_endpoint(
    access: AwsAccess,
    method: str,
    url: str,
    *,
    body: Mapping[str, Any] | None = None,
    timeout_seconds: float = 30.0,
) -> httpx.Response:
    """Send one signed request; raises httpx.HTTPError where nothing answers."""
    content = json.dumps(body) if body is not None else ""
    request = AWSRequest(method=method, url=url, data=content, headers={"Content-Type": "application/json"})
    SigV4Auth(_credentials(access), "execute-api", access.region).add_auth(request)
    return httpx.request(
        method,
        url,
        content=content.encode(),
        headers=dict(request.headers.items()),
        timeout=timeout_seconds,
        trust_env=access.endpoint is None,
    )


def _credentials(access: AwsAccess) -> Credentials:
    if access.endpoint is not None:
        return Credentials("test", "test")
    found = boto3.Session().get_credentials()
    if found is None:
        access.account_id()  # raises the diagnostic that tells how to log in
        raise AuthFault(
            "no AWS credentials", next_step="aws sso login, or set AWS_PROFILE", reference="aws-auth"
        )
    frozen = found.get_frozen_credentials()
    return Credentials(str(frozen.access_key), str(frozen.secret_key), frozen.token)
