"""One comment a stack, put in the place of the last: against a server that answers as GitHub's API does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from automation.driver.pull_request import PullRequest, append_summary, pull_request_of, put_comment
from automation.errors import AuthFault, Diagnostic, UsageFault

MARKER = "<!-- dev -->"


class GitHub(ThreadingHTTPServer):
    """Comments of one pull request, in memory, over real HTTP."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.comments: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.token = "right"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        size, page = int(query["per_page"][0]), int(query["page"][0])
        self._answer(200, self.server.comments[(page - 1) * size : page * size])

    def do_POST(self) -> None:
        made = {"id": len(self.server.comments) + 1, "html_url": "https://example/new", **self._body()}
        self.server.comments.append(made)
        self._answer(201, made)

    def do_PATCH(self) -> None:
        number = int(self.path.rsplit("/", 1)[-1])
        found = next(one for one in self.server.comments if one["id"] == number)
        found.update(self._body())
        self._answer(200, {**found, "html_url": "https://example/old"})

    def _body(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return read

    def _answer(self, status: int, document: Any) -> None:
        self.server.requests.append(f"{self.command} {urlsplit(self.path).path}")
        is_allowed = self.headers["Authorization"] == f"Bearer {self.server.token}"
        text = json.dumps(
            document if is_allowed else {"message": "Resource not accessible by integration"}
        ).encode()
        self.send_response(status if is_allowed else 403)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def target(github: GitHub, token: str = "right") -> PullRequest:
    return PullRequest(api_url=github.url, repository="team/product", number=7, token=token)


def test_the_first_comment_is_new_and_the_next_takes_its_place(github: GitHub) -> None:
    assert put_comment(target(github), f"one {MARKER}", marker=MARKER) == "https://example/new"
    assert put_comment(target(github), f"two {MARKER}", marker=MARKER) == "https://example/old"
    assert [one["body"] for one in github.comments] == [f"two {MARKER}"]


def test_comments_of_people_and_of_other_stacks_are_left_alone(github: GitHub) -> None:
    github.comments = [{"id": 1, "body": "nice"}, {"id": 2, "body": "<!-- prod -->"}, {"id": 3, "body": None}]
    put_comment(target(github), f"one {MARKER}", marker=MARKER)
    assert [one["body"] for one in github.comments] == ["nice", "<!-- prod -->", None, f"one {MARKER}"]


def test_the_comment_is_found_beyond_the_first_page(github: GitHub) -> None:
    github.comments = [{"id": n, "body": "words"} for n in range(1, 251)]
    github.comments[230]["body"] = MARKER
    put_comment(target(github), f"new {MARKER}", marker=MARKER)
    assert len(github.comments) == 250
    assert github.comments[230]["body"] == f"new {MARKER}"


def test_a_token_without_the_right_is_told_with_the_permission_that_it_lacks(github: GitHub) -> None:
    with pytest.raises(AuthFault, match="team/product#7") as refused:
        put_comment(target(github, "wrong"), MARKER, marker=MARKER)
    assert "pull-requests: write" in refused.value.next_step
    assert "wrong" not in str(refused.value.to_dict())


def test_a_server_that_is_not_there_is_a_diagnostic(github: GitHub) -> None:
    nowhere = PullRequest(api_url="http://127.0.0.1:9", repository="a/b", number=1, token="t")
    with pytest.raises(Diagnostic, match="did not answer"):
        put_comment(nowhere, MARKER, marker=MARKER)


def environ(folder: Path, event: dict[str, Any]) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return {"GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "team/product", "GITHUB_EVENT_PATH": str(path)}


def test_the_pull_request_is_that_of_the_event(tmp_path: Path) -> None:
    found = pull_request_of(environ(tmp_path, {"pull_request": {"number": 12}}))
    assert (found.number, found.repository, found.api_url) == (12, "team/product", "https://api.github.com")


def test_a_number_that_was_given_comes_first(tmp_path: Path) -> None:
    assert pull_request_of(environ(tmp_path, {"pull_request": {"number": 12}}), number=3).number == 3


def test_a_push_has_no_pull_request(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="which pull request"):
        pull_request_of(environ(tmp_path, {"ref": "refs/heads/main"}))


def test_without_a_token_nothing_can_be_told(tmp_path: Path) -> None:
    with pytest.raises(AuthFault, match="no token"):
        pull_request_of({**environ(tmp_path, {"pull_request": {"number": 1}}), "GITHUB_TOKEN": ""})


def test_the_summary_of_the_job_gets_the_text_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "summary.md"
    append_summary("one", {"GITHUB_STEP_SUMMARY": str(path)})
    append_summary("two", {"GITHUB_STEP_SUMMARY": str(path)})
    append_summary("three", {})
    assert path.read_text() == "one\ntwo\n"
