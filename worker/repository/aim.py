"""What exactly a job is about: the commit, what it is compared with, and where a fix may go."""

from dataclasses import dataclass

from worker.domain.errors import RequestRejected
from worker.domain.origin import Origin
from worker.domain.publication import Repository
from worker.repository_ports import PullRequestHead, Pulls

_WHOLE = (40, 64)


@dataclass(frozen=True, kw_only=True)
class Aim:
    """A commit and its surroundings."""

    repository: Repository
    """Who asks and is answered. The forge hands out commits of its forks under this name, too."""
    commit: str
    """The whole digest."""
    base_commit: str = ""
    """What it is compared with; empty where its parent is meant."""
    branch: str = ""
    """The branch that a fix goes to; empty where it is not known, or lies in a fork."""
    pull_request: int | None = None
    """Where people talk about it."""
    is_fork: bool = False
    """Nothing is pushed: the fix is shown."""


async def aim_of(origin: Origin, pulls: Pulls) -> Aim:
    """Complete what the delivery told; raises RequestRejected, ForgeUnavailable and ForgeRefused.

    A comment names no commit, or a short one: the forge says what the pull request holds now, and a commit that was named has to be
    that. So nobody gets code run that was pushed after a maintainer looked; of a fork a maintainer has to name it.
    """
    repository = Repository.parse(origin.repository)
    if repository is None:
        raise RequestRejected(f"{origin.repository!r:.140} is no repository")
    if len(origin.sha) in _WHOLE and (origin.ref or not origin.pull_request):
        return Aim(
            repository=repository,
            commit=origin.sha,
            base_commit=_whole(origin.base_sha),
            branch="" if origin.is_fork else origin.ref,
            pull_request=origin.pull_request,
            is_fork=origin.is_fork,
        )
    if origin.pull_request is None:
        raise RequestRejected(
            f"{origin.sha!r} is a part of a commit's name, and no pull request completes it"
        )
    head = await pulls.head(repository, origin.pull_request)
    _require_named(origin, head)
    return Aim(
        repository=repository,
        commit=head.commit,
        base_commit=_whole(origin.base_sha) or _whole(head.base_commit),
        branch="" if head.is_fork else head.branch,
        pull_request=origin.pull_request,
        is_fork=head.is_fork or origin.is_fork,
    )


def _require_named(origin: Origin, head: PullRequestHead) -> None:
    if head.is_fork and not origin.sha:
        raise RequestRejected(
            "the pull request comes from a fork: name the commit that you looked at, as in /fleet fix COMMIT"
        )
    if not head.commit.startswith(origin.sha):
        raise RequestRejected(
            f"the pull request holds {head.commit[:12]} now, not {origin.sha[:12]}: look at it and ask again"
        )


def _whole(commit: str) -> str:
    return commit if len(commit) in _WHOLE else ""
