"""A forge in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from worker.domain.errors import ForgeRefused
from worker.domain.forge import (
    CheckReport,
    PullRequest,
    PullRequestDraft,
    PullRequestState,
    RepositoryFacts,
)
from worker.domain.publication import Repository


@dataclass
class FakeForge:
    """Pull requests."""

    login: str = "fleet"
    default_branch: str = "main"
    can_push: bool = True
    is_archived: bool = False
    protected: set[str] = field(default_factory=set)
    refuses_labels: bool = False
    pulls: list[tuple[str, PullRequestDraft, PullRequest]] = field(default_factory=list)
    """Head label, what it was opened with, how it is."""
    forks: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def facts(self, repository: Repository) -> RepositoryFacts:
        self.calls.append("facts")
        can_push = self.can_push or repository.owner == self.login
        return RepositoryFacts(
            repository=repository,
            default_branch=self.default_branch,
            can_push=can_push,
            is_archived=self.is_archived,
        )

    async def is_protected(self, repository: Repository, branch: str) -> bool:
        self.calls.append("is_protected")
        return branch in self.protected

    async def own_fork(self, repository: Repository, *, branch: str) -> Repository:
        self.calls.append("own_fork")
        fork = Repository(owner=self.login, name=repository.name)
        self.forks.append(fork.full_name)
        return fork

    async def pull_request(
        self, repository: Repository, *, head_owner: str, branch: str
    ) -> PullRequest | None:
        self.calls.append("pull_request")
        found = [request for label, _, request in self.pulls if label == f"{head_owner}:{branch}"]
        opened = [request for request in found if request.state is PullRequestState.OPEN]
        return next(iter([*opened, *reversed(found)]), None)

    async def open_pull_request(self, repository: Repository, draft: PullRequestDraft) -> PullRequest:
        self.calls.append("open_pull_request")
        found = await self.pull_request(repository, head_owner=draft.head_owner, branch=draft.branch)
        if found is not None and found.state is PullRequestState.OPEN:
            return found
        number = len(self.pulls) + 1
        made = PullRequest(
            number=number,
            url=f"https://forge.example/{repository.full_name}/pull/{number}",
            state=PullRequestState.OPEN,
            title=draft.title,
            body=draft.body,
        )
        self.pulls.append((f"{draft.head_owner}:{draft.branch}", draft, made))
        return made

    async def update_pull_request(self, repository: Repository, number: int, *, body: str) -> None:
        self.calls.append("update_pull_request")
        self.change(number, body=body)

    async def add_labels(self, repository: Repository, number: int, labels: Sequence[str]) -> None:
        self.calls.append("add_labels")
        if self.refuses_labels:
            raise ForgeRefused("no right to label")
        held = self.request(number).labels
        self.change(number, labels=(*held, *(label for label in labels if label not in held)))

    def request(self, number: int) -> PullRequest:
        return self.pulls[number - 1][2]

    def change(self, number: int, **changes: object) -> None:
        """What a person does on the page of a pull request."""
        label, draft, held = self.pulls[number - 1]
        self.pulls[number - 1] = (label, draft, replace(held, **changes))


@dataclass
class FakeReports:
    """Check runs and comments."""

    checks: dict[tuple[str, str, str], CheckReport] = field(default_factory=dict)
    """(repository, commit, name) -> the report as it is."""
    comments: dict[tuple[str, int, str], str] = field(default_factory=dict)
    """(repository, number, marker) -> the text as it is."""

    async def report_check(self, repository: Repository, report: CheckReport) -> int:
        key = (repository.full_name, report.head_sha, report.name)
        self.checks[key] = report
        return list(self.checks).index(key) + 1

    async def upsert_comment(self, repository: Repository, number: int, *, marker: str, body: str) -> int:
        key = (repository.full_name, number, marker)
        self.comments[key] = body
        return list(self.comments).index(key) + 1
