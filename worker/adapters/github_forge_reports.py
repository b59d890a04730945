"""Answers on GitHub: one check run a name and commit, one comment a marker."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from worker.adapters.github_app import Credentials
from worker.adapters.github_forge_client import Authority, GithubApi, names_of, reading
from worker.domain.errors import ForgeRefused
from worker.domain.forge import COMMENTS_BEGIN, Annotation, CheckReport
from worker.domain.publication import Repository
from worker.domain.redaction import redacted

ANNOTATIONS_A_CALL = 50
"""As many as GitHub takes at once."""

MAXIMUM_ANNOTATIONS = 500
"""Nobody reads more."""

MAXIMUM_TEXT = 65_000
"""Characters of a comment or summary; GitHub takes 65,535."""

LONGEST_TITLE = 250
LONGEST_MESSAGE = 4_000

_RUNS = "/repos/{owner}/{repo}/check-runs"
_MARKER = re.compile(r"[A-Za-z0-9:._/-]{1,200}")


class GithubReports:
    """Speaks to GitHub by these credentials; check runs need those of an App."""

    def __init__(self, api: GithubApi, *, credentials: Credentials) -> None:
        """Call by `api`, in the name of `credentials`."""
        self._api = api
        self._credentials = credentials

    async def report_check(self, repository: Repository, report: CheckReport) -> int:
        """Change the run that is at work, or make one. Annotations can only be added: a run that has some is left behind for a new one."""
        by = await self._credentials.authority(repository)
        mark = _digest(report)
        latest = await self._latest(repository, report, by)
        with reading("check runs"):
            if latest is not None and latest["external_id"] == mark:
                return int(latest["id"])
            run = int(latest["id"]) if latest is not None and _is_changeable(latest) else None
        portions = list(_portions(report.annotations[:MAXIMUM_ANNOTATIONS]))
        for portion in portions[:-1]:
            run = await self._sent(repository, run, _fields(report, portion, is_last=False), by)
        last = {**_fields(report, portions[-1], is_last=True), "external_id": mark}
        return await self._sent(repository, run, last, by)

    async def upsert_comment(self, repository: Repository, number: int, *, marker: str, body: str) -> int:
        """Change our comment that begins with the marker, or write one; what others write with our marker is theirs."""
        if not _MARKER.fullmatch(marker):
            raise ForgeRefused(f"{marker!r:.80} is no marker")
        by = await self._credentials.authority(repository)
        login = await self._credentials.login()
        hidden = f"{COMMENTS_BEGIN}{marker} -->"
        text = f"{hidden}\n{_bounded(body)}"
        names = {**names_of(repository), "issue_number": str(number), "per_page": "100"}
        comments = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
        found = await self._api.items(f"{comments}{{?per_page}}", names, by=by)
        with reading(f"comments on {number}"):
            ours = [(int(each["id"]), each["body"]) for each in found if _is_ours(each, login, hidden)]
        if not ours:
            made = await self._api.post(comments, names, {"body": text}, by=by)
            with reading("the comment"):
                return int(made["id"])
        known, said = ours[0]
        if said != text:
            path = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
            await self._api.patch(path, {**names, "comment_id": str(known)}, {"body": text}, by=by)
        return known

    async def _latest(self, repository: Repository, report: CheckReport, by: Authority) -> Any | None:
        login = await self._credentials.login()
        names = {
            **names_of(repository),
            "ref": report.head_sha,
            "check_name": report.name,
            "filter": "latest",
            "per_page": "100",
        }
        path = "/repos/{owner}/{repo}/commits/{ref}/check-runs{?check_name,filter,per_page}"
        answer = await self._api.get(path, names, by=by)
        with reading("check runs"):
            ours = [run for run in answer["check_runs"] if f"{(run['app'] or {}).get('slug')}[bot]" == login]
            return max(ours, key=lambda run: int(run["id"]), default=None)

    async def _sent(
        self, repository: Repository, run: int | None, fields: dict[str, Any], by: Authority
    ) -> int:
        if run is None:
            made = await self._api.post(_RUNS, names_of(repository), fields, by=by)
            with reading("the check run"):
                return int(made["id"])
        names = {**names_of(repository), "check_run_id": str(run)}
        changes = {key: value for key, value in fields.items() if key != "head_sha"}
        await self._api.patch(f"{_RUNS}/{{check_run_id}}", names, changes, by=by)
        return run


def _is_changeable(run: Any) -> bool:
    return bool(run["status"] != "completed" and run["output"]["annotations_count"] == 0)


def _is_ours(comment: Any, login: str, hidden: str) -> bool:
    return (comment["user"] or {}).get("login") == login and str(comment["body"]).startswith(hidden)


def _portions(annotations: Sequence[Annotation]) -> Iterator[Sequence[Annotation]]:
    """Cut into what GitHub takes at once; at least one, which may be empty."""
    for start in range(0, max(len(annotations), 1), ANNOTATIONS_A_CALL):
        yield annotations[start : start + ANNOTATIONS_A_CALL]


def _fields(report: CheckReport, annotations: Sequence[Annotation], *, is_last: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": report.name,
        "head_sha": report.head_sha,
        "status": "in_progress",
        "output": {
            "title": redacted(report.title)[:LONGEST_TITLE],
            "summary": _bounded(report.summary),
            "annotations": [_annotation(each) for each in annotations],
        },
    }
    if report.details_url:
        fields["details_url"] = report.details_url
    if report.conclusion is not None and is_last:
        fields |= {"status": "completed", "conclusion": report.conclusion.value}
    return fields


def _annotation(annotation: Annotation) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "path": annotation.path,
        "start_line": annotation.start_line,
        "end_line": max(annotation.end_line, annotation.start_line),
        "annotation_level": annotation.level.value,
        "message": redacted(annotation.message)[:LONGEST_MESSAGE] or "…",
    }
    if annotation.title:
        fields["title"] = redacted(annotation.title)[:LONGEST_TITLE]
    return fields


def _digest(report: CheckReport) -> str:
    return f"fleet-{hashlib.sha256(repr(report).encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _bounded(text: str) -> str:
    text = redacted(text)
    return text if len(text) <= MAXIMUM_TEXT else f"{text[:MAXIMUM_TEXT]}\n\n… cut here."
