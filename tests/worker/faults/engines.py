"""A server that speaks Ollama's API and means no good, on a thread of its own."""

import json
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

Answer = Callable[[BaseHTTPRequestHandler], None]
HANG_SECONDS = 100.0


class ScriptedOllama:
    """Answers each request for tests with the script of the moment."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.asked += 1
                try:
                    outer.answer(self)
                except OSError:
                    self.close_connection = True  # whoever asked has gone

            def do_GET(self) -> None:
                send(self, 200, json.dumps({"models": [{"name": "tiny", "digest": "0" * 64}]}).encode())

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/x-ndjson")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def lines(*chunks: object) -> bytes:
    return "".join(json.dumps(chunk) + "\n" for chunk in chunks).encode()


def says(text: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        end = {"response": "", "done": True, "done_reason": "stop", "prompt_eval_count": 90, "eval_count": 9}
        send(handler, 200, lines({"response": text, "done": False}, end))

    return answer


def sends(status: int, body: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        send(handler, status, body)

    return answer


def hangs(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(HANG_SECONDS)
    handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "5000")
    handler.end_headers()
    handler.wfile.write(lines({"response": "def test_", "done": False}))
    handler.wfile.flush()
    handler.close_connection = True
