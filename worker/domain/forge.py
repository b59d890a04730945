"""What a forge (GitHub) knows and is told: repositories, pull requests, check runs."""

from dataclasses import dataclass
from enum import StrEnum

from worker.domain.publication import Repository

COMMENTS_BEGIN = "<!-- fleet:"
"""What each comment of ours begins with; nobody sees it."""


def is_own_comment(body: str) -> bool:
    """Tell whether we wrote a comment, whoever's token it was written by."""
    return body.startswith(COMMENTS_BEGIN)


@dataclass(frozen=True, kw_only=True)
class RepositoryFacts:
    """What the forge says of a repository."""

    repository: Repository
    """Its present name: it may have been renamed."""
    default_branch: str
    """The branch that nobody here pushes to."""
    can_push: bool
    """Whether we may push to it."""
    is_archived: bool = False
    """It takes no changes."""


class PullRequestState(StrEnum):
    """Where a pull request stands."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"
    """Without being merged."""


@dataclass(frozen=True, kw_only=True)
class PullRequest:
    """A pull request that is there."""

    number: int
    """Its number in the repository."""
    url: str
    """For a browser."""
    state: PullRequestState
    """Where it stands."""
    title: str
    """As it is now."""
    body: str
    """As it is now."""
    labels: tuple[str, ...] = ()
    """As they are now."""


@dataclass(frozen=True, kw_only=True)
class PullRequestDraft:
    """A pull request as it should be."""

    head_owner: str
    """Owner of the repository that the branch lies in."""
    branch: str
    """The branch with the commits."""
    base_branch: str
    """Where they are to go."""
    title: str
    """One line."""
    body: str
    """Markdown."""
    is_draft: bool = False
    """Not to be merged yet."""
    labels: tuple[str, ...] = ()
    """Put on it when it is opened."""


class CheckConclusion(StrEnum):
    """How a check ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    NEUTRAL = "neutral"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    ACTION_REQUIRED = "action_required"


class AnnotationLevel(StrEnum):
    """How loud an annotation is."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, kw_only=True)
class Annotation:
    """A remark at lines of a file."""

    path: str
    """From the repository's root."""
    start_line: int
    """1-based."""
    end_line: int
    """The last line, the same one where it is about one."""
    level: AnnotationLevel
    """How loud."""
    message: str
    """What is said."""
    title: str = ""
    """In a few words."""


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """A check run as it should be; the same name on the same commit is updated."""

    name: str
    """What people see beside the commit: `fleet / tests`."""
    head_sha: str
    """The commit."""
    title: str
    """One line."""
    summary: str
    """Markdown."""
    conclusion: CheckConclusion | None = None
    """None while it is at work."""
    annotations: tuple[Annotation, ...] = ()
    """Any number; they are sent in portions."""
    details_url: str = ""
    """Where more is to be seen; empty leaves the forge's own page."""
