"""Texts that GitHub keeps elsewhere and sends us to, such as logs: read as they come, a bounded part of them kept."""

import asyncio
from collections.abc import Mapping

import httpx

from worker.adapters.github_forge_calls import SECONDS, Caller
from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.domain.redaction import redacted
from worker.ports import Clock

MOST_BYTES = 200_000_000
"""Read of one text; GitHub shows the beginning of longer ones only, too."""

LONGEST_SECONDS = 60.0
"""For one text."""


class TextCaller(Caller):
    """Keeps the end of an answer that is no JSON."""

    def __init__(self, client: httpx.AsyncClient, *, clock: Clock, base_url: str, most: int) -> None:
        """Keep so many bytes."""
        super().__init__(client, clock=clock, base_url=base_url)
        self._most = most

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Follow where GitHub sends us: httpx takes the token along to the same host alone."""
        try:
            async with (
                asyncio.timeout(LONGEST_SECONDS),
                self.http.stream(
                    method,
                    url,
                    headers=dict(headers),
                    content=body,
                    timeout=SECONDS,
                    follow_redirects=True,
                ) as answer,
            ):
                kept = await self._tail(answer)
        except TimeoutError as error:
            raise ForgeRefused(f"GitHub took more than {LONGEST_SECONDS:.0f} s for a text") from error
        except httpx.HTTPError as error:
            why = redacted(str(error)) or type(error).__name__
            raise ForgeUnavailable(f"GitHub can't be reached: {why}") from error
        if answer.is_success:
            text = kept.decode("utf-8", "replace").encode()  # its beginning may be the half of a sign
            return answer.status_code, {**answer.headers, "content-type": "text/plain; charset=utf-8"}, text
        return answer.status_code, answer.headers, kept

    async def _tail(self, answer: httpx.Response) -> bytes:
        kept, count = bytearray(), 0
        async for chunk in answer.aiter_bytes():
            kept += chunk
            count += len(chunk)
            if len(kept) > 2 * self._most:
                del kept[: -self._most]
            if count > MOST_BYTES:
                raise ForgeRefused(f"GitHub sends a text of more than {MOST_BYTES} bytes")
        return bytes(kept[-self._most :])
