"""Pure: comments on pull requests. Only a maintainer's word starts work, on whatever code it names."""

from collections.abc import Mapping

from worker.domain.job import JobKind
from worker.ingress.commands import HELP, Command, NotUnderstood, Verb, command_in
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
    if (
        is_bot(payload, "sender")
        or is_bot(payload, "comment", "user")
        or at(payload, "comment", "performed_via_github_app")
    ):
        return Ignored(reason="comment of a bot")
    command = command_in(text_at(payload, "comment", "body"))
    if command is None:
        return Ignored(reason="comment that does not speak to the fleet")
    if text_at(payload, "comment", "author_association") not in MAINTAINERS:
        return Ignored(reason="command of somebody who is no owner, member or collaborator of the repository")
    return _answered(payload, command)


def _answered(payload: Mapping[str, object], command: Command | NotUnderstood) -> Decision:
    number = number_at(payload, "issue", "number")
    if number is None or number <= 0:
        raise Unusable("issue.number is not a number above 0")
    repository = text_at(payload, "repository", "full_name")
    if isinstance(command, NotUnderstood):
        return Said(text=command.reason, repository=repository, issue=number)
    if command.verb is Verb.HELP:
        return Said(text=HELP, repository=repository, issue=number)
    if not isinstance(at(payload, "issue", "pull_request"), Mapping):
        text = f"`/fleet {command.verb}` works on pull requests; this is an issue."
        return Said(text=text, repository=repository, issue=number)
    if text_at(payload, "issue", "state") != "open":
        return Ignored(reason="command on a closed pull request")
    # The payload names no commit and no head: who fetches it asks the forge, and of a fork takes only a commit that was named.
    origin = origin_of(
        payload,
        sha=command.sha,
        pull_request=number,
        comment_id=number_at(payload, "comment", "id"),
        asked_by=text_at(payload, "comment", "user", "login"),
    )
    return Requested(kind=KINDS[command.verb], origin=origin, priority=PRIORITY)
