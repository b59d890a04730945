"""Lambda's runtime API for one environment of a function, as a small HTTP server on the loopback.

GET  /2018-06-01/runtime/invocation/next            waits for an invocation
POST /2018-06-01/runtime/invocation/{id}/response   what the function returned
POST /2018-06-01/runtime/invocation/{id}/error      why it failed
POST /2018-06-01/runtime/init/error                 why it can't take any
"""

import json
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from automation.localaws.runtime.function_process import FunctionFailed

BASE = "/2018-06-01/runtime/"
INIT_SECONDS = 60.0
"""Longest wait for a function to ask for its first invocation; Lambda's own is ten, on machines that do nothing else."""
LATE_SECONDS = 1.0
"""An answer may come so long after the function's time, before it is taken for lost."""


@dataclass(kw_only=True)
class _Call:
    event: Mapping[str, Any]
    arn: str
    seconds: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    is_handed: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    error: str = ""

    def end(self, *, result: Any = None, error: str = "") -> None:
        if not self.is_over.is_set():
            self.result, self.error = result, error
            self.is_over.set()
            self.is_handed.set()


class RuntimeApi:
    """One environment's server; one invocation at a time."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._current: _Call | None = None
        self._broken = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """HOST:PORT, for AWS_LAMBDA_RUNTIME_API."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def invoke(self, event: Mapping[str, Any], *, arn: str, seconds: float) -> Any:
        """Return what the function returns; raises FunctionFailed, also where it does not answer in time."""
        call = _Call(event=event, arn=arn, seconds=seconds)
        self._current = call
        if self._broken:
            raise FunctionFailed(self._broken)
        self._calls.put(call)
        if not call.is_handed.wait(INIT_SECONDS):
            raise FunctionFailed(f"it did not ask for an invocation within {INIT_SECONDS:.0f} seconds")
        if not call.is_over.wait(seconds + LATE_SECONDS):
            raise FunctionFailed(f"Task timed out after {seconds:.2f} seconds")
        if call.error:
            raise FunctionFailed(call.error)
        return call.result

    def abandon(self, why: str) -> None:
        """The function can't answer any more: end what waits for it, and let nobody wait again."""
        self._broken = self._broken or why
        if self._current is not None:
            self._current.end(error=self._broken)

    def close(self) -> None:
        """Stop serving."""
        self.abandon("the environment was ended")
        self._calls.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next_call(self) -> _Call | None:
        """Wait for an invocation; None once this is closed."""
        call = self._calls.get()
        if call is not None:
            call.is_handed.set()
        return call

    def take(self, path: str, content: Any) -> bool:
        """Take an answer; False where nobody waits for it."""
        if path == "init/error":
            self.abandon(_words(content))
            return True
        _, _, rest = path.partition("invocation/")
        call_id, _, kind = rest.partition("/")
        if self._current is None or self._current.id != call_id or kind not in {"response", "error"}:
            return False
        if kind == "error":
            self._current.end(error=_words(content))
        else:
            self._current.end(result=content)
        return True


def _words(content: Any) -> str:
    told = content if isinstance(content, dict) else {}
    return f"{told.get('errorType', 'Error')}: {told.get('errorMessage', content)}"


def _handler_of(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path != f"{BASE}invocation/next":
                self._send(404, {"errorMessage": "no such path"})
                return
            call = api.next_call()
            if call is None:
                self._send(410, {"errorMessage": "the environment was ended"})
                return
            headers = {
                "Lambda-Runtime-Aws-Request-Id": call.id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + call.seconds) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": call.arn,
            }
            self._send(200, call.event, headers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            is_taken = api.take(self.path.removeprefix(BASE), json.loads(body or b"null"))
            self._send(202 if is_taken else 404, {"status": "OK" if is_taken else "no such invocation"})

        def _send(self, status: int, content: Any, headers: Mapping[str, str] | None = None) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: who asks is our own child."""

    return Handler
