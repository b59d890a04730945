"""Pure: how an HTTP API calls a function, and reads its answer, in payload format 2.0."""

import base64
import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FUNCTION_ARN = re.compile(r"arn:aws:lambda:[^/]+:function:[^/:]+")


@dataclass(frozen=True, kw_only=True)
class FunctionAnswer:
    """What the client gets."""

    status: int
    """HTTP status."""
    headers: tuple[tuple[str, str], ...]
    """Headers, the length among them."""
    body: bytes
    """Whole body."""


def function_in(integration_uri: str) -> str:
    """Return the ARN of the function that an integration names, by itself or within API Gateway's own ARN."""
    found = FUNCTION_ARN.search(integration_uri)
    return found[0] if found else integration_uri


def event_of(
    *, route_key: str, method: str, target: str, headers: Mapping[str, str], body: bytes, caller: str = ""
) -> dict[str, Any]:
    """Return what the function is handed."""
    path, _, query = target.partition("?")
    try:
        text, is_encoded = body.decode(), False
    except UnicodeDecodeError:
        text, is_encoded = base64.b64encode(body).decode(), True
    return {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": str(uuid.uuid4()),
            "routeKey": route_key,
            "stage": "$default",
            "timeEpoch": int(time.time() * 1000),
            **({"authorizer": {"iam": {"userArn": caller}}} if caller else {}),
        },
        **({"body": text} if body else {}),
        "isBase64Encoded": is_encoded,
    }


def answer_of(returned: Any) -> FunctionAnswer:
    """Read what the function returned; what names no status is the body itself. Raises ValueError for what is no response."""
    if not (isinstance(returned, dict) and "statusCode" in returned):
        return _answer(200, {"content-type": "application/json"}, json.dumps(returned).encode())
    body = str(returned.get("body") or "")
    content = base64.b64decode(body) if returned.get("isBase64Encoded") else body.encode()
    headers = {"content-type": "text/plain", **_lowered(returned.get("headers") or {})}
    return _answer(int(returned["statusCode"]), headers, content)


def _lowered(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}


def _answer(status: int, headers: Mapping[str, str], body: bytes) -> FunctionAnswer:
    kept = {name: value for name, value in headers.items() if name != "content-length"}
    return FunctionAnswer(
        status=status, headers=(*kept.items(), ("content-length", str(len(body)))), body=body
    )
