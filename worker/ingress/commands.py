"""Pure: what a comment asks of the fleet.

| command            | what |
|--------------------|------|
| /fleet test [SHA]  | tests for what the pull request changes |
| /fleet fix [SHA]   | a proved patch for what fails on it |
| /fleet help        | this table |
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from worker.domain.origin import COMMIT

LONGEST_COMMENT = 70_000
"""GitHub allows 65,536 characters."""
HELP = """\
`/fleet test [COMMIT]` writes and proves tests for what this pull request changes.
`/fleet fix [COMMIT]` looks for a patch for what fails on it, and proves it.
`/fleet help` says this. Name the commit where the pull request comes from a fork: you vouch for that commit alone."""
_COMMAND = re.compile(r" {0,3}/fleet(?![\w/-])[ \t]*(.*)")
_FENCE = re.compile(r" {0,3}(```|~~~)")


class Verb(StrEnum):
    """What is asked."""

    TEST = "test"
    FIX = "fix"
    HELP = "help"


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command that is understood."""

    verb: Verb
    """What is asked."""
    sha: str = ""
    """The commit that it is about, where the comment names one."""


@dataclass(frozen=True, kw_only=True)
class NotUnderstood:
    """It speaks to the fleet, but says nothing that the fleet knows."""

    reason: str
    """What to say."""


def command_in(comment: str) -> Command | NotUnderstood | None:
    """Return the first command of a comment; None where nobody speaks to the fleet. Quotes and code blocks don't."""
    is_code = False
    for line in comment[:LONGEST_COMMENT].splitlines():
        if _FENCE.match(line):
            is_code = not is_code
        elif not is_code and (found := _COMMAND.fullmatch(line)):
            return _read(found[1].split())
    return None


def _read(words: list[str]) -> Command | NotUnderstood:
    verb = words[0].lower() if words else Verb.HELP.value
    if verb not in set(Verb):
        return NotUnderstood(reason=f"`{_harmless(verb)}` is no command of the fleet.\n\n{HELP}")
    if len(words) > 2 or (len(words) == 2 and not COMMIT.fullmatch(words[1].lower())):
        return NotUnderstood(reason=f"After `{verb}` only a commit may follow.\n\n{HELP}")
    return Command(verb=Verb(verb), sha=words[1].lower() if len(words) > 1 else "")


def _harmless(word: str) -> str:
    """Nothing that a comment could turn into a mention, a link or the end of the quote."""
    return re.sub(r"[^a-z0-9_-]", "?", word)[:40]
