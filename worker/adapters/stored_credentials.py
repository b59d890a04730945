"""The forge's secret from SSM's parameter store, remembered for a while: it stands in no setting, log or file, and a new one needs no restart."""

import asyncio
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from worker.adapters.aws_errors import CALL_SECONDS, FAILURES, code_of, unavailable
from worker.adapters.github_app import Credentials
from worker.adapters.github_forge_client import Authority
from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.domain.publication import Repository
from worker.ports import Clock

REMEMBERED_SECONDS = 600.0

_FOR_GOOD = frozenset({"ParameterNotFound", "AccessDeniedException", "ValidationException", "InvalidKeyId"})


class StoredCredentials:
    """Credentials made of a parameter's value."""

    def __init__(
        self, *, client: Any, parameter: str, made_of: Callable[[str], Credentials], clock: Clock
    ) -> None:
        """Use an aiobotocore SSM client."""
        self._client = client
        self._parameter = parameter
        self._made_of = made_of
        self._clock = clock
        self._turn = asyncio.Lock()
        self._secret = ""
        self._held: Credentials | None = None
        self._read_at = 0.0

    async def authority(self, repository: Repository) -> Authority:
        """Speak for us to this repository."""
        return await (await self._credentials()).authority(repository)

    async def may_write(self, repository: Repository) -> bool | None:
        """Whether the token may push."""
        return await (await self._credentials()).may_write(repository)

    async def login(self) -> str:
        """Return the name that our comments stand under."""
        return await (await self._credentials()).login()

    async def _credentials(self) -> Credentials:
        async with self._turn:
            now = self._clock.monotonic()
            if self._held is None or now - self._read_at > REMEMBERED_SECONDS:
                secret = await self._read()
                if self._held is None or secret != self._secret:  # else the App's tokens go on to serve
                    self._held = self._made_of(secret)
                self._secret, self._read_at = secret, now
            return self._held

    async def _read(self) -> str:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await self._client.get_parameter(Name=self._parameter, WithDecryption=True)
                return str(answer["Parameter"]["Value"]).strip()
        except FAILURES as error:
            text = str(unavailable(f"read the parameter {self._parameter}", error))
            if isinstance(error, ClientError) and code_of(error) in _FOR_GOOD:
                raise ForgeRefused(text) from error
            raise ForgeUnavailable(text) from error
