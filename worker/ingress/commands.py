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
from worker.domain.reply import Topic

LONGEST_COMMENT = 70_000
"""GitHub allows 65,536 characters."""
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

    topic: Topic
    """What is wrong with it."""
    verb: str
    """What was asked, made harmless."""


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
        return NotUnderstood(topic=Topic.UNKNOWN, verb=_harmless(verb))
    if len(words) > 2 or (len(words) == 2 and not COMMIT.fullmatch(words[1].lower())):
        return NotUnderstood(topic=Topic.ARGUMENT, verb=verb)
    return Command(verb=Verb(verb), sha=words[1].lower() if len(words) > 1 else "")


def _harmless(word: str) -> str:
    """Nothing that a comment could turn into a mention, a link or the end of the quote."""
    return re.sub(r"[^a-z0-9_-]", "?", word)[:40]
