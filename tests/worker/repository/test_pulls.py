"""What a pull request on GitHub holds, asked of a server that holds both sides to GitHub's description."""

import pytest

from tests.github.fixtures import a_github
from worker.adapters.github_pulls import GithubPulls
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository

SHOP = Repository(owner="acme", name="shop")


async def opened(github):
    draft = {"title": "t", "head": "feature", "base": "main", "body": "b"}
    names = {"owner": "acme", "repo": "shop"}
    by = await github.app.authority(SHOP)
    await github.api.post("/repos/{owner}/{repo}/pulls", names, draft, by=by)
    (pull,) = github.world.projects["acme/shop"].pulls
    pull["base"]["repo"]["full_name"] = "acme/shop"
    return pull


async def test_a_pull_request_tells_its_head_and_base():
    async with a_github() as github:
        pull = await opened(github)
        pull["head"]["repo"]["full_name"] = "Acme/shop"
        found = await GithubPulls(github.api, credentials=github.app).head(SHOP, pull["number"])
    assert (found.commit, found.base_commit) == (pull["head"]["sha"], pull["base"]["sha"])
    assert (found.branch, found.base_branch, found.is_fork) == ("feature", "main", False)


async def test_a_head_in_another_repository_is_a_forks():
    async with a_github() as github:
        pull = await opened(github)
        pull["head"]["repo"]["full_name"] = "mallory/shop"
        found = await GithubPulls(github.api, credentials=github.app).head(SHOP, pull["number"])
    assert found.is_fork


async def test_a_pull_request_that_is_not_there_is_refused():
    async with a_github() as github:
        with pytest.raises(ForgeRefused):
            await GithubPulls(github.api, credentials=github.app).head(SHOP, 99)
