"""AwsAccess: the one way to AWS clients: real AWS by boto's own chain, the embedded AWS by its endpoint."""

import functools
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from automation.aws_session import unprofiled_session
from automation.errors import AuthFault, Diagnostic

_AUTH_CODES = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)


@dataclass(frozen=True, kw_only=True)
class AwsAccess:
    """Region, and endpoint where it is not AWS itself."""

    region: str
    """AWS region."""
    endpoint: str | None = None
    """Endpoint of the embedded AWS; None is AWS."""

    def client(self, service: str) -> Any:
        """Return a client; built once for each service."""
        return _client(service, self.region, self.endpoint)

    def account_id(self) -> str:
        """Return the caller's account; raises AuthFault with the way to log in."""
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except ClientError as fault:
            raise translate_aws_error(fault, "asking AWS who is calling") from fault
        except BotoCoreError as fault:
            raise unreachable(fault) from fault


@functools.cache
def _client(service: str, region: str, endpoint: str | None) -> Any:
    config = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=60)
    if endpoint is None:
        return boto3.client(
            service, region_name=region, config=config
        )  # type-checked by use: services are data here
    return boto3.Session(botocore_session=unprofiled_session()).client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the embedded AWS takes any
        config=config.merge(Config(s3={"addressing_style": "path"}, proxies={})),
    )


def translate_aws_error(fault: ClientError, doing: str) -> Diagnostic:
    """Return the diagnostic of an AWS error."""
    code = fault.response.get("Error", {}).get("Code", "")
    if code in _AUTH_CODES:
        return _auth(str(fault))
    return Diagnostic(
        f"AWS refused: {doing}",
        why=f"{code}: {fault.response.get('Error', {}).get('Message', '')}",
        next_step="python -m automation doctor",
        reference="aws-refused",
    )


def unreachable(fault: BotoCoreError) -> Diagnostic:
    """Return the diagnostic of an endpoint that does not answer, or of credentials that are not there."""
    if isinstance(fault, NoCredentialsError | PartialCredentialsError | ProfileNotFound):
        return _auth(str(fault))
    return Diagnostic(
        "AWS did not answer",
        why=str(fault),
        next_step="check the network and the region; for --env local: python -m automation local status",
        reference="aws-unreachable",
    )


def _auth(why: str) -> AuthFault:
    return AuthFault(
        "no usable AWS credentials",
        why=why,
        next_step="aws sso login, or set AWS_PROFILE; without an account: --env local",
        reference="aws-auth",
    )
