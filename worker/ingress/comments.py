"""Pure: comments on pull requests. Only a maintainer's word starts work, on whatever code it names."""

from collections.abc import Mapping

from worker.domain.forge import is_own_comment
from worker.domain.job import JobKind
from worker.domain.reply import Reply, Topic
from worker.ingress.commands import Command, NotUnderstood, Verb, command_in
from worker.ingress.decisions import (
    MAINTAINERS,
    Decision,
    Ignored,
    Requested,
    Rules,
    Said,
    Unusable,
    is_bot,
    origin_of,
)
from worker.ingress.fields import at, number_at, text_at

PRIORITY = 5
"""Somebody waits."""
KINDS = {Verb.TEST: JobKind.TEST, Verb.FIX: JobKind.FIX}


def decide_comment(payload: Mapping[str, object], _rules: Rules) -> Decision:
    """Decide on issue_comment."""
    if text_at(payload, "action") != "created":
        return Ignored(reason="comment edited or deleted: only a new one asks for anything")
    if reason := _unheard(payload):
        return Ignored(reason=reason)
    command = command_in(text_at(payload, "comment", "body"))
    if command is None:
        return Ignored(reason="comment that does not speak to the fleet")
    number = number_at(payload, "issue", "number")
    if number is None or number <= 0:
        raise Unusable("issue.number is not a number above 0")
    if text_at(payload, "comment", "author_association") not in MAINTAINERS:
        return _strange(payload, number)
    if isinstance(command, NotUnderstood):
        return _said(payload, command.topic, number, command.verb)
    refusal = _refusal(payload, command)
    return (
        _asked(payload, command, number) if refusal is None else _said(payload, refusal, number, command.verb)
    )


def _unheard(payload: Mapping[str, object]) -> str:
    """Say why a comment is nobody's word, or nothing: to answer programs, and ourselves, is how loops begin."""
    if (
        is_bot(payload, "sender")
        or is_bot(payload, "comment", "user")
        or at(payload, "comment", "performed_via_github_app")
    ):
        return "comment of a bot"
    return "comment of the fleet itself" if is_own_comment(text_at(payload, "comment", "body")) else ""


def _strange(payload: Mapping[str, object], number: int) -> Decision:
    """Tell the author of an open pull request, once, who may ask; anybody else is not spoken to: to comment costs a stranger nothing."""
    author = text_at(payload, "issue", "user", "login")
    is_own = bool(author) and author == text_at(payload, "comment", "user", "login")
    is_open = _is_pull_request(payload) and text_at(payload, "issue", "state") == "open"
    if not (is_own and is_open):
        return Ignored(reason="command of somebody who is no owner, member or collaborator of the repository")
    return _said(payload, Topic.STRANGER, number)


def _refusal(payload: Mapping[str, object], command: Command) -> Topic | None:
    """Return why a command of a maintainer starts no work."""
    if command.verb is Verb.HELP:
        return Topic.HELP
    if not _is_pull_request(payload):
        return Topic.ISSUE
    return None if text_at(payload, "issue", "state") == "open" else Topic.CLOSED


def _is_pull_request(payload: Mapping[str, object]) -> bool:
    return isinstance(at(payload, "issue", "pull_request"), Mapping)


def _said(payload: Mapping[str, object], topic: Topic, number: int, verb: str = "") -> Said:
    return Said(
        reply=Reply(topic=topic, issue=number, verb=str(verb)),
        repository=text_at(payload, "repository", "full_name"),
    )


def _asked(payload: Mapping[str, object], command: Command, number: int) -> Decision:
    # The payload names no commit and no head: who fetches it asks the forge, and of a fork takes only a commit that was named.
    origin = origin_of(
        payload,
        sha=command.sha,
        pull_request=number,
        comment_id=number_at(payload, "comment", "id"),
        asked_by=text_at(payload, "comment", "user", "login"),
    )
    return Requested(kind=KINDS[command.verb], origin=origin, priority=PRIORITY)
