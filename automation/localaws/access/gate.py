"""In front of all services: whoever comes with the credentials of a role may do what the role's policies grant, and nothing else.

Keys without a session token are the deployer's, who may do all. moto's IAM and STS hold roles, policies and sessions.
"""

import io
import json
import logging
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from moto.dynamodb.models import dynamodb_backends
from moto.iam.access_control import AssumedRoleAccessKey, CreateAccessKeyFailure
from moto.s3.models import s3_backends

from automation.localaws.access.asked import Request, asked_for
from automation.localaws.access.policy import Asked, Verdict, judge
from automation.localaws.access.refusal import Refusal, refuse
from automation.localaws.account import ACCOUNT_ID

SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
TOKEN = "HTTP_X_AMZ_SECURITY_TOKEN"  # noqa: S105 - the name of a header
PREFIXES = {"monitoring": "cloudwatch"}
"""Services whose actions have another prefix than their requests are signed for."""
ALWAYS = frozenset({"sts:GetCallerIdentity"})
"""Granted to everybody, even against a denial."""

log = logging.getLogger(__name__)


class IamGate:
    """WSGI: judges and hands on."""

    def __init__(self, behind: WSGIApplication) -> None:
        """Stand before an application."""
        self._behind = behind

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        token = environ.get(TOKEN)
        scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not token or scope is None:
            return self._behind(environ, start_response)
        key_id, region, service = scope.groups()
        try:
            session = AssumedRoleAccessKey(ACCOUNT_ID, "aws", key_id, {"X-Amz-Security-Token": token})
        except CreateAccessKeyFailure:
            return refuse(environ, start_response, Refusal.unknown_token(service))
        request = _read(environ, service=PREFIXES.get(service, service), region=region)
        refusal = _refusal(session, request)
        return refuse(environ, start_response, refusal) if refusal else self._behind(environ, start_response)


def _refusal(session: AssumedRoleAccessKey, request: Request) -> Refusal | None:
    documents = [_document(policy) for policy in session.collect_policies()]
    for asked in _wanted(request):
        verdict = Verdict.ALLOWED if asked.action in ALWAYS else judge(documents, asked)
        if verdict is not Verdict.ALLOWED:
            role = session.arn.split("/")[1]
            log.warning("%s may not %s on %s: %s", role, asked.action, asked.resource, verdict.value)
            return Refusal.not_allowed(request.service, session.arn, asked, verdict)
    return None


def _wanted(request: Request) -> list[Asked]:
    """Return what a request asks for; whoever looks for an object that is not there must be allowed to list."""
    wanted = asked_for(request, hash_key=lambda table: _hash_key(request.region, table))
    if request.service == "s3" and wanted[0].action == "s3:GetObject" and not _is_there(wanted[0].resource):
        bucket = wanted[0].resource.partition("/")[0]
        return [*wanted, Asked(action="s3:ListBucket", resource=bucket)]
    return wanted


def _is_there(object_arn: str) -> bool:
    bucket, _, key = object_arn.removeprefix("arn:aws:s3:::").partition("/")
    held = s3_backends[ACCOUNT_ID]["aws"].buckets.get(bucket)
    return held is None or key in held.keys


def _hash_key(region: str, table: str) -> str:
    held = dynamodb_backends[ACCOUNT_ID][region].tables.get(table)
    return str(held.hash_key_attr) if held else ""


def _document(policy: Any) -> Mapping[str, Any]:
    """An attached policy is an object with versions, an inline one is its text."""
    text = policy if isinstance(policy, str) else next(it.document for it in policy.versions if it.is_default)
    return _parsed(text)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = json.loads(text)
    return document


def _read(environ: WSGIEnvironment, *, service: str, region: str) -> Request:
    """Read the body where it says what is asked for, and leave it for who stands behind."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    return Request(
        service=service,
        region=region,
        account=ACCOUNT_ID,
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        target=target,
        parameters={} if service == "s3" else _parameters(_body(environ), is_json=bool(target)),
    )


def _body(environ: WSGIEnvironment) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body: bytes = environ["wsgi.input"].read(length)
    if len(body) == length:  # one that was cut off is for whoever stands behind to refuse
        environ["wsgi.input"] = io.BytesIO(body)
    return body


def _parameters(body: bytes, *, is_json: bool) -> Mapping[str, Any]:
    """A body that can't be read asks for nothing, which nobody is granted."""
    try:
        parameters = json.loads(body or b"{}") if is_json else dict(parse_qsl(body.decode()))
    except ValueError:
        return {}
    return parameters if isinstance(parameters, dict) else {}
