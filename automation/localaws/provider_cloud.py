"""One way to the embedded AWS: cached boto3 clients, loopback only, and errors as one line."""

import ipaddress
import json
import re
import threading
import urllib.parse
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.account import ACCOUNT_ID

NOT_FOUND = re.compile(
    r"NotFound|NoSuch|NonExistent|DoesNotExist|^404$|ClusterNotFound|ResourceNotFound|NotConfigured|NoSuchEntity"
)


class CloudFault(Exception):
    """A refusal, already worded as `Code: message`."""


class Gone(Exception):
    """The cloud has no such thing (any more)."""


def require_loopback(endpoint: str) -> str:
    """Return the endpoint; ValueError unless it is on this computer."""
    host = urllib.parse.urlsplit(endpoint).hostname or ""
    try:
        is_local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = False
    if not is_local:
        raise ValueError(f"the embedded AWS answers on loopback only, not at {endpoint}")
    return endpoint


class Clients:
    """Clients by service and region; making one costs up to 140 ms, so each is made once."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = require_loopback(endpoint)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")  # noqa: S106 - no secret

    def get(self, service: str, region: str) -> Any:
        """Return the client; safe from any thread."""
        with self._lock:
            client = self._clients.get((service, region))
            if client is None:
                options = Config(
                    max_pool_connections=32,
                    retries={"total_max_attempts": 2},
                    s3={"addressing_style": "path"},
                    proxies={},
                )
                client = self._session.client(
                    service, region_name=region, endpoint_url=self.endpoint, config=options
                )
                self._clients[service, region] = client
            return client


class Cloud:
    """What a handler acts on: the clients of one region."""

    account = ACCOUNT_ID
    """The one account there is."""

    def __init__(self, clients: Clients, region: str) -> None:
        self._clients = clients
        self.region = region

    @property
    def endpoint(self) -> str:
        """Address of the embedded AWS."""
        return self._clients.endpoint

    def at(self, region: str | None) -> "Cloud":
        """Return the same cloud in another region."""
        return self if region in {None, self.region} else Cloud(self._clients, str(region))

    def __getattr__(self, service: str) -> Any:
        """Return the client of a service: `cloud.sqs`."""
        if service.startswith("_"):
            raise AttributeError(service)
        return self._clients.get(service, self.region)

    def arn(self, service: str, resource: str) -> str:
        """Spell an ARN of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def describe(fault: Exception) -> str:
    """Word an error as one line, `Code: message`."""
    if isinstance(fault, ClientError):
        error = fault.response.get("Error", {})
        code, message = str(error.get("Code", "")), str(error.get("Message", ""))
        if "not been implemented" in message or (code == "500" and "<!doctype" in message):
            return f"NotInEmbeddedAws: {fault.operation_name} is not in the embedded AWS"
        return _line(f"{code}: {message}")
    if isinstance(fault, CloudFault):
        return _line(str(fault))
    if isinstance(fault, BotoCoreError):
        return _line(f"{type(fault).__name__}: {fault}")
    if isinstance(fault, KeyError):
        return f"MissingValue: no {fault.args[0]} in the answer or the properties"
    return _line(f"{type(fault).__name__}: {fault}")


def is_gone(fault: Exception) -> bool:
    """Whether the error says that there is no such thing."""
    if isinstance(fault, Gone):
        return True
    if not isinstance(fault, ClientError):
        return False
    error = fault.response["Error"]
    # ECS has no code of its own for a task definition that is not there.
    is_no_revision = str(error.get("Message", "")).startswith("Unable to describe task definition")
    return is_no_revision or bool(NOT_FOUND.search(str(error.get("Code"))))


def _line(text: str) -> str:
    return " ".join(text.split())[:1000]


def parse_json(text: Any) -> Any:
    """Parse a document; None where it is no JSON object or list."""
    if not isinstance(text, str) or text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
