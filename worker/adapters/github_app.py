"""In whose name GitHub is spoken to: a GitHub App by tokens that live an hour, or a person's token."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from worker.adapters.git_checkout_process import Access
from worker.adapters.github_forge_client import Authority, GithubApi, names_of, reading
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.ports import Clock

RENEWED_BEFORE = timedelta(minutes=5)
"""A token is asked for anew so long before it ends: a push with it must come to its end."""

JWT_SECONDS = 9 * 60
"""GitHub takes ten minutes at most, and its clock may differ."""


class Credentials(Protocol):
    """Where tokens come from. Raises ForgeUnavailable and ForgeRefused."""

    async def authority(self, repository: Repository) -> Authority:
        """Speak for us to this repository."""

    async def may_write(self, repository: Repository) -> bool | None:
        """Whether the token may push; None where only the repository itself can tell."""

    async def login(self) -> str:
        """Return the name that our comments stand under."""


class PersonalToken:
    """A person's token (classic or fine-grained), or one that a workflow is given."""

    def __init__(self, api: GithubApi, *, token: str) -> None:
        """Speak by this token."""
        self._api = api
        self._authority = Authority(key="", token=token)
        self._login = ""

    async def authority(self, repository: Repository) -> Authority:  # noqa: ARG002 - one token for all
        """Speak for us."""
        return self._authority

    async def may_write(self, repository: Repository) -> bool | None:  # noqa: ARG002 - the repository tells
        """Leave it to the repository."""
        return None

    async def login(self) -> str:
        """Ask once who it belongs to."""
        if not self._login:
            answer = await self._api.get("/user", {}, by=self._authority)
            with reading("our name"):
                self._login = str(answer["login"])
        return self._login


@dataclass(frozen=True, kw_only=True)
class _Installed:
    authority: Authority
    expires_at: datetime
    may_write: bool


class AppTokens:
    """A GitHub App: signs with its key, and asks for a token of each repository alone."""

    def __init__(self, api: GithubApi, *, app_id: str, private_key: str, clock: Clock) -> None:
        """Sign as this App."""
        self._api = api
        self._app_id = app_id
        self._private_key = private_key
        self._clock = clock
        self._tokens: dict[str, _Installed] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._login = ""

    async def authority(self, repository: Repository) -> Authority:
        """Return a token that lives long enough."""
        return (await self._installed(repository)).authority

    async def may_write(self, repository: Repository) -> bool | None:
        """Read it from what the token is for."""
        return (await self._installed(repository)).may_write

    async def login(self) -> str:
        """Ask once for the App's name."""
        if not self._login:
            answer = await self._api.get("/app", {}, by=self._signed())
            with reading("our name"):
                self._login = f"{answer['slug']}[bot]"
        return self._login

    async def _installed(self, repository: Repository) -> _Installed:
        name = repository.full_name.lower()
        async with self._turns.setdefault(
            name, asyncio.Lock()
        ):  # many jobs of one repository ask for one token
            known = self._tokens.get(name)
            if known is None or known.expires_at - self._clock.now() < RENEWED_BEFORE:
                self._tokens[name] = known = await self._renewed(repository)
        return known

    async def _renewed(self, repository: Repository) -> _Installed:
        found = await self._api.get(
            "/repos/{owner}/{repo}/installation", names_of(repository), by=self._signed()
        )
        with reading("the App's installation"):
            installation = str(found["id"])
        answer = await self._api.post(
            "/app/installations/{installation_id}/access_tokens",
            {"installation_id": installation},
            {"repositories": [repository.name]},
            by=self._signed(),
        )
        with reading("the App's token"):
            return _Installed(
                authority=Authority(key=installation, token=str(answer["token"])),
                expires_at=_moment(str(answer["expires_at"])),
                may_write=answer.get("permissions", {}).get("contents") == "write",
            )

    def _signed(self) -> Authority:
        from gidgethub.apps import get_jwt  # noqa: PLC0415 - loads cryptography, which only an App needs
        from jwt import PyJWTError  # noqa: PLC0415 - likewise

        try:
            jwt = get_jwt(app_id=self._app_id, private_key=self._private_key, expiration=JWT_SECONDS)
        except (ValueError, TypeError, PyJWTError) as error:  # its text may quote the key
            raise ForgeRefused("the GitHub App's private key can't be read: it has to be PEM") from error
        return Authority(key="app", jwt=jwt)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} names no zone")
    return found


def git_access(
    credentials: Credentials, *, web_url: str = "https://github.com"
) -> Callable[[Repository], Awaitable[Access]]:
    """Return the way in which git reaches repositories."""

    async def locate(repository: Repository) -> Access:
        authority = await credentials.authority(repository)
        return Access(url=f"{web_url}/{repository.full_name}.git", token=authority.token)

    return locate
