"""Answers a front door's request by asking the gateway of this very process: its routes, limits and errors are the only ones."""

from typing import Any

import httpx

from worker.domain.invocation import HttpCall, http_answer

SPARE_SECONDS = 0.5
"""Kept to answer that it took too long."""
PASSED_ON = ("content-type", "accept")


class LoopbackDoor:
    """A `worker.runtime.invocations.Door`."""

    def __init__(self, *, client: httpx.AsyncClient, port: int) -> None:
        """Ask at this port of the loopback."""
        self._client = client
        self._base = f"http://127.0.0.1:{port}"

    async def __call__(self, call: HttpCall, seconds: float) -> dict[str, Any]:
        """Ask, for as long as the invocation lasts."""
        try:
            answer = await self._client.request(
                call.method,
                self._base + call.target,
                content=call.body,
                headers={name: call.headers[name] for name in PASSED_ON if name in call.headers},
                timeout=max(0.1, seconds - SPARE_SECONDS),
            )
        except httpx.TimeoutException:
            return http_answer(504, "application/json", b'{"error": "the function\'s time is over"}')
        except httpx.InvalidURL:
            return http_answer(400, "application/json", b'{"error": "no such address"}')
        content_type = answer.headers.get("content-type", "application/octet-stream")
        return http_answer(answer.status_code, content_type, answer.content)
