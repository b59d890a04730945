"""Faults of the embedded AWS in the shape of AWS errors, so that clients say what is wrong instead of "500: <!doctype html>".

The status is 501: botocore retries 500 with backoff, and what is missing will still be missing then.
"""

import json
import logging
import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment
from xml.sax.saxutils import escape

NOT_IMPLEMENTED_CODE = "NotImplementedInEmbeddedAws"
CRASHED_CODE = "FaultOfEmbeddedAws"

log = logging.getLogger(__name__)


def fault_response(
    environ: WSGIEnvironment, start_response: StartResponse, fault: Exception
) -> Iterable[bytes]:
    """Answer with `fault` in the protocol that the request speaks."""
    code, message = _explain(fault)
    if code == CRASHED_CODE:
        log.error("%s %s failed", environ["REQUEST_METHOD"], environ.get("PATH_INFO"), exc_info=fault)
    content_type, body = _render(environ, code, message)
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("x-amzn-errortype", code),
        ("x-amzn-requestid", "embedded-aws"),
    ]
    start_response("501 Not Implemented", headers)
    return [body]


def _explain(fault: Exception) -> tuple[str, str]:
    action = re.match(r"The (\w+) action has not been implemented", str(fault))
    if action:
        name = "".join(part.capitalize() for part in action[1].split("_"))
        return NOT_IMPLEMENTED_CODE, f"The {name} action is not in the embedded AWS"
    if isinstance(fault, NotImplementedError):
        return NOT_IMPLEMENTED_CODE, f"Not in the embedded AWS: {fault}"
    return CRASHED_CODE, f"The embedded AWS failed at this request: {type(fault).__name__}: {fault}"


def _render(environ: WSGIEnvironment, code: str, message: str) -> tuple[str, bytes]:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    service = scope[1] if scope else ""
    if service == "s3":
        return "application/xml", error.encode()
    if service == "ec2":
        return (
            "text/xml",
            f"<Response><Errors>{error}</Errors><RequestID>embedded-aws</RequestID></Response>".encode(),
        )
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return (
            "text/xml",
            f"<ErrorResponse>{error}<RequestId>embedded-aws</RequestId></ErrorResponse>".encode(),
        )
    content_type = "application/x-amz-json-1.1" if "HTTP_X_AMZ_TARGET" in environ else "application/json"
    return content_type, json.dumps({"__type": code, "message": message}).encode()
