"""Puts a comment on a GitHub pull request, and puts it in the place of the one that this stack had before."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from automation.errors import AuthFault, Diagnostic, UsageFault

TOKEN_VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN")
_PAGE = 100
_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """Where a comment goes."""

    api_url: str
    """Address of GitHub's API."""
    repository: str
    """owner/name."""
    number: int
    """Number of the pull request."""
    token: str
    """Token with the right to write on pull requests."""


def pull_request_of(environ: Mapping[str, str], *, number: int | None = None) -> PullRequest:
    """Read what GitHub Actions tells; raises Diagnostic where something is missing."""
    token = next((environ[name] for name in TOKEN_VARIABLES if environ.get(name)), "")
    if not token:
        raise AuthFault(
            "there is no token to comment with",
            why="GITHUB_TOKEN is not set",
            next_step="in a workflow: env: GITHUB_TOKEN: ${{ github.token }}, and permissions: pull-requests: write",
            reference="github-token",
        )
    repository, found = environ.get("GITHUB_REPOSITORY", ""), number or _number_of_event(environ)
    if not repository or not found:
        raise UsageFault(
            "it is not known which pull request to comment on",
            why="GITHUB_REPOSITORY and the event of a pull request are needed",
            next_step="run it on: pull_request, or give --pull-request NUMBER",
            reference="no-pull-request",
        )
    api = environ.get("GITHUB_API_URL") or "https://api.github.com"
    return PullRequest(api_url=api.rstrip("/"), repository=repository, number=found, token=token)


def put_comment(pull_request: PullRequest, body: str, *, marker: str) -> str:
    """Write the comment of this marker, a new one or in the place of the old one; return its address."""
    headers = {
        "Authorization": f"Bearer {pull_request.token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    try:
        with httpx.Client(base_url=pull_request.api_url, headers=headers, timeout=_SECONDS) as client:
            return _put(client, pull_request, body, marker)
    except httpx.HTTPStatusError as refused:
        raise _refused(refused, pull_request) from refused
    except httpx.HTTPError as fault:
        raise Diagnostic(
            "GitHub did not answer",
            why=str(fault),
            next_step="run the job again",
            reference="github-unreachable",
        ) from fault


def _put(client: httpx.Client, pull_request: PullRequest, body: str, marker: str) -> str:
    issues = f"/repos/{pull_request.repository}/issues"
    old = next(
        (
            one
            for one in _comments(client, f"{issues}/{pull_request.number}/comments")
            if marker in (one.get("body") or "")
        ),
        None,
    )
    if old is None:
        answer = client.post(f"{issues}/{pull_request.number}/comments", json={"body": body})
    else:
        answer = client.patch(f"{issues}/comments/{old['id']}", json={"body": body})
    answer.raise_for_status()
    return str(answer.json().get("html_url", ""))


def _comments(client: httpx.Client, path: str) -> Iterator[Mapping[str, Any]]:
    page = 1
    while True:
        answer = client.get(path, params={"per_page": _PAGE, "page": page})
        answer.raise_for_status()
        found = answer.json()
        yield from found
        if len(found) < _PAGE:
            return
        page += 1


def _refused(refused: httpx.HTTPStatusError, pull_request: PullRequest) -> Diagnostic:
    status = refused.response.status_code
    why = f"{status}: {refused.response.text[:300]}"
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return AuthFault(
            f"GitHub does not let this token comment on {pull_request.repository}#{pull_request.number}",
            why=why,
            next_step="permissions: pull-requests: write; a pull request from a fork gets no such token",
            reference="github-refused",
        )
    return Diagnostic(
        f"GitHub refused the comment on {pull_request.repository}#{pull_request.number}",
        why=why,
        next_step="look at the message, then run the job again",
        reference="github-refused",
    )


def _number_of_event(environ: Mapping[str, str]) -> int | None:
    with suppress(OSError, ValueError, TypeError, KeyError):
        event = json.loads(Path(environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
        return int((event.get("pull_request") or event["issue"])["number"])
    return None


def append_summary(text: str, environ: Mapping[str, str] = os.environ) -> None:
    """Add the comment to the summary of the job, too, where there is one."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as stream:
            stream.write(f"{text}\n")
