"""Pure: what failed on a commit, and what people ask of our own checks."""

from collections.abc import Mapping

from worker.domain.job import JobKind
from worker.ingress.decisions import (
    OWN_BRANCHES,
    Decision,
    Ignored,
    Requested,
    Rules,
    is_bot,
    is_of_fork,
    origin_of,
)
from worker.ingress.fields import at, first_at, number_at, text_at

FIX_PRIORITY = 3
ASKED_PRIORITY = 5
FAILED = frozenset({"failure", "timed_out"})
ACTIONS_APP = "github-actions"


def decide_workflow_run(payload: Mapping[str, object], _rules: Rules) -> Decision:
    """Decide on workflow_run: one that failed asks for a fix."""
    run = at(payload, "workflow_run")
    conclusion, branch = text_at(run, "conclusion"), text_at(run, "head_branch")
    if text_at(payload, "action") != "completed" or conclusion not in FAILED:
        return Ignored(reason=f"workflow run {conclusion[:40]!a}: nothing failed")
    if is_of_fork(payload, "workflow_run", "head_repository"):
        return Ignored(reason="workflow run of a fork: a maintainer may ask by /fleet fix COMMIT")
    if reason := _own(branch):
        return Ignored(reason=reason)
    if is_bot(run, "triggering_actor") or is_bot(run, "actor"):
        return Ignored(reason="workflow run of a bot: a maintainer may ask by /fleet fix")
    origin = origin_of(
        payload,
        sha=text_at(run, "head_sha"),
        ref=branch,
        run_id=number_at(run, "id"),
        **_pull_request_of(run),
    )
    return Requested(kind=JobKind.FIX, origin=origin, priority=FIX_PRIORITY)


def decide_check_run(payload: Mapping[str, object], rules: Rules) -> Decision:
    """Decide on check_run: one of another app that failed asks for a fix; on ours people ask again, or for a fix."""
    run, action = at(payload, "check_run"), text_at(payload, "action")
    suite = at(run, "check_suite")
    slug = text_at(run, "app", "slug") or text_at(suite, "app", "slug")
    branch = text_at(suite, "head_branch")
    is_ours = bool(rules.app_slug) and slug == rules.app_slug
    if is_ours:
        kind = _asked(payload, action)
    elif slug == ACTIONS_APP:
        return Ignored(reason="check run of Actions: its workflow run is heard")
    else:
        kind = JobKind.FIX if action == "completed" and text_at(run, "conclusion") in FAILED else None
    if kind is None:
        return Ignored(reason=f"check run {action[:40]!a}: nothing failed, nobody asked")
    if reason := _elsewhere(run, branch):
        return Ignored(reason=reason)
    origin = origin_of(
        payload,
        sha=text_at(run, "head_sha"),
        ref=branch,
        check_run_id=number_at(run, "id"),
        **_pull_request_of(run),
    )
    return Requested(kind=kind, origin=origin, priority=ASKED_PRIORITY if is_ours else FIX_PRIORITY)


def decide_check_suite(payload: Mapping[str, object], rules: Rules) -> Decision:
    """Decide on check_suite: ours, asked for again, asks for tests."""
    suite, action = at(payload, "check_suite"), text_at(payload, "action")
    is_ours = bool(rules.app_slug) and text_at(suite, "app", "slug") == rules.app_slug
    if action != "rerequested" or not is_ours:
        return Ignored(reason=f"check suite {action[:40]!a}: its runs, pushes and pull requests are heard")
    branch = text_at(suite, "head_branch")
    if reason := _elsewhere(suite, branch):
        return Ignored(reason=reason)
    origin = origin_of(payload, sha=text_at(suite, "head_sha"), ref=branch, **_pull_request_of(suite))
    return Requested(kind=JobKind.TEST, origin=origin, priority=ASKED_PRIORITY)


def _asked(payload: Mapping[str, object], action: str) -> JobKind | None:
    if is_bot(payload, "sender"):
        return None
    if action == "rerequested":
        return JobKind.TEST
    is_fix = action == "requested_action" and text_at(payload, "requested_action", "identifier") == "fix"
    return JobKind.FIX if is_fix else None


def _own(branch: str) -> str:
    return "on a branch of the fleet itself" if branch.startswith(OWN_BRANCHES) else ""


def _elsewhere(run: object, branch: str) -> str:
    """GitHub names neither a branch nor pull requests for what lies in a fork."""
    pull = first_at(run, "pull_requests")
    is_fork = at(pull, "head", "repo", "id") != at(pull, "base", "repo", "id")
    if not branch or (pull is not None and is_fork):
        return "check of a fork: a maintainer may ask by /fleet test or /fleet fix COMMIT"
    return _own(branch)


def _pull_request_of(run: object) -> dict[str, object]:
    pull = first_at(run, "pull_requests")
    return {
        "pull_request": number_at(pull, "number"),
        "base_ref": text_at(pull, "base", "ref"),
        "base_sha": text_at(pull, "base", "sha"),
    }
