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


class Checkout(Protocol):
    """A copy of a repository with git's own words, one at a time. Hostile content runs nothing."""

    async def tip(self, branch: str) -> str | None:
        """Ask the remote for a branch's last commit; None where it has no such branch."""

    async def build(self, base_commit: str, drafts: Sequence[CommitDraft], signature: Signature) -> Built:
        """Make commits on a commit of the remote, without touching a working tree."""

    async def is_made_by(self, commit: str, email: str, *, token: str) -> bool:
        """Whether this commit of the remote has this committer and holds this token in its message."""

    async def push(self, commit: str, branch: str, *, expected: str | None) -> bool:
        """Let the remote's branch be this commit; False where it is no longer as expected (None: not there)."""

    async def changed_paths(self, base_commit: str, head_commit: str) -> Sequence[str]:
        """Files that differ between two commits of the remote, as `git diff` names them."""

    async def read(self, commit: str, path: str) -> bytes | None:
        """Read a file of a commit; None where there is none, or a link, a submodule or a folder."""


class Forge(Protocol):
    """Pull requests."""

    async def facts(self, repository: Repository) -> RepositoryFacts:
        """Say what it is like."""

    async def is_protected(self, repository: Repository, branch: str) -> bool:
        """Whether rules guard the branch; False where there is none of that name."""

    async def own_fork(self, repository: Repository) -> Repository:
        """Return our fork, made where there is none."""

    async def pull_request(
        self, repository: Repository, *, head_owner: str, branch: str
    ) -> PullRequest | None:
        """Find the newest pull request from a branch, in any state."""

    async def open_pull_request(self, repository: Repository, draft: PullRequestDraft) -> PullRequest:
        """Open it, or return the one that somebody opened from the same branch in the meantime."""

    async def update_pull_request(
        self, repository: Repository, number: int, *, title: str, body: str
    ) -> None:
        """Change its text."""

    async def add_labels(self, repository: Repository, number: int, labels: Sequence[str]) -> None:
        """Put labels on it, those that are there stay."""


class Reports(Protocol):
    """Answers to people: on a commit and in a conversation."""

    async def report_check(self, repository: Repository, report: CheckReport) -> int:
        """Let the commit's check run of that name be so; return its id."""

    async def upsert_comment(self, repository: Repository, number: int, *, marker: str, body: str) -> int:
        """Let our one comment with that hidden marker say this; return its id. `marker` is a word of letters, digits and `:._/-`."""
