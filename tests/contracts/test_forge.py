"""What every forge does, on the fake and with the GitHub client against a server that holds both sides to GitHub's description."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from tests.fakes.forge import FakeForge
from tests.github.description import description
from tests.github.server import LOGIN, PERSONAL_TOKEN, GithubServer
from tests.github.world import GithubWorld
from worker.adapters.github_app import PersonalToken
from worker.adapters.github_forge import GithubForge
from worker.adapters.github_forge_client import GithubApi
from worker.adapters.system_clock import SystemClock
from worker.domain.forge import PullRequestDraft, PullRequestState
from worker.domain.publication import Repository
from worker.publication_ports import Forge

SHOP = Repository(owner="acme", name="shop")
DRAFT = PullRequestDraft(
    head_owner="acme",
    branch="fleet/fix-1",
    base_branch="main",
    title="Fix the total",
    body="What\n\nand why: äö✓",
    is_draft=True,
)


@dataclass
class World:
    forge: Forge
    change: Callable[..., None]
    """What a person does: (number, state)."""
    protect: Callable[[str], None]
    archive: Callable[[], None]
    login: str


@pytest.fixture(params=["fake", "GitHub"])
async def world(request) -> AsyncIterator[World]:
    if request.param == "fake":
        fake = FakeForge(login=LOGIN)

        def archive() -> None:
            fake.is_archived, fake.can_push = True, False

        yield World(
            forge=fake,
            change=lambda number, state: fake.change(number, state=state),
            protect=fake.protected.add,
            archive=archive,
            login=LOGIN,
        )
        return
    if description() is None:
        pytest.skip("GitHub's description comes by npm, which is missing or reaches no registry")
    github = GithubWorld()
    project = github.add("acme/shop")

    def change(number: int, state: PullRequestState) -> None:
        is_open, is_merged = state is PullRequestState.OPEN, state is PullRequestState.MERGED
        (pull,) = [each for each in project.pulls if each["number"] == number]
        pull |= {
            "state": "open" if is_open else "closed",
            "merged_at": "2026-01-02T03:04:05Z" if is_merged else None,
        }

    def closed() -> None:
        project.is_archived, project.can_push = True, False

    async with GithubServer(github) as server, httpx.AsyncClient() as client:
        api = GithubApi(client, clock=SystemClock(), base_url=server.url)
        forge = GithubForge(api, credentials=PersonalToken(api, token=PERSONAL_TOKEN))
        yield World(forge=forge, change=change, protect=project.protected.add, archive=closed, login=LOGIN)


async def test_a_repository_is_known_by_what_a_publication_needs(world):
    facts = await world.forge.facts(SHOP)
    assert (facts.repository, facts.default_branch, facts.can_push, facts.is_archived) == (
        SHOP,
        "main",
        True,
        False,
    )
    world.archive()
    facts = await world.forge.facts(SHOP)
    assert (facts.can_push, facts.is_archived) == (False, True)


async def test_a_protected_branch_is_known_and_one_that_is_not_there_is_not(world):
    assert not await world.forge.is_protected(SHOP, "fleet/fix-1")
    world.protect("fleet/fix-1")
    assert await world.forge.is_protected(SHOP, "fleet/fix-1")


async def test_a_pull_request_is_opened_and_found_by_its_branch(world):
    assert await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1") is None
    made = await world.forge.open_pull_request(SHOP, DRAFT)
    assert (made.state, made.title, made.body, made.labels) == (
        PullRequestState.OPEN,
        DRAFT.title,
        DRAFT.body,
        (),
    )
    assert made.url.endswith(f"/pull/{made.number}")
    assert await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1") == made
    assert await world.forge.pull_request(SHOP, head_owner="other", branch="fleet/fix-1") is None


async def test_a_second_one_from_the_same_branch_is_the_first_one(world):
    made = await world.forge.open_pull_request(SHOP, DRAFT)
    assert await world.forge.open_pull_request(SHOP, DRAFT) == made


async def test_its_text_changes_and_its_title_stays(world):
    made = await world.forge.open_pull_request(SHOP, DRAFT)
    await world.forge.update_pull_request(SHOP, made.number, body="Other words")
    found = await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1")
    assert (found.title, found.body) == (DRAFT.title, "Other words")


@pytest.mark.parametrize("state", [PullRequestState.MERGED, PullRequestState.CLOSED])
async def test_an_ended_one_is_found_as_ended_until_there_is_an_open_one(world, state):
    made = await world.forge.open_pull_request(SHOP, DRAFT)
    world.change(made.number, state)
    found = await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1")
    assert (found.number, found.state) == (made.number, state)
    second = await world.forge.open_pull_request(SHOP, DRAFT)
    assert second.number != made.number
    assert await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1") == second


async def test_labels_are_added_to_those_that_are_there(world):
    made = await world.forge.open_pull_request(SHOP, DRAFT)
    await world.forge.add_labels(SHOP, made.number, ["fleet"])
    await world.forge.add_labels(SHOP, made.number, ["fleet", "bug"])
    found = await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1")
    assert found.labels == ("fleet", "bug")


async def test_our_fork_is_the_same_each_time(world):
    fork = await world.forge.own_fork(SHOP, branch="main")
    assert fork == Repository(owner=world.login, name="shop")
    assert await world.forge.own_fork(SHOP, branch="main") == fork
    draft = PullRequestDraft(
        head_owner=fork.owner, branch="fleet/fix-1", base_branch="main", title="t", body="b"
    )
    made = await world.forge.open_pull_request(SHOP, draft)
    assert await world.forge.pull_request(SHOP, head_owner=fork.owner, branch="fleet/fix-1") == made
    assert await world.forge.pull_request(SHOP, head_owner="acme", branch="fleet/fix-1") is None
