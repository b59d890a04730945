"""One GitHub, spoken to as a person and as an App."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import httpx
import pytest

from tests.github.description import description
from tests.github.remotes import LocalRemotes
from tests.github.server import PERSONAL_TOKEN, GithubServer
from tests.github.world import GithubWorld
from worker.adapters.github_app import AppTokens, PersonalToken
from worker.adapters.github_forge_client import GithubApi


@dataclass
class PassingClock:
    """Whoever sleeps has slept."""

    at: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Github:
    """All that a test needs of it."""

    world: GithubWorld
    server: GithubServer
    clock: PassingClock
    api: GithubApi
    person: PersonalToken
    app: AppTokens


@cache
def app_key() -> tuple[str, str]:
    """Private and public key of a GitHub App."""
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@asynccontextmanager
async def a_github(remotes: LocalRemotes | None = None) -> AsyncIterator[Github]:
    """Open it with one repository, acme/shop; the test is skipped where the description can't be had."""
    if description() is None:
        pytest.skip("GitHub's description comes by npm, which is missing or reaches no registry")
    world, clock = GithubWorld(remotes=remotes), PassingClock()
    world.add("acme/shop")
    private, public = app_key()
    async with GithubServer(world, public_key=public) as server, httpx.AsyncClient() as client:
        api = GithubApi(client, clock=clock, base_url=server.url)
        yield Github(
            world=world,
            server=server,
            clock=clock,
            api=api,
            person=PersonalToken(api, token=PERSONAL_TOKEN),
            app=AppTokens(api, app_id="12345", private_key=private, clock=clock),
        )
