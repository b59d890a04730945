"""Run as a script: where a Lambda function's handler lives on this machine.

`python -m automation.localaws.runtime.function_host MODULE.FUNCTION`

Each line of standard input is an invocation, each line of standard output its answer, both JSON; what the handler prints goes to
standard error. Like Lambda, it keeps the process between invocations, and tells the handler how much time is left.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, TextIO

OURS = "worker."
"""Only handlers of this checkout's worker run here."""


class Context:
    """What a handler is told of its invocation."""

    def __init__(self, remaining_seconds: float) -> None:
        self._ends_at = time.monotonic() + remaining_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return how long it may go on."""
        return max(int((self._ends_at - time.monotonic()) * 1000), 0)


Handler = Callable[[Any, Context], Any]


def handler_named(name: str) -> Handler:
    """Return the handler MODULE.FUNCTION."""
    module, _, function = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), function)
    return handler


def main() -> None:
    """Serve until standard input ends."""
    answers = _own_output()
    handler = handler_named(sys.argv[1])
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _answer(handler, asked)
        sys.stdout.flush()  # what it printed is in the log before its answer is known
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answer(handler: Handler, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"result": handler(asked["event"], Context(asked["remaining_seconds"]))}
    except Exception as fault:  # noqa: BLE001 - as Lambda: the function failed, its environment lives on
        traceback.print_exc()
        return {"error": f"{type(fault).__name__}: {fault}"}


def _own_output() -> TextIO:
    """Keep standard output for answers, and have whatever the handler prints go the way of its errors."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


if __name__ == "__main__":
    main()
