"""Publication: proved patches on their way to a branch and a pull request, and what became of them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

FINGERPRINT = re.compile(r"[0-9a-f]{8,64}")
"""What a diagnosis is known by: it becomes part of a branch's name."""

_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository on a forge."""

    owner: str
    """User or organisation."""
    name: str
    """Its name there."""

    @property
    def full_name(self) -> str:
        """Write `owner/name`."""
        return f"{self.owner}/{self.name}"

    @classmethod
    def parse(cls, full_name: str) -> "Repository | None":
        """Read `owner/name`; None where it is no such thing, or would lead out of a path or a URL."""
        owner, slash, name = full_name.partition("/")
        if not slash or not _OWNER.fullmatch(owner) or not _NAME.fullmatch(name) or not name.strip("."):
            return None
        return cls(owner=owner, name=name)


class MovedBase(StrEnum):
    """What to do where the base branch went on after the patches were proved."""

    REBASE = "rebase"
    """Put them on the new tip where they still fit there, and say so."""
    RESTART = "restart"
    """Publish nothing: the fix starts again on the new tip."""


class PathKind(StrEnum):
    """Files that a fix leaves alone unless a repository's settings say otherwise."""

    FORGE = "forge"
    """What the forge itself obeys: workflows, CODEOWNERS and all else below .github/."""
    LOCK_FILE = "lock_file"
    """A lock file of a package manager."""
    TEST = "test"
    """A test: a fix that changes the tests proves nothing."""


@dataclass(frozen=True, kw_only=True)
class PublicationSettings:
    """How a repository wants its pull requests. Who reviews them is the business of its CODEOWNERS."""

    branch_prefix: str = "fleet/fix-"
    """Before the fingerprint in a branch's name."""
    is_draft: bool = False
    """Open pull requests as drafts."""
    labels: tuple[str, ...] = ()
    """Put on a pull request when it is opened."""
    moved_base: MovedBase = MovedBase.REBASE
    """What to do where the base branch went on."""
    allowed_kinds: frozenset[PathKind] = frozenset()
    """Kinds of files that patches may touch although they don't by default."""
    is_fork_used: bool = False
    """Push to a fork of our own where the repository itself admits no push."""
    author_name: str = "fleet"
    """Of the commits."""
    author_email: str = "fleet@users.noreply.invalid"
    """Of the commits; tells our commits from other people's."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One row of the table of verdicts."""

    check: str
    """What was looked at: `the failing test`, `the rest of the suite, 3 times`, `lint`."""
    is_passed: bool
    """Whether it spoke for the patch."""
    detail: str = ""
    """In a few words: `12 tests`, or why not."""


@dataclass(frozen=True, kw_only=True)
class VerifiedFix:
    """A patch that was proved; it becomes one commit."""

    title: str
    """First line of the commit: what changed."""
    explanation: str
    """Why, in a paragraph."""
    patch: str
    """Unified diff with `a/` and `b/`, paths from the repository's root."""
    evidence: tuple[Evidence, ...] = ()
    """What it was proved by."""


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What is to be published; all of it is known, and stored, before the first step."""

    repository: Repository
    """Where the code lives."""
    base_branch: str
    """Branch that the fix is for; the pull request goes there."""
    base_commit: str
    """Commit on which the patches were proved."""
    fingerprint: str
    """What the diagnosis is known by (hexadecimal): the same one updates the same pull request."""
    title: str
    """Of the pull request."""
    what: str
    """What was wrong, for a person."""
    why: str
    """Why the change mends it."""
    fixes: tuple[VerifiedFix, ...]
    """The patches, in the order of their commits."""
    made_at: datetime
    """When they were proved, UTC; the date of the commits, so that a second try makes the same ones."""
    log: str = ""
    """The end of what failed, for the reader; secrets are taken out again before it is shown."""
    job_id: str = ""
    """The job behind it."""
    settings: PublicationSettings = field(default_factory=PublicationSettings)
    """How the repository wants it."""


class PublicationEnd(StrEnum):
    """What became of a publication."""

    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """Branch and pull request were as they should be."""
    MERGED = "merged"
    """The pull request is merged: nothing is left to do."""
    CLOSED = "closed"
    """Somebody closed the pull request: it stays closed."""
    REFUSED = "refused"
    """The patches touch what they may not, or the branch is one that nobody pushes to."""
    OUTDATED = "outdated"
    """The base branch went on and the patches no longer apply, or were not to be moved: the fix has to start again."""
    TAKEN_OVER = "taken_over"
    """Somebody else committed to our branch: it is theirs now."""
    FORBIDDEN = "forbidden"
    """The forge admits neither a push nor a fork."""


@dataclass(frozen=True, kw_only=True)
class PublicationOutcome:
    """What became of it, with the reason."""

    end: PublicationEnd
    """In one word."""
    explanation: str
    """One paragraph for a person."""
    branch: str = ""
    """Where the commits are."""
    commit: str = ""
    """The last of them."""
    base_commit: str = ""
    """What they lie on; another one than they were proved on where the base branch went on."""
    number: int = 0
    """Of the pull request; 0 where there is none."""
    url: str = ""
    """Of the pull request."""
