"""The forge as jobs on repositories see it, where the settings name one."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from worker.adapters.git_checkout_process import Access
from worker.adapters.git_contents import GitContents
from worker.adapters.github_app import AppTokens, Credentials, PersonalToken, git_access
from worker.adapters.github_failures import GithubFailures
from worker.adapters.github_forge import GithubForge
from worker.adapters.github_forge_client import GithubApi
from worker.adapters.github_forge_reports import GithubReports
from worker.adapters.github_pulls import GithubPulls
from worker.adapters.stored_credentials import StoredCredentials
from worker.domain.job import JobKind
from worker.domain.publication import Repository
from worker.ports import Pipeline
from worker.repair.pipeline import RepairPipeline
from worker.repository.child_modules import ChildModules
from worker.repository.pipeline import RepositoryPipeline, Surroundings
from worker.repository.replying import ReplyPipeline
from worker.repository_ports import Checkouts, SourceCheckout
from worker.wiring.rig import Rig, open_client

CHILD_ATTEMPTS = 2
"""A child job with a module has one attempt, and as much time for child jobs of its own, before the rest is published without it."""
GIT_SECONDS = 60.0
"""Longest run of git within an attempt."""


async def with_repositories(
    *, testing: Pipeline, fixing: RepairPipeline, rig: Rig, stack: AsyncExitStack
) -> dict[JobKind, Pipeline]:
    """Let each pipeline serve whole repositories, too, and replies be given; without a forge those jobs end by saying so."""
    surroundings = await _surroundings(rig, fixing, stack) if rig.settings.has_forge else None
    pipelines: dict[JobKind, Pipeline] = {JobKind.TEST: testing, JobKind.FIX: fixing}
    served: dict[JobKind, Pipeline] = {
        kind: RepositoryPipeline(pipeline, surroundings=surroundings, clock=rig.clock)
        for kind, pipeline in pipelines.items()
    }
    served[JobKind.REPLY] = ReplyPipeline(surroundings.reports if surroundings else None)
    return served


async def _surroundings(rig: Rig, fixing: RepairPipeline, stack: AsyncExitStack) -> Surroundings:
    client = await stack.enter_async_context(httpx.AsyncClient())
    api = GithubApi(client, clock=rig.clock, base_url=rig.settings.github_api_url)
    credentials = await _credentials(rig, api, stack)
    web_url = rig.settings.github_web_url
    return Surroundings(
        checkouts=_checkouts(git_access(credentials, web_url=web_url), scheme=urlsplit(web_url).scheme),
        forge=GithubForge(api, credentials=credentials),
        reports=GithubReports(api, credentials=credentials),
        pulls=GithubPulls(api, credentials=credentials),
        failures=GithubFailures(api, credentials=credentials, clock=rig.clock),
        artifacts=rig.shared.stores.artifacts,
        children=ChildModules(
            repair=fixing,
            children=rig.shared.children,
            artifacts=rig.shared.stores.artifacts,
            clock=rig.clock,
            patience_seconds=CHILD_ATTEMPTS * rig.settings.job_timeout_seconds,
        ),
    )


async def _credentials(rig: Rig, api: GithubApi, stack: AsyncExitStack) -> Credentials:
    settings = rig.settings

    def made_of(secret: str) -> Credentials:
        if settings.github_app_id:
            return AppTokens(api, app_id=settings.github_app_id, private_key=secret, clock=rig.clock)
        return PersonalToken(api, token=secret)

    return StoredCredentials(
        client=await open_client("ssm", stack),
        parameter=settings.github_secret_parameter,
        made_of=made_of,
        clock=rig.clock,
    )


def _checkouts(locate: Callable[[Repository], Awaitable[Access]], *, scheme: str) -> Checkouts:
    @asynccontextmanager
    async def opened() -> AsyncIterator[SourceCheckout]:
        with tempfile.TemporaryDirectory(prefix="ddf-checkout-") as folder:
            yield GitContents(Path(folder), locate=locate, timeout_seconds=GIT_SECONDS, protocols=(scheme,))

    return opened
