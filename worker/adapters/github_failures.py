"""What a failed run on GitHub said: logs of the jobs of a workflow, or what another app wrote on a check run."""

import asyncio
from collections.abc import Mapping
from typing import Any

from worker.adapters.github_app import Credentials
from worker.adapters.github_forge_client import Authority, GithubApi, Gone, NotThere, names_of, reading
from worker.adapters.github_run_logs import failed_steps
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.domain.redaction import redacted
from worker.ports import Clock
from worker.repository_ports import FailureLog

MOST_CHARACTERS = 200_000
"""Of all that is returned: as much as a job's log may hold."""

MOST_JOBS = 5
"""Failed jobs of a run that are read; those of a matrix mostly fail for the same reason."""

TAIL_BYTES = 600_000
"""Of each log: more than is returned, since what is cut off must not hide where a secret begins."""

LATE_SECONDS = 5.0
"""The log of a job that has just ended may not lie there yet."""

_FAILED = frozenset({"failure", "timed_out"})
_RUN_JOBS = "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs{?filter,per_page}"
_JOB_LOG = "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs"
_CHECK = "/repos/{owner}/{repo}/check-runs/{check_run_id}"


class GithubFailures:
    """A `worker.repository_ports.Failures`."""

    def __init__(self, api: GithubApi, *, credentials: Credentials, clock: Clock) -> None:
        """Call by `api`, in the name of `credentials`."""
        self._api = api
        self._credentials = credentials
        self._clock = clock

    async def of_run(self, repository: Repository, run_id: int) -> FailureLog:
        """Read the jobs of the last attempt, and the logs of those that failed."""
        by = await self._credentials.authority(repository)
        names = {**names_of(repository), "run_id": str(run_id), "filter": "latest", "per_page": "100"}
        try:
            jobs = await self._api.items(_RUN_JOBS, names, by=by, key="jobs")
        except ForgeRefused as error:
            return FailureLog(source=f"run {run_id}", note=_why(error))
        with reading(f"jobs of run {run_id}"):
            failed = [(int(job["id"]), str(job["name"])) for job in jobs if job["conclusion"] in _FAILED]
        if not failed:
            return FailureLog(source=f"run {run_id}", note="GitHub names no job of it that failed")
        taken = failed[:MOST_JOBS]
        said: list[str] = []
        notes: list[str] = []
        for number, name in taken:
            try:
                raw = await self._log(repository, number, by)
            except ForgeRefused as error:
                notes.append(f"{name}: {_why(error)}")
                continue
            said.append(await asyncio.to_thread(failed_steps, raw, most=MOST_CHARACTERS // len(taken)))
        if len(failed) > len(taken):
            notes.append(f"{len(failed) - len(taken)} more jobs failed; the first {len(taken)} are read")
        source = f"run {run_id}, {', '.join(redacted(name)[:80] for _, name in taken)}"
        return FailureLog(source=source, text="\n\n".join(filter(None, said)), note="; ".join(notes))

    async def of_check(self, repository: Repository, check_run_id: int) -> FailureLog:
        """Read what stands on a check run: other apps' logs lie elsewhere. Our own says nothing that we don't know."""
        by = await self._credentials.authority(repository)
        names = {**names_of(repository), "check_run_id": str(check_run_id)}
        source = f"check run {check_run_id}"
        try:
            run = await self._api.get(_CHECK, names, by=by)
            with reading(source):
                is_ours = f"{(run['app'] or {}).get('slug')}[bot]" == await self._credentials.login()
                source = f"check {redacted(str(run['name']))[:80]}"
                parts = [str(run["output"][name] or "") for name in ("title", "summary", "text")]
            if is_ours:
                return FailureLog(source="", note="")
            notes = await self._api.items(
                f"{_CHECK}/annotations{{?per_page}}", {**names, "per_page": "100"}, by=by
            )
        except ForgeRefused as error:
            return FailureLog(source=source, note=_why(error))
        with reading(f"annotations of {source}"):
            parts += [_annotation(note) for note in notes]
        text = redacted("\n".join(part for part in parts if part))
        return FailureLog(source=source, text=text[:MOST_CHARACTERS])

    async def _log(self, repository: Repository, job_id: int, by: Authority) -> bytes:
        names = {**names_of(repository), "job_id": str(job_id)}
        try:
            return await self._api.tail(_JOB_LOG, names, by=by, most=TAIL_BYTES)
        except NotThere:
            await self._clock.sleep(LATE_SECONDS)
            return await self._api.tail(_JOB_LOG, names, by=by, most=TAIL_BYTES)


def _annotation(note: Mapping[str, Any]) -> str:
    return f"{note['path']}:{int(note['start_line'])}: {note['title'] or note['annotation_level']}\n{note['message']}"


def _why(error: ForgeRefused) -> str:
    """Say what to do about it, too."""
    if isinstance(error, Gone):
        return f"its log is gone: GitHub keeps logs for as long as the repository's settings say ({error})"
    if isinstance(error, NotThere):
        return f"GitHub shows no log: there is none, or `actions: read` is missing ({error})"
    return str(error)
