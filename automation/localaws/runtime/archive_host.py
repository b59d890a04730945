"""Run as a module: what Lambda's Python runtime is to a function from an archive: it asks the runtime API for invocations, and calls the handler.

`python -m automation.localaws.runtime.archive_host MODULE.FUNCTION`, with AWS_LAMBDA_RUNTIME_API in the environment. The code is this checkout's.
"""

import http.client
import json
import os
import sys
import time
import traceback
from typing import Any

from automation.localaws.runtime.function_host import OURS, Context, Handler, handler_named

API = "/2018-06-01/runtime/invocation"


def archive_command(handler: str) -> tuple[str, ...]:
    """Return what runs a handler; raises ValueError where it is none of this checkout."""
    if not handler.startswith(OURS):
        raise ValueError(f"handler {handler!r} is none of this checkout")
    return (sys.executable, "-m", "automation.localaws.runtime.archive_host", handler)


def main() -> None:
    """Serve until the API is gone."""
    address = os.environ["AWS_LAMBDA_RUNTIME_API"]
    handler = handler_named(sys.argv[1])
    while True:
        try:
            asked, headers = _ask(address, "GET", f"{API}/next")
            call_id = headers.get("Lambda-Runtime-Aws-Request-Id")
            if call_id is None:
                return
            deadline = int(headers.get("Lambda-Runtime-Deadline-Ms") or 0) / 1000
            context = Context(deadline - time.time())
            outcome, answer = _outcome(handler, json.loads(asked), context)
            _ask(address, "POST", f"{API}/{call_id}/{outcome}", answer)
        except (OSError, http.client.HTTPException):
            return  # nobody invokes it any more


def _outcome(handler: Handler, event: Any, context: Context) -> tuple[str, bytes]:
    try:
        return "response", json.dumps(handler(event, context)).encode()
    except Exception as fault:  # noqa: BLE001 - as Lambda: the invocation failed, the environment lives on
        traceback.print_exc()
        told = {"errorType": type(fault).__name__, "errorMessage": str(fault)}
        return "error", json.dumps(told).encode()
    finally:
        sys.stdout.flush()


def _ask(
    address: str, method: str, path: str, body: bytes | None = None
) -> tuple[bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(address)
    try:
        connection.request(method, path, body=body)
        response = connection.getresponse()
        return response.read(), response.headers
    finally:
        connection.close()


if __name__ == "__main__":
    main()
