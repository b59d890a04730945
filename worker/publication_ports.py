"""What publication and the answers to webhooks need of the world: a checkout and a forge.

All of it can be done twice: whoever dies between two steps does them again. Raises ForgeUnavailable (try again, after
`retry_after_seconds` where the forge named a time) and ForgeRefused (no right, gone: another try changes nothing).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from worker.domain.forge import CheckReport, PullRequest, PullRequestDraft, RepositoryFacts
from worker.domain.publication import Repository


@dataclass(frozen=True, kw_only=True)
class CommitDraft:
    """A commit as it should be."""

    patch: str
    """Unified diff."""
    message: str
    """The whole message."""


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who commits, and when: the same values make the same commits."""

    name: str
    """Name."""
    email: str
    """Address."""
    at: datetime
    """UTC."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """Commits that lie in the checkout and are not pushed yet."""

    commit: str
    """The last one; empty where a patch does not apply."""
    paths: tuple[str, ...] = ()
    """Files that differ from the base."""
    objection: str = ""
    """Why a patch does not apply, for a person."""
    odd_paths: tuple[str, ...] = ()
    """Those of the paths that are, before or after, a link, a submodule, an LFS pointer or binary."""


@dataclass(frozen=True, kw_only=True)
class CommitMessage:
    """What a commit says."""

    committer_email: str
    """Who made it; amending changes it."""
    text: str
    """The whole message."""


class Checkout(Protocol):
    """Git itself, on a store without a working tree. One call at a time; hostile content runs nothing."""

    async def tip(self, repository: Repository, branch: str) -> str | None:
        """Ask for a branch's last commit; None where there is no such branch."""

    async def build(
        self,
        repository: Repository,
        base_commit: str,
        drafts: Sequence[CommitDraft],
        signature: Signature,
    ) -> Built:
        """Make commits on a commit of the repository, here. An empty `Built.commit` says that a patch does not apply."""

    async def message(self, repository: Repository, commit: str) -> CommitMessage:
        """Read what a commit of the repository says, and who committed it."""

    async def push(self, repository: Repository, commit: str, branch: str, *, expected: str | None) -> bool:
        """Let the branch be this commit; False where it is no longer as expected (None: not there)."""

    async def changed_paths(
        self, repository: Repository, base_commit: str, head_commit: str
    ) -> Sequence[str]:
        """Files that differ between two commits, both of the repository."""

    async def read(self, repository: Repository, commit: str, path: str) -> bytes | None:
        """Read a file of a commit; None where there is none, where it is a link, a submodule or a folder, or huge."""


class Forge(Protocol):
    """Pull requests."""

    async def facts(self, repository: Repository) -> RepositoryFacts:
        """Say what it is like."""

    async def is_protected(self, repository: Repository, branch: str) -> bool:
        """Whether rules guard the branch; False where there is none of that name."""

    async def own_fork(self, repository: Repository, *, branch: str) -> Repository:
        """Return our fork, made where there is none, with that branch brought up to date as far as it goes."""

    async def pull_request(
        self, repository: Repository, *, head_owner: str, branch: str
    ) -> PullRequest | None:
        """Find the newest pull request from a branch, in any state."""

    async def open_pull_request(self, repository: Repository, draft: PullRequestDraft) -> PullRequest:
        """Open it, or return the one that somebody opened from the same branch in the meantime."""

    async def update_pull_request(self, repository: Repository, number: int, *, body: str) -> None:
        """Change its text; its title belongs to people."""

    async def add_labels(self, repository: Repository, number: int, labels: Sequence[str]) -> None:
        """Put labels on it, those that are there stay."""


class Reports(Protocol):
    """Answers to people: on a commit and in a conversation."""

    async def report_check(self, repository: Repository, report: CheckReport) -> int:
        """Let the commit's check run of that name be so; return its id."""

    async def upsert_comment(self, repository: Repository, number: int, *, marker: str, body: str) -> int:
        """Let our one comment with that hidden marker say this; return its id. `marker` is a word of letters, digits and `:._/-`."""
