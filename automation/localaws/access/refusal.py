"""AccessDenied in the protocol that a request speaks, in the words of AWS."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.sax.saxutils import escape

from automation.localaws.access.policy import Asked, Verdict

JSON_CODE = "AccessDeniedException"
XML_CODE = "AccessDenied"
UNKNOWN_TOKEN = "InvalidClientTokenId"  # noqa: S105 - an error code


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a request does not go through."""

    service: str
    """Whom it was for."""
    code: str
    """Error code where the protocol is XML; JSON protocols have their own name for a denial."""
    message: str
    """Sentence."""

    @classmethod
    def not_allowed(cls, service: str, who: str, asked: Asked, verdict: Verdict) -> "Refusal":
        """Tell as AWS does: who, what, on what, why."""
        text = f"User: {who} is not authorized to perform: {asked.action} on resource: {asked.resource} because {verdict.value}"
        return cls(service=service, code=XML_CODE, message=text)

    @classmethod
    def unknown_token(cls, service: str) -> "Refusal":
        """Tell whoever comes with a session that nobody opened here."""
        return cls(
            service=service,
            code=UNKNOWN_TOKEN,
            message="The security token included in the request is invalid.",
        )


def refuse(environ: WSGIEnvironment, start_response: StartResponse, refusal: Refusal) -> Iterable[bytes]:
    """Answer with a refusal."""
    content_type, code, body = _render(environ, refusal)
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-errortype", code),
        ("x-amzn-requestid", "embedded-aws"),
    ]
    if refusal.service == "sqs":
        headers.append(("x-amzn-query-error", f"{refusal.code};Sender"))
    start_response("400 Bad Request" if "json" in content_type else "403 Forbidden", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _render(environ: WSGIEnvironment, refusal: Refusal) -> tuple[str, str, bytes]:
    error = f"<Error><Code>{refusal.code}</Code><Message>{escape(refusal.message)}</Message></Error>"
    if refusal.service == "s3":
        return "application/xml", refusal.code, error.encode()
    if "HTTP_X_AMZ_TARGET" not in environ:
        return (
            "text/xml",
            refusal.code,
            f"<ErrorResponse>{error}<RequestId>embedded-aws</RequestId></ErrorResponse>".encode(),
        )
    code = JSON_CODE if refusal.code == XML_CODE else refusal.code
    answer = {"__type": code, "message": refusal.message}
    return "application/x-amz-json-1.0", code, json.dumps(answer).encode()
