"""Invocations that nobody waits for. Stock moto would start a container, or answer without running anything; here the agent runs the function."""

import threading
from typing import Any

from moto.awslambda.models import LambdaBackend

from automation.localaws.patches.replacement import replace, stock

EVENT = "Event"
"""The kind of invocation that nobody waits for."""


class Asked:
    """Names of functions that somebody wants to run, each once until it is taken."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Ask for one."""
        with self._lock:
            self._names[name] = None

    def take(self) -> tuple[str, ...]:
        """Return those that were asked for since the last time."""
        with self._lock:
            names, self._names = tuple(self._names), {}
        return names


ASKED = Asked()


def apply() -> None:
    """Note whom to run."""
    replace(LambdaBackend, "invoke", _invoke(stock(LambdaBackend, "invoke")))


def _invoke(original: Any) -> Any:
    def invoke(self: Any, function_name: str, qualifier: str | None, body: Any, *rest: Any) -> Any:
        headers = rest[0]
        if headers.get("X-Amz-Invocation-Type") != EVENT:
            return original(self, function_name, qualifier, body, *rest)
        ASKED.add(self.get_function(function_name, qualifier).function_name)  # raises where there is none
        return b""

    return invoke
