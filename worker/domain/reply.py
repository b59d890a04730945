"""Reply: what somebody who spoke to the fleet is told where no work comes of it. The words are ours: a job names a topic, never a text.

So neither a comment nor whoever sends a job can have the fleet say anything else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

VERB = re.compile(r"[a-z0-9_?-]{0,40}")
"""Nothing that a comment could turn into a mention, a link or the end of a quote."""

HELP = """\
`/fleet test [COMMIT]` writes and proves tests for what this pull request changes.
`/fleet fix [COMMIT]` looks for a patch for what fails on it, and proves it.
`/fleet help` says this. Name the commit where the pull request comes from a fork: you vouch for that commit alone."""


class Topic(StrEnum):
    """What it is about."""

    HELP = "help"
    UNKNOWN = "unknown"
    """No command of the fleet."""
    ARGUMENT = "argument"
    """Something behind the command that is no commit."""
    ISSUE = "issue"
    """A command that works on pull requests, on an issue."""
    CLOSED = "closed"
    """A command on a pull request that is closed."""
    STRANGER = "stranger"
    """A command of somebody whose word starts no work."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer."""

    topic: Topic
    """What it is about."""
    issue: int
    """The issue or pull request in which it is said; GitHub numbers them together."""
    verb: str = ""
    """The command that was given."""

    @property
    def marker(self) -> str:
        """What its comment is known by: one for those who may ask for work, and one for those who may not, so that neither changes the other's."""
        return "reply-stranger" if self.topic is Topic.STRANGER else "reply"

    @property
    def text(self) -> str:
        """What is said, in Markdown."""
        return _TEXTS[self.topic].format(verb=self.verb)


_TEXTS = {
    Topic.HELP: HELP,
    Topic.UNKNOWN: f"`{{verb}}` is no command of the fleet.\n\n{HELP}",
    Topic.ARGUMENT: f"After `{{verb}}` only a commit may follow.\n\n{HELP}",
    Topic.ISSUE: "`/fleet {verb}` works on pull requests; this is an issue.",
    Topic.CLOSED: "`/fleet {verb}` works on open pull requests; this one is closed.",
    Topic.STRANGER: (
        "The fleet works here when an owner, a member or a collaborator of the repository asks for it: it runs the code."
        " They may do so on this pull request by `/fleet test COMMIT` or `/fleet fix COMMIT`."
    ),
}


def encode_reply(reply: Reply) -> dict[str, object]:
    """Write it."""
    return {"topic": reply.topic.value, "issue": reply.issue, "verb": reply.verb}


def decode_reply(value: object, faults: list[str], *, is_wanted: bool) -> Reply | None:
    """Read it; None where there is none, or where something is wrong, which is then told."""
    if value is None and not is_wanted:
        return None
    found = value if isinstance(value, Mapping) else {}
    topic, issue, verb = found.get("topic", ""), found.get("issue", 0), found.get("verb", "")
    is_number = isinstance(issue, int) and not isinstance(issue, bool) and 0 < issue < 2**63
    is_verb = isinstance(verb, str) and VERB.fullmatch(verb)
    if not (isinstance(topic, str) and topic in set(Topic) and is_number and is_verb):
        faults.append("reply is not a topic, the number of an issue and a verb")
        return None
    return Reply(topic=Topic(topic), issue=issue, verb=verb)
