"""A proxy before the embedded AWS that refuses one call in so many of each service, in its words, by throttling and a 500 in turn."""

import http.client
import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

HOP = {"host", "connection", "keep-alive", "transfer-encoding", "content-length"}
LAMBDA_PATHS = ("/2015-03-31/", "/2020-06-30/")
QUERY_VERSIONS = {b"Version=2016-11-15": "ec2", b"Version=2010-05-08": "iam", b"Version=2011-06-15": "sts"}


def service_of(path: str, target: str, body: bytes) -> str:
    """Tell what is called."""
    if path.startswith(LAMBDA_PATHS):
        return "lambda"
    if target:
        return {"AmazonEC2ContainerServiceV20141113": "ecs", "AmazonSQS": "sqs"}.get(
            target.partition(".")[0], "others"
        )
    return next((name for version, name in QUERY_VERSIONS.items() if version in body), "others")


def refusal(service: str, *, throttles: bool) -> tuple[int, dict[str, str], bytes]:
    """Refuse as the service itself would."""
    if service == "ec2":
        code = "RequestLimitExceeded" if throttles else "InternalError"
        body = f"<Response><Errors><Error><Code>{code}</Code><Message>injected</Message></Error></Errors></Response>"
        return (503 if throttles else 500), {"Content-Type": "text/xml"}, body.encode()
    if service in {"iam", "sts"}:
        code = "Throttling" if throttles else "ServiceFailure"
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>injected</Message></Error></ErrorResponse>"
        return (400 if throttles else 500), {"Content-Type": "text/xml"}, body.encode()
    code = {"lambda": "TooManyRequestsException"}.get(service, "ThrottlingException")
    code = code if throttles else "ServiceException"
    status = (429 if service == "lambda" else 400) if throttles else 500
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"__type": code, "message": "injected"}).encode()


class ThrottledAws:
    """Refuses the third call of each of some services, and each `every`th after it."""

    def __init__(self, upstream: str, *, services: set[str], every: int) -> None:
        self.services = services
        self.every = every
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.upstream = urlsplit(upstream)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"aws": self}))
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(20)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    aws: ThrottledAws

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service = service_of(self.path, self.headers.get("X-Amz-Target", ""), body)
        self.aws.calls[service] += 1
        if service in self.aws.services and (self.aws.calls[service] - 3) % self.aws.every == 0:
            self.aws.refused[service] += 1
            self.give(*refusal(service, throttles=self.aws.refused[service] % 2 == 1))
            return
        self.give(*self.ask(body))

    def ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(
            self.aws.upstream.hostname or "", self.aws.upstream.port or 80, timeout=60
        )
        kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        try:
            upstream.request(self.command, self.path, body=body, headers=kept)
            answer = upstream.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            return answer.status, headers, answer.read()
        finally:
            upstream.close()

    def give(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def do_PUT(self) -> None:
        self.serve()

    def do_DELETE(self) -> None:
        self.serve()

    def log_message(self, *_: Any) -> None:
        pass
