"""Lambda's runtime API: the function asks for its next invocation, and says what came of it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from collections.abc import Mapping
from typing import Any

import httpx

from worker.domain.errors import WorkerError
from worker.domain.invocation import Invocation

ADDRESS_VARIABLE = "AWS_LAMBDA_RUNTIME_API"
"""HOST:PORT; whoever has it runs as a function."""
VERSION = "2018-06-01"
ANSWER_SECONDS = 10.0
"""What an answer may take on its way; only the next invocation is waited for without end."""
LARGEST_ERROR_TEXT = 2000


class RuntimeGone(WorkerError):
    """Lambda does not answer, or refuses: this environment is of no more use."""


class LambdaRuntime:
    """A `worker.ports.FunctionRuntime`."""

    def __init__(self, *, client: httpx.AsyncClient, address: str) -> None:
        """Ask at HOST:PORT."""
        self._client = client
        self._base = f"http://{address}/{VERSION}/runtime"

    async def next(self) -> Invocation:
        """Wait for as long as it takes: the environment is frozen meanwhile."""
        answer = await self._asked("GET", "invocation/next", seconds=None)
        try:
            return Invocation(
                request_id=answer.headers["Lambda-Runtime-Aws-Request-Id"],
                event=answer.json(),
                ends_at=int(answer.headers["Lambda-Runtime-Deadline-Ms"]) / 1000,
            )
        except (KeyError, ValueError) as error:
            raise RuntimeGone(f"the invocation can't be read: {type(error).__name__}: {error}") from error

    async def answer(self, invocation: Invocation, content: Mapping[str, Any]) -> None:
        """Say what the function returns."""
        await self._asked("POST", f"invocation/{invocation.request_id}/response", content)

    async def fail(self, invocation: Invocation, error: BaseException) -> None:
        """Say that it failed: a batch then comes again as a whole."""
        await self._asked("POST", f"invocation/{invocation.request_id}/error", _told(error))

    async def unfit(self, error: BaseException) -> None:
        """Say that no invocation can be taken here."""
        await self._asked("POST", "init/error", _told(error))

    async def _asked(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        *,
        seconds: float | None = ANSWER_SECONDS,
    ) -> httpx.Response:
        timeout = httpx.Timeout(seconds, connect=ANSWER_SECONDS)
        error_type = str((content or {}).get("errorType", ""))
        headers = {"Lambda-Runtime-Function-Error-Type": error_type} if error_type else {}
        try:
            answer = await self._client.request(
                method, f"{self._base}/{path}", json=content, headers=headers, timeout=timeout
            )
        except httpx.HTTPError as error:
            raise RuntimeGone(
                f"Lambda's runtime API did not answer {path}: {type(error).__name__}: {error}"
            ) from error
        if not answer.is_success:
            raise RuntimeGone(
                f"Lambda's runtime API refused {path}: {answer.status_code} {answer.text[:200]}"
            )
        return answer


def _told(error: BaseException) -> dict[str, Any]:
    name = type(error).__name__
    return {"errorMessage": str(error)[:LARGEST_ERROR_TEXT] or name, "errorType": f"Worker.{name}"}
