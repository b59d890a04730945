"""What jobs on whole repositories need of the world besides publication: the files of a commit, and the head of a pull request.

Raises ForgeUnavailable and ForgeRefused, as the ports of publication do.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from worker.domain.publication import Repository
from worker.publication_ports import Checkout


class SourceCheckout(Checkout, Protocol):
    """A checkout that reads many files at once."""

    async def parent(self, repository: Repository, commit: str) -> str | None:
        """Return the first commit before this one; None where it is the first of all."""

    async def paths(self, repository: Repository, commit: str) -> Sequence[str]:
        """List the plain files of a commit, a bounded number: no links, no submodules, no names that are not text."""

    async def contents(
        self, repository: Repository, commit: str, paths: Sequence[str]
    ) -> Mapping[str, bytes]:
        """Read these in one go; what is not there, huge, or beyond a bound of all of them is left out: the first ones count."""


Checkouts = Callable[[], AbstractAsyncContextManager[SourceCheckout]]
"""Opens a store of a job's own, and removes it at the end."""


@dataclass(frozen=True, kw_only=True)
class PullRequestHead:
    """What a pull request would bring in."""

    commit: str
    """Its last commit."""
    branch: str
    """The branch that it lies in."""
    base_commit: str
    """What it is compared with."""
    base_branch: str
    """Where it goes."""
    is_fork: bool
    """The branch lies in another repository, or that repository is gone."""


@dataclass(frozen=True, kw_only=True)
class FailureLog:
    """What a failed run said; secrets are taken out."""

    source: str
    """Which run, for a person; empty where there is nothing to tell."""
    text: str = ""
    """A bounded part of it, the end; empty where it can't be had."""
    note: str = ""
    """What is missing, and why."""


MOST_RUNS = 3
"""Failed runs of a commit that are read: what fails in more workflows mostly fails for the same reason."""


class Failures(Protocol):
    """What failed elsewhere. Who refuses for good is told of in the note."""

    async def of_run(self, repository: Repository, run_id: int) -> FailureLog:
        """Read what the failed jobs of a workflow run said."""

    async def of_commit(self, repository: Repository, commit: str) -> Sequence[FailureLog]:
        """Read what the failed workflow runs of a commit said, the newest of each workflow, the newest first, MOST_RUNS at most.

        Together they are no longer than one run's. A failure that a later run made good is none; a run that is not over is not waited for.
        """

    async def of_check(self, repository: Repository, check_run_id: int) -> FailureLog:
        """Read what another app wrote on its check run."""


class Pulls(Protocol):
    """Pull requests of other people."""

    async def head(self, repository: Repository, number: int) -> PullRequestHead:
        """Ask what it holds now."""
