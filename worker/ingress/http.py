"""Pure: calls as API Gateway hands them over (payload 2.0), and answers as it takes them; faults as problem details (RFC 9457)."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from worker.ingress.fields import at, is_true_at, text_at

PROBLEM = "application/problem+json"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request."""

    method: str
    """HTTP method."""
    path: str
    """As it was sent, decoded nowhere."""
    headers: Mapping[str, str]
    """Lower-case names; what came twice is joined by commas."""
    body: bytes
    """As it was sent."""
    caller: str = ""
    """ARN of who signed it, as the gateway found; empty where nobody did."""

    @property
    def is_compressed(self) -> bool:
        """The body is said to be encoded in any way."""
        return self.headers.get("content-encoding", "identity") != "identity"

    @property
    def is_json(self) -> bool:
        """The body is said to be JSON."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response."""

    status: HTTPStatus
    """HTTP status."""
    body: bytes = b""
    """Content."""
    content_type: str = "application/json"
    """Its type."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Others."""


def told(status: HTTPStatus, fields: Mapping[str, object], **headers: str) -> Answer:
    """Answer by JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(fields).encode(), headers=named)


def problem(status: HTTPStatus, detail: str, **headers: str) -> Answer:
    """Say what is wrong, and for whom it is to mend: 4xx for the caller, 5xx for us."""
    fields = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    return replace(told(status, fields, **headers), content_type=PROBLEM)


def read_call(event: Mapping[str, Any]) -> Call:
    """Read an event of payload 2.0; raises ValueError where its body is no base64 though it says so."""
    context = at(event, "requestContext")
    text = text_at(event, "body")
    try:
        body = (
            base64.b64decode(text, validate=True) if is_true_at(event, "isBase64Encoded") else _encoded(text)
        )
    except binascii.Error as fault:
        raise ValueError("the body is no base64") from fault
    headers = at(event, "headers")
    return Call(
        method=text_at(context, "http", "method").upper(),
        path=text_at(event, "rawPath"),
        headers={
            str(name).lower(): str(value)
            for name, value in (headers.items() if isinstance(headers, Mapping) else ())
        },
        body=body,
        caller=text_at(context, "authorizer", "iam", "userArn"),
    )


def write_answer(answer: Answer) -> dict[str, Any]:
    """Write what the gateway takes."""
    return {
        "statusCode": answer.status.value,
        "headers": {
            "content-type": answer.content_type,
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
            **answer.headers,
        },
        "body": answer.body.decode("utf-8", "replace"),
        "isBase64Encoded": False,
    }


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
