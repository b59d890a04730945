"""Pure: (event, payload) -> what is asked for, or why nothing is. The table of what the fleet hears of.

| event          | asks for | unless |
|----------------|----------|--------|
| pull_request   | tests for what it changes, when opened, pushed to, reopened or ready | draft, fork, bot |
| push           | tests for what came, on the default branch | tag, deletion, bot, own branch |
| workflow_run   | a fix, when it failed | fork, bot, own branch |
| check_run      | a fix, when one of another app failed; again, when asked on our own | fork, Actions (its workflow_run comes, too) |
| check_suite    | tests again, when asked on our own | completed (its runs come one by one) |
| issue_comment  | what a maintainer writes: /fleet test, fix, help | anybody else, bots, edits |
| ping, installation, installation_repositories | nothing | |
"""

from collections.abc import Callable, Mapping

from worker.domain.job import JobKind
from worker.ingress.comments import decide_comment
from worker.ingress.decisions import (
    OWN_BRANCHES,
    Decision,
    Ignored,
    Requested,
    Rules,
    Unusable,
    is_bot,
    is_null_commit,
    is_of_fork,
    marked,
    origin_of,
)
from worker.ingress.failures import decide_check_run, decide_check_suite, decide_workflow_run
from worker.ingress.fields import at, is_true_at, number_at, text_at

PULL_REQUEST_PRIORITY = 3
PUSH_PRIORITY = 1
PULL_REQUEST_ACTIONS = frozenset({"opened", "synchronize", "reopened", "ready_for_review"})

Decider = Callable[[Mapping[str, object], Rules], Decision]


def decide(event: str, payload: Mapping[str, object], rules: Rules, *, delivery: str) -> Decision:
    """Decide on a delivery whose signature is right; never raises for what it holds."""
    decider = DECIDERS.get(event)
    if decider is None:
        known = event if event.isascii() and event.replace("_", "").isalnum() else "this"
        return Ignored(reason=f"{known[:60]} is no event that asks for anything here")
    if event not in WITHOUT_REPOSITORY:
        repository = text_at(payload, "repository", "full_name")
        if not rules.serves(repository):
            return Ignored(reason=f"the repository {repository[:140]!a} is not on the stack's list")
    try:
        decision = decider(payload, rules)
    except Unusable as fault:
        return Ignored(reason=f"the delivery can't be used: {fault}")
    action = text_at(payload, "action")
    return marked(decision, event=f"{event}.{action}" if action else event, delivery=delivery)


def _ping(_payload: Mapping[str, object], _rules: Rules) -> Decision:
    return Ignored(reason="ping: the webhook reaches the fleet, and its signature is right")


def _installation(payload: Mapping[str, object], _rules: Rules) -> Decision:
    action = text_at(payload, "action")[:40]
    return Ignored(reason=f"installation {action!a}: the stack's list says which repositories are served")


def _pull_request(payload: Mapping[str, object], _rules: Rules) -> Decision:
    action, pull = text_at(payload, "action"), at(payload, "pull_request")
    if action not in PULL_REQUEST_ACTIONS:
        return Ignored(reason=f"pull request {action[:40]!a}: nothing new to test")
    if reason := _unasked(payload, pull):
        return Ignored(reason=reason)
    origin = origin_of(
        payload,
        clone_url=text_at(pull, "head", "repo", "clone_url"),
        sha=text_at(pull, "head", "sha"),
        base_sha=text_at(pull, "base", "sha"),
        ref=text_at(pull, "head", "ref"),
        base_ref=text_at(pull, "base", "ref"),
        pull_request=number_at(pull, "number"),
    )
    return Requested(kind=JobKind.TEST, origin=origin, priority=PULL_REQUEST_PRIORITY)


def _unasked(payload: Mapping[str, object], pull: object) -> str:
    """Say why a pull request starts nothing by itself, or nothing."""
    if is_bot(payload, "sender") or is_bot(pull, "user"):
        return "pull request of a bot: a maintainer may ask by /fleet test"
    if is_of_fork(payload, "pull_request", "head", "repo"):
        return "pull request from a fork: a maintainer may ask by /fleet test COMMIT"
    if text_at(pull, "head", "ref").startswith(OWN_BRANCHES):
        return "pull request of the fleet itself"
    return "draft: it starts when it is ready, or by /fleet test" if is_true_at(pull, "draft") else ""


def _push(payload: Mapping[str, object], _rules: Rules) -> Decision:
    ref, after, before = (text_at(payload, name) for name in ("ref", "after", "before"))
    branch = ref.removeprefix("refs/heads/")
    if reason := _not_pushed(payload, branch=branch, is_branch=branch != ref):
        return Ignored(reason=reason)
    origin = origin_of(
        payload, sha=after, base_sha="" if is_null_commit(before) else before, ref=branch, base_ref=branch
    )
    return Requested(kind=JobKind.TEST, origin=origin, priority=PUSH_PRIORITY)


def _not_pushed(payload: Mapping[str, object], *, branch: str, is_branch: bool) -> str:
    """Say why a push starts nothing, or nothing."""
    if not is_branch:
        return "push of a tag"
    if is_true_at(payload, "deleted") or is_null_commit(text_at(payload, "after")):
        return "push that removes a branch"
    if branch.startswith(OWN_BRANCHES):
        return "push of the fleet itself"
    if is_bot(payload, "sender") or text_at(payload, "pusher", "name").endswith("[bot]"):
        return "push of a bot"
    if branch != text_at(payload, "repository", "default_branch"):
        return "push to a branch that is not the default one: its pull request comes by itself"
    return ""


WITHOUT_REPOSITORY = frozenset({"ping", "installation", "installation_repositories"})
DECIDERS: Mapping[str, Decider] = {
    "ping": _ping,
    "installation": _installation,
    "installation_repositories": _installation,
    "pull_request": _pull_request,
    "push": _push,
    "workflow_run": decide_workflow_run,
    "check_run": decide_check_run,
    "check_suite": decide_check_suite,
    "issue_comment": decide_comment,
}
