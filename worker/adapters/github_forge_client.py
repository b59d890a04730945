"""GitHub's REST interface: credentials told to nobody, gidgethub loaded by the first call alone."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.domain.publication import Repository
from worker.ports import Clock

if TYPE_CHECKING:
    from worker.adapters.github_forge_calls import Caller

API_URL = "https://api.github.com"

MAXIMUM_ITEMS = 3000
"""Of one list."""


class NotThere(ForgeRefused):
    """GitHub knows no such thing, or shows it to us as if it were so."""


class Gone(ForgeRefused):
    """It was there, and is no more."""


@dataclass(frozen=True, kw_only=True)
class Authority:
    """In whose name a call is made."""

    key: str
    """Whose limits count: one for each installation."""
    token: str = field(default="", repr=False)
    """Of an installation or a person."""
    jwt: str = field(default="", repr=False)
    """Of the App itself."""


class GithubApi:
    """Makes calls; each waits where GitHub asks for a short time. Raises ForgeUnavailable and ForgeRefused."""

    def __init__(self, client: httpx.AsyncClient, *, clock: Clock, base_url: str = API_URL) -> None:
        """Use this client; its owner closes it."""
        self._client = client
        self._clock = clock
        self._base_url = base_url
        self._callers: dict[str, Caller] = {}

    async def get(self, path: str, variables: Mapping[str, str], *, by: Authority) -> Any:
        """Read one thing."""
        return await self._caller(by).call("GET", path, variables, by=by)

    async def items(
        self, path: str, variables: Mapping[str, str], *, by: Authority, key: str = "items"
    ) -> list[Any]:
        """Read a list, page after page, up to a bound; `key` is where it lies in an answer that holds more."""
        return await self._caller(by).listed(path, variables, by=by, most=MAXIMUM_ITEMS, key=key)

    async def tail(self, path: str, variables: Mapping[str, str], *, by: Authority, most: int) -> bytes:
        """Read a text wherever GitHub sends us for it, and keep its end."""
        from worker.adapters.github_forge_texts import TextCaller  # noqa: PLC0415 - loads gidgethub

        caller = TextCaller(self._client, clock=self._clock, base_url=self._base_url, most=most)
        caller.rate_limit = self._caller(by).rate_limit
        text = await caller.call("GET", path, variables, by=by)
        with reading(path):
            return str.encode(text or "")

    async def post(
        self, path: str, variables: Mapping[str, str], data: Mapping[str, Any], *, by: Authority
    ) -> Any:
        """Make something."""
        return await self._caller(by).call("POST", path, variables, by=by, data=data)

    async def patch(
        self, path: str, variables: Mapping[str, str], data: Mapping[str, Any], *, by: Authority
    ) -> Any:
        """Change something."""
        return await self._caller(by).call("PATCH", path, variables, by=by, data=data)

    def _caller(self, by: Authority) -> "Caller":
        if by.key not in self._callers:
            from worker.adapters.github_forge_calls import Caller  # noqa: PLC0415 - loads gidgethub

            self._callers[by.key] = Caller(self._client, clock=self._clock, base_url=self._base_url)
        return self._callers[by.key]


def names_of(repository: Repository) -> dict[str, str]:
    """Return what the paths of a repository name it by."""
    return {"owner": repository.owner, "repo": repository.name}


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Tell an answer that is not as GitHub describes it."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise ForgeUnavailable(f"GitHub's answer about {what} can't be read: {error!r:.100}") from error
