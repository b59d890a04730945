"""The front door: what an HTTP API does on AWS, as a WSGI application.

/_aws/execute-api/{apiId}/{path…}   route → authorization → a healthy task, round robin, or a function

answer  when
404     no such API, stage or route
403     the route asks for AWS_IAM and the request isn't signed for execute-api
413     the request is larger than API Gateway takes
503     no healthy task, or it didn't answer in time
500     the function failed, or answered with what is no response
"""

import http.client
import itertools
import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.account import ACCOUNT_ID
from automation.localaws.runtime.api_routes import Route, RouteTable
from automation.localaws.runtime.board import LocalTask
from automation.localaws.runtime.function_calls import FunctionAnswer, answer_of, event_of, function_in
from automation.localaws.runtime.function_process import FunctionFailed

MOUNT = "/_aws/execute-api/"
LARGEST_BODY_BYTES = 10 * 1024 * 1024
"""API Gateway's own limit."""
BLOCK_BYTES = 16 * 1024
TRIES = 2
"""A task that refuses the connection gives way to the next one; a request that was sent is not sent again."""
FUNCTION = "AWS_PROXY"
"""A function behind a route."""
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,]+)/\d{8}/[^/,]+/execute-api/aws4_request,\s*"
    r"SignedHeaders=[^,]+,\s*Signature=[0-9a-f]{64}"
)
QUERY_CREDENTIAL = re.compile(r"X-Amz-Credential=(?P<key>[^&/%]+)[^&]*(%2F|/)execute-api(%2F|/)aws4_request")

log = logging.getLogger(__name__)


class Refused(Exception):
    """An answer of the gateway itself."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


class Tables(Protocol):
    """Route tables by API id."""

    def table(self, api_id: str) -> RouteTable:
        """Return an API's table; raises botocore's ClientError where there is no such API."""
        ...


class Tasks(Protocol):
    """Healthy tasks by Cloud Map service."""

    def answering(self, registry: str) -> Sequence[LocalTask]:
        """Return the tasks that take requests."""
        ...


class CallableFunctions(Protocol):
    """Functions that can be called."""

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """Return what a function returns; raises FunctionFailed."""
        ...


class NoFunctions:
    """CallableFunctions where there are none."""

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """Refuse."""
        del event
        raise FunctionFailed(f"no function {name} is here")


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it goes on to a task."""

    method: str
    """HTTP method."""
    target: str
    """Path and query."""
    headers: dict[str, str]
    """End-to-end headers."""
    body: bytes
    """Whole body."""


class FrontDoor:
    """The WSGI application."""

    def __init__(self, *, routes: Tables, board: Tasks, functions: CallableFunctions | None = None) -> None:
        self._routes = routes
        self._board = board
        self._functions = functions or NoFunctions()
        self._turn = itertools.count()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            api_id, path = _split(environ)
            route = self._find(api_id, environ["REQUEST_METHOD"], path)
            caller = _authorize(route, environ)
            if route.integration_type == FUNCTION:
                told = self._call(route, _request(environ, path), caller)
                start_response(f"{told.status} {_reason(told.status)}", list(told.headers))
                return [told.body]
            connection, response = self._forward(route, _request(environ, path))
        except Refused as refusal:
            body = json.dumps({"message": str(refusal)}).encode()
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response(refusal.status, headers)
            return [body]
        start_response(f"{response.status} {response.reason}", _end_to_end(response.getheaders()))
        return _stream(connection, response)

    def _find(self, api_id: str, method: str, path: str) -> Route:
        try:
            table = self._routes.table(api_id)
        except (BotoCoreError, ClientError) as fault:
            log.info("API %s: %s", api_id, fault)
            raise Refused("404 Not Found", "Not Found") from fault
        stage = table.stage_of(path)
        inner = path.removeprefix(f"/{stage}") or "/"
        route = table.find(method, inner) if stage else None
        if route is None:
            raise Refused("404 Not Found", "Not Found")
        return route

    def _call(self, route: Route, request: Request, caller: str) -> FunctionAnswer:
        event = event_of(
            route_key=route.key,
            method=request.method,
            target=request.target,
            headers=request.headers,
            body=request.body,
            caller=caller,
        )
        try:
            return answer_of(self._functions.invoke(function_in(route.integration_uri), event))
        except (FunctionFailed, ValueError) as fault:
            log.warning("the front door's call of a function: %s", fault)
            raise Refused("500 Internal Server Error", "Internal Server Error") from fault

    def _forward(
        self, route: Route, request: Request
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        tasks = self._board.answering(route.integration_uri)
        first = next(self._turn)
        for offset in range(min(TRIES, len(tasks))):
            task = tasks[(first + offset) % len(tasks)]
            connection = http.client.HTTPConnection("127.0.0.1", task.port, timeout=route.timeout_seconds)
            try:
                connection.connect()
            except OSError:
                continue
            return connection, _exchange(connection, request)
        raise Refused("503 Service Unavailable", "Service Unavailable")


def _reason(status: int) -> str:
    return http.client.responses.get(status, "Unknown")


def _exchange(connection: http.client.HTTPConnection, request: Request) -> http.client.HTTPResponse:
    try:
        connection.request(request.method, request.target, body=request.body, headers=request.headers)
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as fault:
        connection.close()
        raise Refused("503 Service Unavailable", "Service Unavailable") from fault


def _split(environ: WSGIEnvironment) -> tuple[str, str]:
    whole = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    api_id, _, path = whole.partition(MOUNT)[2].partition("/")
    return api_id, f"/{path}"


def _authorize(route: Route, environ: WSGIEnvironment) -> str:
    """Return the ARN of who signed; empty where the route asks nobody. Users are called by their key here."""
    if route.authorization != "AWS_IAM":
        return ""
    header = environ.get("HTTP_AUTHORIZATION", "")
    query = environ.get("QUERY_STRING", "")
    if not header and "X-Amz-Signature=" not in query:
        raise Refused("403 Forbidden", "Missing Authentication Token")
    signed = SIGNATURE.fullmatch(header.strip()) or QUERY_CREDENTIAL.search(query)
    if signed is None:
        raise Refused("403 Forbidden", "Forbidden")
    return f"arn:aws:iam::{ACCOUNT_ID}:user/{signed['key']}"


def _request(environ: WSGIEnvironment, path: str) -> Request:
    query = environ.get("QUERY_STRING", "")
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and name.removeprefix("HTTP_").replace("_", "-").lower() not in HOP_BY_HOP
    }
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    client = environ.get("REMOTE_ADDR", "127.0.0.1")
    earlier = environ.get("HTTP_X_FORWARDED_FOR")
    headers["X-Forwarded-For"] = f"{earlier}, {client}" if earlier else client
    headers["X-Forwarded-Proto"] = environ.get("wsgi.url_scheme", "http")
    return Request(
        method=environ["REQUEST_METHOD"],
        target=f"{path}?{query}" if query else path,
        headers=headers,
        body=_body(environ),
    )


def _body(environ: WSGIEnvironment) -> bytes:
    is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    length = LARGEST_BODY_BYTES + 1 if is_chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if length > LARGEST_BODY_BYTES and not is_chunked:
        raise Refused("413 Request Entity Too Large", "Request Entity Too Large")
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    if len(body) > LARGEST_BODY_BYTES:
        raise Refused("413 Request Entity Too Large", "Request Entity Too Large")
    return body


def _end_to_end(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


def _stream(connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while block := response.read1(BLOCK_BYTES):
            yield block
    except (OSError, http.client.HTTPException) as fault:
        log.warning("a task broke off its answer: %s", fault)
    finally:
        connection.close()
