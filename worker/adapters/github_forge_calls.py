"""gidgethub over httpx: what GitHub limits is waited for or told, what it refuses is explained. Loaded with the first call alone."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any

import httpx
from gidgethub import GitHubException, HTTPException
from gidgethub.abc import GitHubAPI

from worker.adapters.github_forge_client import Authority, Gone, NotThere
from worker.adapters.github_forge_limits import pause_seconds
from worker.domain.errors import ForgeRefused, ForgeUnavailable, WorkerError
from worker.domain.redaction import redacted
from worker.ports import Clock

API_VERSION = "2022-11-28"
REQUESTER = "deployer-ddf-mod-llm-models"

LONGEST_PAUSE_SECONDS = 20.0
"""A longer wait is the queue's, not ours: a worker that sleeps holds a job."""

MAXIMUM_ATTEMPTS = 3
"""Of one call."""

SECONDS = httpx.Timeout(30.0)
"""Without a word from GitHub."""
_HEADERS = {"x-github-api-version": API_VERSION}


class Caller(GitHubAPI):
    """The half of it that does I/O, for one authority."""

    def __init__(self, client: httpx.AsyncClient, *, clock: Clock, base_url: str) -> None:
        """Speak by this client."""
        super().__init__(REQUESTER, base_url=base_url)
        self.http = client
        self._clock = clock

    async def call(
        self,
        method: str,
        path: str,
        variables: Mapping[str, str],
        *,
        by: Authority,
        data: Mapping[str, Any] | None = None,
    ) -> Any:
        """Make one call, in our words where it goes wrong."""
        async with _Translated(path, variables):
            named = {"extra_headers": dict(_HEADERS), **_said(by)}
            if method == "GET":
                return await self.getitem(path, variables, **named)
            if method == "PATCH":
                return await self.patch(path, variables, data=data, **named)
            return await self.post(path, variables, data=data, **named)

    async def listed(
        self, path: str, variables: Mapping[str, str], *, by: Authority, most: int, key: str
    ) -> list[Any]:
        """Read page after page."""
        found: list[Any] = []
        pages: AsyncGenerator[Any, None] = self.getiter(
            path, variables, extra_headers=dict(_HEADERS), iterable_key=key, **_said(by)
        )
        async with _Translated(path, variables), aclosing(pages):
            async for item in pages:
                found.append(item)
                if len(found) >= most:
                    break
        return found

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        try:
            answer = await self.http.request(
                method,
                url,
                headers=dict(headers),
                content=body,
                timeout=SECONDS,
                follow_redirects=method
                == "GET",  # a renamed repository; httpx takes the token along to the same host alone
            )
        except httpx.HTTPError as error:
            why = redacted(str(error)) or type(error).__name__
            raise ForgeUnavailable(f"GitHub can't be reached: {why}") from error
        return answer.status_code, answer.headers, answer.content

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._clock.sleep(seconds)

    async def manage_rate_limit(self, *, method: str, url: str) -> None:  # noqa: ARG002 - gidgethub's hook names them
        """Make no call that is known to be refused."""
        limit = self.rate_limit
        if limit is None or limit.remaining >= 0:
            return
        left = (limit.reset_datetime - self._clock.now()).total_seconds() + 1
        if left > 0:
            raise ForgeUnavailable("GitHub's rate limit is used up", retry_after_seconds=left)

    async def handle_rate_limit_error(
        self,
        *,
        method: str,
        url: str,  # noqa: ARG002 - gidgethub's hook names it
        exception: HTTPException,
        attempt: int,
    ) -> bool:
        """Wait where GitHub asks for a short time or stumbles over a question; a longer time is told."""
        status = int(exception.status_code)
        pause = pause_seconds(status, exception.headers, str(exception), self._clock.now())
        if pause is None:
            is_repeated = method == "GET" and status >= 500 and attempt < MAXIMUM_ATTEMPTS
            if is_repeated:
                await self.sleep(float(attempt))
            return is_repeated
        if pause > LONGEST_PAUSE_SECONDS or attempt >= MAXIMUM_ATTEMPTS:
            raise ForgeUnavailable(
                f"GitHub's rate limit is used up (for {pause:.0f} s): {_shown(exception)}",
                retry_after_seconds=pause,
            )
        await self.sleep(pause)
        return True


class _Translated:
    """Tells what gidgethub raises in our words."""

    def __init__(self, path: str, variables: Mapping[str, str]) -> None:
        """Name what was asked for by its path."""
        self._what = "/".join(
            variables.get(part.strip("{}"), part) for part in path.partition("{?")[0].split("/")
        )

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, HTTPException):
            raise _told(error, self._what) from error
        if isinstance(error, _UNREADABLE):
            raise ForgeUnavailable(
                f"GitHub's answer to {self._what} can't be read: {type(error).__name__}"
            ) from error


_UNREADABLE = (
    GitHubException,
    *(LookupError, TypeError, ValueError, AttributeError, RecursionError),
)
"""What gidgethub trips over where an answer is not what its headers promise."""

_KINDS: dict[int, type[ForgeRefused]] = {404: NotThere, 410: Gone}
_REASONS = {
    401: "the token or the App's key is not accepted; renew it",
    403: "we lack the right to do this",
    404: "there is no such thing, or the App is not installed there",
    410: "it is switched off or gone",
    451: "it is blocked for legal reasons",
}


def _told(error: HTTPException, what: str) -> WorkerError:
    status = int(error.status_code)
    if status >= 500:
        return ForgeUnavailable(f"GitHub stumbled ({status}) over {what}")
    needed = error.headers.get("x-accepted-github-permissions", "")
    text = f"GitHub refused {what} ({status}): {_REASONS.get(status, 'it says')}: {_shown(error)}"
    if status in _KINDS:
        return _KINDS[status](text)
    return ForgeRefused(f"{text}; it needs {needed}" if needed and status == 403 else text)


def _shown(error: HTTPException) -> str:
    return redacted(" ".join(str(error).split()))[:300]


def _said(by: Authority) -> dict[str, Any]:
    return {"jwt": by.jwt} if by.jwt else {"oauth_token": by.token}
