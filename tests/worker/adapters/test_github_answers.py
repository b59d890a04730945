"""Answers that are not as GitHub describes them: an intermediary's page, a half of an object, another type. They may be asked for again, and crash nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.fakes.clock import FakeClock
from tests.github.fixtures import app_key
from worker.adapters.github_app import AppTokens, PersonalToken
from worker.adapters.github_failures import GithubFailures
from worker.adapters.github_forge import GithubForge
from worker.adapters.github_forge_client import Authority, GithubApi
from worker.adapters.github_forge_reports import GithubReports
from worker.adapters.github_pulls import GithubPulls
from worker.domain.errors import ForgeUnavailable, WorkerError
from worker.domain.forge import CheckReport, PullRequestDraft
from worker.domain.publication import Repository

SHOP = Repository(owner="acme", name="shop")
DRAFT = PullRequestDraft(head_owner="acme", branch="fix", base_branch="main", title="t", body="b")
REPORT = CheckReport(name="n", head_sha="c" * 40, title="t", summary="s")
JUNK: tuple[Any, ...] = (
    *(None, 7, "text", [], {}, [None], [7], ["text"], [[]], [{}]),
    *({"items": None}, {"id": "x"}, {"id": None}, {"full_name": 7}, {"full_name": "a b/c"}),
    {"head": None, "base": {}},
    {"head": {"repo": 7, "sha": "a", "ref": "b"}, "base": {"repo": None, "sha": "a", "ref": "b"}},
    {"check_runs": [{"app": 7}]},
    {"check_runs": [{"app": {"slug": "me"}, "id": "x"}]},
    [{"user": 7, "body": "b"}],
    [{"user": {"login": "me"}}],
    *({"workflow_runs": None}, {"workflow_runs": [7]}, {"workflow_runs": [{"head_sha": "c" * 40}]}),
    {"token": "t", "expires_at": "2026-01-01T00:00:00"},
    {"token": "t", "expires_at": 7},
    {"token": "t", "expires_at": "2036-01-01T00:00:00Z", "permissions": None},
)


@dataclass
class Speaker:
    """A client, and what is answered to each call in turn; the last answer is given for ever."""

    answers: list[Any]
    asked: list[str] = field(default_factory=list)

    def answered(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx.Response(200, json=answer)


def speak(api: GithubApi) -> dict[str, Callable[[], Awaitable[object]]]:
    person = PersonalToken(api, token="not-a-real-token")
    app = AppTokens(api, app_id="1", private_key=app_key()[0], clock=FakeClock())
    forge, reports = GithubForge(api, credentials=person), GithubReports(api, credentials=person)
    failures = GithubFailures(api, credentials=person, clock=FakeClock())
    return {
        "login": person.login,
        "the App's login": app.login,
        "the App's token": lambda: app.authority(SHOP),
        "facts": lambda: forge.facts(SHOP),
        "is_protected": lambda: forge.is_protected(SHOP, "b"),
        "own_fork": lambda: forge.own_fork(SHOP, branch="main"),
        "pull_request": lambda: forge.pull_request(SHOP, head_owner="acme", branch="b"),
        "open_pull_request": lambda: forge.open_pull_request(SHOP, DRAFT),
        "report_check": lambda: reports.report_check(SHOP, REPORT),
        "upsert_comment": lambda: reports.upsert_comment(SHOP, 5, marker="m", body="b"),
        "of_run": lambda: failures.of_run(SHOP, 31),
        "of_commit": lambda: failures.of_commit(SHOP, "c" * 40),
        "of_check": lambda: failures.of_check(SHOP, 41),
        "head": lambda: GithubPulls(api, credentials=person).head(SHOP, 7),
    }


CALLS = (
    *("login", "the App's login", "the App's token", "facts", "is_protected", "own_fork", "pull_request"),
    *("open_pull_request", "report_check", "upsert_comment", "head", "of_run", "of_commit", "of_check"),
)
CHECK = {"name": "lint", "app": {"slug": "x"}, "output": {"title": None, "summary": None, "text": None}}
RUN = {
    "id": 31,
    "name": "CI",
    "workflow_id": 1,
    "event": "push",
    "head_sha": "c" * 40,
    "conclusion": "failure",
}
ANSWERED_FIRST: dict[str, list[list[Any]]] = {
    "the App's token": [[{"id": 7}]],
    "is_protected": [[[]]],
    "report_check": [[{"login": "me"}], [{"login": "me"}, {"check_runs": []}]],
    "of_run": [[{"jobs": [{"id": 1, "name": "test", "conclusion": "failure"}]}]],
    "of_commit": [[{"workflow_runs": [{**RUN, "created_at": "2026-01-02T03:04:05Z"}]}]],
    "of_check": [
        [CHECK],
        [CHECK, {"login": "me"}],
    ],
    "upsert_comment": [[{"login": "me"}], [{"login": "me"}, []]],
}
"""What is said rightly before the junk comes, by call: so every answer of a call is junk once."""


@pytest.mark.parametrize("call", CALLS)
async def test_no_answer_of_github_ends_in_anything_but_a_word_about_it(call):
    for junk in JUNK:
        for before in ([], *ANSWERED_FIRST.get(call, [])):
            told = await word_about(call, [*before, junk])
            assert "GitHub" in told, f"answered {[*before, junk]}: {told}"


async def word_about(call: str, answers: list[Any]) -> str:
    """Return what is told of these answers; of GitHub's, too, where they are taken for good."""
    speaker = Speaker(answers)
    async with httpx.AsyncClient(transport=httpx.MockTransport(speaker.answered)) as client:
        try:
            found = await speak(GithubApi(client, clock=FakeClock()))[call]()
        except WorkerError as error:
            return f"{error}"
        except Exception as error:  # noqa: BLE001 - that there is none is what is asked
            return f"{type(error).__name__}: {error}"
    return f"GitHub's {found!r}"


async def test_a_head_without_its_fields_may_be_asked_for_again():
    async with httpx.AsyncClient(transport=httpx.MockTransport(Speaker([{"head": {}}]).answered)) as client:
        pulls = speak(GithubApi(client, clock=FakeClock()))["head"]
        with pytest.raises(ForgeUnavailable, match="pull request 7"):
            await pulls()


async def test_a_comment_that_github_gives_no_id_may_be_written_again():
    speaker = Speaker([{"login": "me"}, [], {}])
    async with httpx.AsyncClient(transport=httpx.MockTransport(speaker.answered)) as client:
        with pytest.raises(ForgeUnavailable, match="the comment"):
            await speak(GithubApi(client, clock=FakeClock()))["upsert_comment"]()
    assert speaker.asked[-1].startswith("POST")


async def test_a_list_that_is_none_may_be_asked_for_again():
    async with httpx.AsyncClient(transport=httpx.MockTransport(Speaker([7]).answered)) as client:
        with pytest.raises(ForgeUnavailable, match="can't be read"):
            await GithubApi(client, clock=FakeClock()).items("/x", {}, by=Authority(key=""))
