"""Deliveries and calls, as GitHub and the gateway send them, cut down to what is read."""

import base64
import json

from tests.fakes.ingress import SECRET
from worker.ingress.signature import sign

SHA, BASE = "a" * 40, "b" * 40
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
USER = {"login": "octocat", "type": "User"}
BOT = {"login": "dependabot[bot]", "type": "Bot"}
ARN = "arn:aws:iam::123456789012:user/ann"


def repository(name="octo-org/hello"):
    return {
        "full_name": name,
        "clone_url": f"https://github.com/{name}.git",
        "default_branch": "main",
        "id": hash(name) % 1000,
    }


def common(**more):
    return {"repository": repository(), "sender": USER, "installation": {"id": 9}, **more}


def pull_request(
    action="opened", *, head="octo-org/hello", draft=False, ref="feature", user=USER, sender=USER
):
    pull = {
        "number": 7,
        "draft": draft,
        "user": user,
        "head": {"ref": ref, "sha": SHA, "repo": repository(head) if head else None},
        "base": {"ref": "main", "sha": BASE, "repo": repository()},
    }
    return common(action=action, pull_request=pull, sender=sender)


def push(ref="refs/heads/main", *, before=BASE, after=SHA, deleted=False, sender=USER):
    return common(
        ref=ref, before=before, after=after, deleted=deleted, pusher={"name": "octocat"}, sender=sender
    )


def workflow_run(conclusion="failure", *, branch="feature", head="octo-org/hello", actor=USER):
    run = {
        "id": 31,
        "conclusion": conclusion,
        "head_branch": branch,
        "head_sha": SHA,
        "head_repository": repository(head),
        "actor": actor,
        "triggering_actor": actor,
        "pull_requests": [{"number": 7, "head": {"sha": SHA}, "base": {"ref": "main", "sha": BASE}}],
    }
    return common(action="completed", workflow_run=run)


def check_run(
    action="completed", *, conclusion="failure", app="some-linter", branch="feature", forked=False, **more
):
    pull = {
        "number": 7,
        "head": {"sha": SHA, "repo": {"id": 2 if forked else 1}},
        "base": {"ref": "main", "sha": BASE, "repo": {"id": 1}},
    }
    run = {
        "id": 41,
        "conclusion": conclusion,
        "head_sha": SHA,
        "app": {"slug": app},
        "check_suite": {"head_branch": branch},
        "pull_requests": [pull],
    }
    return common(action=action, check_run=run, **more)


def check_suite(action="rerequested", *, app="our-fleet", branch="feature"):
    suite = {"head_branch": branch, "head_sha": SHA, "app": {"slug": app}, "pull_requests": []}
    return common(action=action, check_suite=suite)


def comment(
    body,
    *,
    by="MEMBER",
    user=USER,
    author=None,
    action="created",
    on_pull_request=True,
    state="open",
    app=None,
):
    issue = {"number": 7, "state": state, "user": author}
    if on_pull_request:
        issue["pull_request"] = {"url": "https://api.github.com/x"}
    said = {"id": 51, "body": body, "author_association": by, "user": user, "performed_via_github_app": app}
    return common(action=action, issue=issue, comment=said)


def event_of(method, path, *, body=b"", headers=None, caller="", is_base64=False):
    text = base64.b64encode(body).decode() if is_base64 else body.decode("utf-8", "surrogateescape")
    context = {"http": {"method": method, "path": path}}
    if caller:
        context["authorizer"] = {"iam": {"userArn": caller}}
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": headers or {},
        "body": text,
        "isBase64Encoded": is_base64,
        "requestContext": context,
    }


def delivery_of(event, payload, *, delivery=DELIVERY, secret=SECRET, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    told = {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": sign(body, secret),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return event_of("POST", "/webhooks/github", body=body, headers=told, is_base64=True)


def submission(fields, *, caller=ARN, **headers):
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    told = {
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return event_of("POST", "/jobs", body=body, headers=told, caller=caller)
