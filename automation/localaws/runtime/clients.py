"""boto3 clients on the embedded AWS: made on first use, one per service, refused for anything but the loopback."""

import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config

from automation.localaws.runtime.environment import Cloud

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANY_CREDENTIAL = "test"
"""The embedded AWS takes any."""
CONFIG = Config(
    connect_timeout=2,
    read_timeout=15,
    retries={"max_attempts": 2, "mode": "standard"},
    proxies={},  # the loopback is never behind one
)
NO_PROFILE = {"profile": (None, None, None, None)}
"""The user's AWS_PROFILE is for the real AWS; one that doesn't exist must not matter here."""


class NotLoopback(Exception):
    """The agent starts processes for whatever a cloud asks: only ever its own."""


class Clients:
    """Clients by service name; safe to share between threads, as boto3's clients are."""

    def __init__(self, cloud: Cloud) -> None:
        if urlsplit(cloud.endpoint).hostname not in LOOPBACK:
            raise NotLoopback(f"{cloud.endpoint} is not on this machine")
        self._cloud = cloud
        self._session = boto3.session.Session(
            botocore_session=botocore.session.Session(session_vars=NO_PROFILE),
            aws_access_key_id=ANY_CREDENTIAL,
            aws_secret_access_key=ANY_CREDENTIAL,
            region_name=cloud.region,
        )
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def get(self, service: str) -> Any:
        """Return the client for a service, such as `ecs`."""
        with self._lock:  # a session makes clients for one thread at a time
            if service not in self._clients:
                self._clients[service] = self._session.client(
                    service, endpoint_url=self._cloud.endpoint, config=CONFIG
                )
            return self._clients[service]
