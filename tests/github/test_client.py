"""The GitHub client where GitHub limits, refuses, stumbles or is gone; and in whose name it speaks."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from tests.github.fixtures import PassingClock
from tests.github.server import LOGIN, PERSONAL_TOKEN, Refusal
from worker.adapters.github_app import AppTokens, PersonalToken, git_access
from worker.adapters.github_forge import GithubForge
from worker.adapters.github_forge_calls import MAXIMUM_ATTEMPTS
from worker.adapters.github_forge_client import GithubApi
from worker.domain.errors import ForgeRefused, ForgeUnavailable, WorkerError
from worker.domain.forge import PullRequestDraft
from worker.domain.publication import Repository

SHOP = Repository(owner="acme", name="shop")
FACTS = "GET /repos/{owner}/{repo}"
OPEN = "POST /repos/{owner}/{repo}/pulls"
FIND = "GET /repos/{owner}/{repo}/pulls"
DRAFT = PullRequestDraft(head_owner="acme", branch="fix", base_branch="main", title="t", body="b")
SECONDARY = (
    '{"message": "You have exceeded a secondary rate limit", "documentation_url": "https://docs.github.com"}'
)


@pytest.fixture
def forge(github) -> GithubForge:
    return GithubForge(github.api, credentials=github.person)


async def test_a_short_wait_that_github_asks_for_is_waited(github, forge):
    github.server.refuse(
        OPEN, Refusal(403, {"retry-after": "7"}, SECONDARY), Refusal(429, {"retry-after": "2"}, SECONDARY)
    )
    made = await forge.open_pull_request(SHOP, DRAFT)
    assert github.clock.slept == [7.0, 2.0]
    assert len(github.world.projects["acme/shop"].pulls) == 1
    assert made.number


async def test_a_long_wait_is_the_queues_and_is_told(github, forge):
    github.server.refuse(OPEN, Refusal(403, {"retry-after": "900"}, SECONDARY))
    with pytest.raises(ForgeUnavailable, match="secondary rate limit") as told:
        await forge.open_pull_request(SHOP, DRAFT)
    assert told.value.retry_after_seconds == 900.0
    assert github.clock.slept == []


async def test_the_primary_limit_is_told_with_its_end(github, forge):
    reset = github.clock.now() + timedelta(minutes=30)
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(reset.timestamp())),
    }
    github.server.refuse(FACTS, Refusal(403, headers))
    with pytest.raises(ForgeUnavailable) as told:
        await forge.facts(SHOP)
    assert told.value.retry_after_seconds == 1801.0


async def test_a_call_that_is_known_to_be_refused_is_not_made(github, forge):
    reset = github.clock.now() + timedelta(minutes=5)
    used_up = {
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(reset.timestamp())),
    }
    github.server.refuse("GET /user", Refusal(200, used_up, '{"login": "somebody"}'))
    assert await github.person.login() == "somebody"
    with pytest.raises(ForgeUnavailable) as told:
        await forge.facts(SHOP)
    assert told.value.retry_after_seconds == 301.0
    assert FACTS not in github.server.calls
    github.clock.at = reset + timedelta(seconds=2)
    assert (await forge.facts(SHOP)).default_branch == "main"


async def test_who_limits_again_and_again_is_asked_a_bounded_number_of_times(github, forge):
    github.server.refuse(OPEN, *[Refusal(429, {"retry-after": "1"}, SECONDARY)] * 50)
    with pytest.raises(ForgeUnavailable):
        await forge.open_pull_request(SHOP, DRAFT)
    assert github.server.calls.count(OPEN) == MAXIMUM_ATTEMPTS


async def test_a_question_is_asked_again_where_github_stumbles_and_a_change_is_not(github, forge):
    github.server.refuse(FACTS, Refusal(502, body="<html>Unicorn!</html>"), Refusal(503, body="{}"))
    assert (await forge.facts(SHOP)).default_branch == "main"
    github.server.refuse(OPEN, Refusal(502, body="<html>Unicorn!</html>"))
    with pytest.raises(ForgeUnavailable, match="502"):
        await forge.open_pull_request(SHOP, DRAFT)
    assert github.server.calls.count(OPEN) == 1


async def test_a_pull_request_whose_answer_was_lost_is_found_by_the_next_try(github, forge):
    github.server.refuse(OPEN, Refusal(502, body="<html>Unicorn!</html>", is_done=True))
    with pytest.raises(ForgeUnavailable):
        await forge.open_pull_request(SHOP, DRAFT)
    made = await forge.open_pull_request(SHOP, DRAFT)
    assert [pull["number"] for pull in github.world.projects["acme/shop"].pulls] == [made.number]


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        (Refusal(401), ForgeRefused, "renew it"),
        (Refusal(403, {"x-accepted-github-permissions": "pull_requests=write"}), ForgeRefused, "pull_requests=write"),
        (Refusal(404), ForgeRefused, "not installed"),
        (Refusal(410), ForgeRefused, "switched off"),
        (Refusal(422, body='{"message": "Validation Failed", "errors": [{"code": "custom", "message": "No commits between main and fix"}], "documentation_url": "x"}'), ForgeRefused, "No commits between"),
        (Refusal(500), ForgeUnavailable, "stumbled"),
        (Refusal(200, body="{not json"), ForgeUnavailable, "can't be read"),
        (Refusal(201, body="{}"), ForgeUnavailable, "can't be read"),
        (Refusal(418, body="<html>teapot</html>"), ForgeRefused, "418"),
    ],
)  # fmt: skip
async def test_each_refusal_is_told_as_final_or_not_with_its_reason(github, forge, refusal, kind, words):
    github.server.refuse(OPEN, refusal)
    with pytest.raises(WorkerError) as told:
        await forge.open_pull_request(SHOP, DRAFT)
    assert isinstance(told.value, kind)
    assert words in str(told.value)
    assert PERSONAL_TOKEN not in str(told.value)


async def test_a_github_that_is_down_may_be_tried_again():
    async with httpx.AsyncClient() as client:
        api = GithubApi(client, clock=PassingClock(), base_url="http://127.0.0.1:9")
        with pytest.raises(ForgeUnavailable, match="can't be reached"):
            await GithubForge(api, credentials=PersonalToken(api, token=PERSONAL_TOKEN)).facts(SHOP)


async def test_a_renamed_repository_answers_under_its_new_name(github, forge):
    github.world.renamed["acme/old"] = "acme/shop"
    facts = await forge.facts(Repository(owner="acme", name="old"))
    assert facts.repository == SHOP


async def test_rules_guard_branches_that_are_not_there_yet(github, forge):
    project = github.world.projects["acme/shop"]
    project.rules = ["deletion", "non_fast_forward"]
    assert not await forge.is_protected(SHOP, "fleet/fix-1")
    project.rules = ["deletion", "creation"]
    assert await forge.is_protected(SHOP, "fleet/fix-1")


async def test_where_drafts_are_not_to_be_had_a_plain_pull_request_is_opened(github, forge):
    project = github.world.projects["acme/shop"]
    project.has_drafts = False
    draft = PullRequestDraft(
        head_owner="acme", branch="fix", base_branch="main", title="t", body="b", is_draft=True
    )
    await forge.open_pull_request(SHOP, draft)
    assert [pull["draft"] for pull in project.pulls] == [False]


async def test_what_looks_like_a_secret_is_not_sent(github, forge):
    token = "ghp_" + "a1B2" * 9
    draft = PullRequestDraft(
        head_owner="acme", branch="fix", base_branch="main", title=f"t {token}", body=f"b {token}"
    )
    made = await forge.open_pull_request(SHOP, draft)
    await forge.update_pull_request(SHOP, made.number, body=f"c {token}")
    assert token not in str(github.world.projects["acme/shop"].pulls)


async def test_an_app_speaks_by_a_token_of_the_one_repository_and_asks_for_it_once(github):
    forge = GithubForge(github.api, credentials=github.app)
    facts = await asyncio.gather(*(forge.facts(SHOP) for _ in range(5)))
    assert all(each.can_push for each in facts)
    assert list(github.world.tokens.values()) == ["shop"]
    assert await github.app.login() == "fleet-app[bot]"


async def test_an_app_that_may_only_read_can_not_push(github):
    github.world.contents = "read"
    facts = await GithubForge(github.api, credentials=github.app).facts(SHOP)
    assert not facts.can_push


async def test_a_token_is_renewed_before_it_ends(github):
    first = await github.app.authority(SHOP)
    github.clock.at += timedelta(minutes=54)
    assert await github.app.authority(SHOP) == first
    github.clock.at += timedelta(minutes=2)
    second = await github.app.authority(SHOP)
    assert second.token != first.token
    assert len(github.world.tokens) == 2


async def test_an_app_that_is_not_installed_there_is_told(github):
    with pytest.raises(ForgeRefused, match="not installed"):
        await github.app.authority(Repository(owner="acme", name="none"))


async def test_a_key_that_is_none_is_told_without_being_shown(github):
    app = AppTokens(github.api, app_id="1", private_key="-----BEGIN NONSENSE-----\nhush", clock=github.clock)
    with pytest.raises(ForgeRefused, match="can't be read") as told:
        await app.authority(SHOP)
    assert "hush" not in str(told.value)


async def test_a_persons_name_is_asked_for_once(github):
    assert await github.person.login() == LOGIN
    assert await github.person.login() == LOGIN
    assert github.server.calls.count("GET /user") == 1


async def test_git_gets_the_token_beside_the_url_and_repr_shows_none(github):
    authority = await github.person.authority(SHOP)
    assert PERSONAL_TOKEN not in repr(authority)
    access = await git_access(github.person)(SHOP)
    assert (access.url, access.token) == ("https://github.com/acme/shop.git", PERSONAL_TOKEN)
    assert PERSONAL_TOKEN not in repr(access)


@pytest.mark.slow
async def test_until_the_first_call_nothing_is_loaded_that_only_github_needs():
    import subprocess
    import sys

    modules = "worker.adapters.github_app, worker.adapters.github_forge, worker.adapters.github_forge_reports"
    code = (
        f"import sys, {modules}; print([m for m in ('gidgethub', 'jwt', 'cryptography') if m in sys.modules])"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
