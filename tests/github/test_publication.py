"""The whole way: git on bare repositories, the client on the mock GitHub; killed between any two calls of either."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.artifacts import FakeArtifacts
from tests.github.fixtures import Github, a_github
from tests.github.remotes import LocalRemotes
from tests.github.server import LOGIN, Refusal
from tests.worker.publication.builders import (
    BRANCH,
    CART,
    FINGERPRINT,
    FIXED,
    NAMES,
    SHOP,
    a_publication,
    with_settings,
)
from worker.adapters.git_checkout import GitCheckout
from worker.adapters.github_forge import GithubForge
from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.domain.publication import Publication, PublicationEnd, PublicationOutcome, Repository
from worker.publication.keeping import publish_kept, resume

pytestmark = pytest.mark.slow

WANTED = {"is_draft": True, "labels": ("fleet",)}


@dataclass
class Stand:
    github: Github
    remotes: LocalRemotes
    folder: Path
    artifacts: FakeArtifacts
    base: str

    async def publish(self, publication: Publication) -> PublicationOutcome:
        """As a process of its own would: with a store of git that nobody used before."""
        self.folder = self.folder.with_name(f"{self.folder.name}x")
        checkout = GitCheckout(
            self.folder, locate=self.remotes.locate, timeout_seconds=120, protocols=("file",)
        )
        forge = GithubForge(self.github.api, credentials=self.github.person)
        return await publish_kept(publication, checkout=checkout, forge=forge, artifacts=self.artifacts)

    @property
    def pulls(self) -> list[dict]:
        return self.github.world.projects["acme/shop"].pulls


@pytest.fixture
async def stand(tmp_path) -> AsyncIterator[Stand]:
    remotes = LocalRemotes(tmp_path / "hub")
    remotes.create(SHOP)
    base = remotes.commit(SHOP, "main", {"shop/cart.py": CART, "shop/names.py": NAMES})
    async with a_github(remotes) as github:
        yield Stand(
            github=github, remotes=remotes, folder=tmp_path / "git", artifacts=FakeArtifacts(), base=base
        )


async def test_a_proved_fix_is_pushed_and_its_pull_request_open(stand):
    outcome = await stand.publish(with_settings(a_publication(stand.base), **WANTED))
    assert outcome.end is PublicationEnd.OPENED
    assert stand.remotes.log(SHOP, BRANCH) == [
        "Name the parameter as it is called",
        "Start the total at nothing",
        "change",
    ]
    assert stand.remotes.show(SHOP, BRANCH, "shop/cart.py") == FIXED
    assert stand.remotes.tip(SHOP, BRANCH) == outcome.commit
    assert stand.remotes.tip(SHOP, "main") == stand.base
    (pull,) = stand.pulls
    assert (pull["head"]["sha"], pull["draft"]) == (outcome.commit, True)
    assert [label["name"] for label in pull["labels"]] == ["fleet"]
    assert "| Start the total at nothing | the failing test | passed |" in pull["body"]


STEPS = (
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/pulls",
    "GET /repos/{owner}/{repo}/rules/branches/{branch}",
    "POST /repos/{owner}/{repo}/pulls",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
)


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_github_that_is_lost_at_any_call_is_made_up_for_by_another_try(stand, is_done):
    publication = with_settings(a_publication(stand.base), **WANTED)
    for step in STEPS:
        stand.github.server.refuse(
            step, *[Refusal(502, body="<html>", is_done=is_done)] * (3 if step.startswith("GET") else 1)
        )
        with pytest.raises(ForgeUnavailable):
            await stand.publish(publication)
    outcome = await stand.publish(publication)
    assert outcome.end in {PublicationEnd.OPENED, PublicationEnd.UNCHANGED}
    (pull,) = stand.pulls
    assert [label["name"] for label in pull["labels"]] == ["fleet"]
    assert stand.remotes.log(SHOP, BRANCH)[1:] == ["Start the total at nothing", "change"]


async def test_a_second_process_does_nothing_twice_and_follows_a_base_that_moved(stand):
    first = await stand.publish(a_publication(stand.base))
    again = await stand.publish(a_publication(stand.base))
    assert (again.end, again.commit) == (PublicationEnd.UNCHANGED, first.commit)
    moved = stand.remotes.commit(SHOP, "main", {"README.md": "shop\n"})
    proved_anew = await stand.publish(a_publication(moved))
    assert proved_anew.end is PublicationEnd.UPDATED
    assert stand.remotes.show(SHOP, BRANCH, "README.md") == "shop\n"
    assert len(stand.pulls) == 1


async def test_people_who_commit_to_our_branch_keep_it(stand):
    await stand.publish(a_publication(stand.base))
    theirs = stand.remotes.commit(SHOP, BRANCH, {"more.py": "x = 1\n"})
    moved = stand.remotes.commit(SHOP, "main", {"README.md": "shop\n"})
    assert (await stand.publish(a_publication(moved))).end is PublicationEnd.TAKEN_OVER
    assert stand.remotes.tip(SHOP, BRANCH) == theirs


async def test_without_the_right_to_push_the_branch_lies_in_our_fork(stand):
    stand.github.world.projects["acme/shop"].can_push = False
    outcome = await stand.publish(with_settings(a_publication(stand.base), is_fork_used=True))
    assert outcome.end is PublicationEnd.OPENED
    fork = Repository(owner=LOGIN, name="shop")
    assert stand.remotes.tip(fork, BRANCH) == outcome.commit
    assert stand.remotes.tip(SHOP, BRANCH) is None
    assert stand.pulls[0]["head"]["label"] == f"{LOGIN}:{BRANCH}"


async def test_a_protected_branch_that_no_rule_told_of_is_refused_by_the_server_and_explained(stand):
    stand.remotes.hook(
        SHOP, "pre-receive", "#!/bin/sh\necho 'GH013: Repository rule violations found' >&2\nexit 1\n"
    )
    with pytest.raises(ForgeRefused, match="GH013"):
        await stand.publish(a_publication(stand.base))
    assert stand.pulls == []


async def test_what_is_stored_is_enough_to_go_on_elsewhere(stand):
    stand.github.server.refuse("POST /repos/{owner}/{repo}/pulls", Refusal(502, body="<html>"))
    with pytest.raises(ForgeUnavailable):
        await stand.publish(a_publication(stand.base))
    checkout = GitCheckout(
        stand.folder / "elsewhere", locate=stand.remotes.locate, timeout_seconds=120, protocols=("file",)
    )
    forge = GithubForge(stand.github.api, credentials=stand.github.app)
    outcome = await resume(SHOP, FINGERPRINT, checkout=checkout, forge=forge, artifacts=stand.artifacts)
    assert outcome.end is PublicationEnd.OPENED
    assert len(stand.pulls) == 1
