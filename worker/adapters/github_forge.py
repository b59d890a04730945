"""Pull requests on GitHub."""

import re
from collections.abc import Sequence
from typing import Any

from worker.adapters.github_app import Credentials
from worker.adapters.github_forge_client import GithubApi, NotThere, names_of, reading
from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.domain.forge import PullRequest, PullRequestDraft, PullRequestState, RepositoryFacts
from worker.domain.publication import Repository
from worker.domain.redaction import redacted

_GUARDING = frozenset({"creation", "update", "pull_request", "merge_queue"})
"""Rules that keep a branch from being pushed to."""

_REPOSITORY = "/repos/{owner}/{repo}"
_EXISTS = re.compile(r"pull request already exists", re.IGNORECASE)
_NO_DRAFTS = re.compile(r"draft pull requests are not supported", re.IGNORECASE)


class GithubForge:
    """Speaks to GitHub by these credentials."""

    def __init__(self, api: GithubApi, *, credentials: Credentials) -> None:
        """Call by `api`, in the name of `credentials`."""
        self._api = api
        self._credentials = credentials

    async def facts(self, repository: Repository) -> RepositoryFacts:
        """Read the repository; a renamed one answers under its new name."""
        by = await self._credentials.authority(repository)
        answer = await self._api.get(_REPOSITORY, names_of(repository), by=by)
        can_push = await self._credentials.may_write(repository)
        if can_push is None:
            with reading(repository.full_name):
                can_push = bool(answer.get("permissions", {}).get("push"))
        with reading(repository.full_name):
            return RepositoryFacts(
                repository=_repository(answer),
                default_branch=str(answer["default_branch"]),
                can_push=can_push,
                is_archived=bool(answer.get("archived")),
            )

    async def is_protected(self, repository: Repository, branch: str) -> bool:
        """Ask for rules, which speak of branches to come too, and for the older protection of one that is there."""
        by = await self._credentials.authority(repository)
        names = {**names_of(repository), "branch": branch}
        rules = await self._api.items(f"{_REPOSITORY}/rules/branches/{{branch}}", names, by=by)
        with reading(f"rules of {branch}"):
            if any(rule["type"] in _GUARDING for rule in rules):
                return True
        try:
            answer = await self._api.get(f"{_REPOSITORY}/branches/{{branch}}", names, by=by)
        except NotThere:
            return False
        with reading(branch):
            return bool(answer["protected"])

    async def own_fork(self, repository: Repository, *, branch: str) -> Repository:
        """Fork, which answers with the fork that is there, and bring its branch up to date."""
        by = await self._credentials.authority(repository)
        answer = await self._api.post(
            f"{_REPOSITORY}/forks", names_of(repository), {"default_branch_only": False}, by=by
        )
        with reading(f"the fork of {repository.full_name}"):
            fork = _repository(answer)
        by = await self._credentials.authority(fork)
        try:
            await self._api.post(f"{_REPOSITORY}/merge-upstream", names_of(fork), {"branch": branch}, by=by)
        except NotThere as error:
            raise ForgeUnavailable(f"the fork {fork.full_name} is not ready yet; try again") from error
        except ForgeRefused:  # it went its own way; where the commits don't fit, the push tells
            return fork
        return fork

    async def pull_request(
        self, repository: Repository, *, head_owner: str, branch: str
    ) -> PullRequest | None:
        """Return the open one, else the newest."""
        by = await self._credentials.authority(repository)
        names = {
            **names_of(repository),
            "head": f"{head_owner}:{branch}",
            "state": "all",
            "sort": "created",
            "direction": "desc",
            "per_page": "20",
        }
        found = await self._api.get(
            f"{_REPOSITORY}/pulls{{?head,state,sort,direction,per_page}}", names, by=by
        )
        with reading("pull requests"):
            requests = [_pull_request(each) for each in found]
        opened = [each for each in requests if each.state is PullRequestState.OPEN]
        return next(iter([*opened, *requests]), None)

    async def open_pull_request(self, repository: Repository, draft: PullRequestDraft) -> PullRequest:
        """Open it; GitHub itself refuses a second one from the same branch, which then is found."""
        try:
            return await self._opened(repository, draft, is_draft=draft.is_draft)
        except ForgeRefused as error:
            if draft.is_draft and _NO_DRAFTS.search(str(error)):
                return await self._opened(repository, draft, is_draft=False)
            if not _EXISTS.search(str(error)):
                raise
        found = await self.pull_request(repository, head_owner=draft.head_owner, branch=draft.branch)
        if found is None:
            raise ForgeUnavailable("GitHub says that the pull request exists, and shows none; try again")
        return found

    async def update_pull_request(self, repository: Repository, number: int, *, body: str) -> None:
        """Change its text."""
        by = await self._credentials.authority(repository)
        names = {**names_of(repository), "pull_number": str(number)}
        await self._api.patch(f"{_REPOSITORY}/pulls/{{pull_number}}", names, {"body": redacted(body)}, by=by)

    async def add_labels(self, repository: Repository, number: int, labels: Sequence[str]) -> None:
        """Put labels on it."""
        by = await self._credentials.authority(repository)
        names = {**names_of(repository), "issue_number": str(number)}
        path = f"{_REPOSITORY}/issues/{{issue_number}}/labels"
        await self._api.post(path, names, {"labels": list(labels)}, by=by)

    async def _opened(
        self, repository: Repository, draft: PullRequestDraft, *, is_draft: bool
    ) -> PullRequest:
        by = await self._credentials.authority(repository)
        is_own = draft.head_owner.lower() == repository.owner.lower()
        answer = await self._api.post(
            f"{_REPOSITORY}/pulls",
            names_of(repository),
            {
                "title": redacted(draft.title),
                "head": draft.branch if is_own else f"{draft.head_owner}:{draft.branch}",
                "base": draft.base_branch,
                "body": redacted(draft.body),
                "draft": is_draft,
            },
            by=by,
        )
        with reading("the pull request"):
            return _pull_request(answer)


def _repository(answer: Any) -> Repository:
    found = Repository.parse(str(answer["full_name"]))
    if found is None:
        raise ForgeRefused(f"GitHub names a repository {answer['full_name']!r:.100}")
    return found


def _pull_request(answer: Any) -> PullRequest:
    state = PullRequestState.OPEN if answer["state"] == "open" else PullRequestState.CLOSED
    return PullRequest(
        number=int(answer["number"]),
        url=str(answer["html_url"]),
        state=PullRequestState.MERGED if answer.get("merged_at") else state,
        title=str(answer["title"]),
        body=answer["body"] or "",
        labels=tuple(str(each["name"]) for each in answer["labels"]),
    )
