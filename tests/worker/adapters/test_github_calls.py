"""Calls to GitHub: where an answer may send them."""

import httpx
import pytest

from worker.adapters.github_forge_client import Authority, GithubApi
from worker.adapters.system_clock import SystemClock
from worker.domain.errors import ForgeRefused

ME = Authority(key="", token="not-a-real-token")


async def test_a_question_follows_a_renamed_repository_and_what_changes_something_goes_nowhere_else():
    asked = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path))
        if request.url.path == "/new":
            return httpx.Response(200, json={"is": "there"}, headers={"content-type": "application/json"})
        return httpx.Response(307, headers={"location": "https://api.github.com/new"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answered)) as client:
        api = GithubApi(client, clock=SystemClock())
        assert await api.get("/old", {}, by=ME) == {"is": "there"}
        with pytest.raises(ForgeRefused):
            await api.post("/old", {}, {}, by=ME)
    assert asked == [("GET", "/old"), ("GET", "/new"), ("POST", "/old")]
