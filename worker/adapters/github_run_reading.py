"""Reads what the failed jobs of workflow runs on GitHub said, and says why where that can't be had."""

import asyncio

from worker.adapters.github_forge_client import Authority, GithubApi, Gone, NotThere, names_of, reading
from worker.adapters.github_run_logs import failed_steps
from worker.adapters.github_runs import FAILED, LONGEST_NAME, Run
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.domain.redaction import redacted
from worker.ports import Clock
from worker.repository_ports import FailureLog

MOST_JOBS = 5
"""Failed jobs of a run that are read; those of a matrix mostly fail for the same reason."""

TAIL_BYTES = 600_000
"""Of each log: more than is returned, since what is cut off must not hide where a secret begins."""

LATE_SECONDS = 5.0
"""The log of a job that has just ended may not lie there yet."""

_RUN_JOBS = "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs{?filter,per_page}"
_JOB_LOG = "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs"


class RunReader:
    """Reads runs of one repository, for one job: logs that are late are waited for once, not each by itself."""

    def __init__(self, api: GithubApi, repository: Repository, *, by: Authority, clock: Clock) -> None:
        """Call by `api`, in the name of `by`."""
        self._api = api
        self._repository = repository
        self._by = by
        self._clock = clock
        self._has_waited = False

    async def read(self, run: Run, *, most: int) -> FailureLog:
        """Read the jobs of its last attempt, and the logs of those that failed, `most` characters of them."""
        names = {
            **names_of(self._repository),
            "run_id": str(run.number),
            "filter": "latest",
            "per_page": "100",
        }
        try:
            jobs = await self._api.items(_RUN_JOBS, names, by=self._by, key="jobs")
        except ForgeRefused as error:
            return FailureLog(source=run.title, note=why_missing(error))
        with reading(f"jobs of run {run.number}"):
            failed = [(int(job["id"]), str(job["name"])) for job in jobs if job["conclusion"] in FAILED]
        if not failed:
            return FailureLog(source=run.title, note="GitHub names no job of it that failed")
        taken = failed[:MOST_JOBS]
        said: list[str] = []
        notes: list[str] = []
        for number, name in taken:
            try:
                raw = await self._log(number)
            except ForgeRefused as error:
                notes.append(f"{name}: {why_missing(error)}")
                continue
            said.append(await asyncio.to_thread(failed_steps, raw, most=most // len(taken)))
        if len(failed) > len(taken):
            notes.append(f"{len(failed) - len(taken)} more jobs failed; the first {len(taken)} are read")
        source = f"{run.title}, {', '.join(redacted(name)[:LONGEST_NAME] for _, name in taken)}"
        return FailureLog(source=source, text="\n\n".join(filter(None, said)), note="; ".join(notes))

    async def _log(self, job_id: int) -> bytes:
        names = {**names_of(self._repository), "job_id": str(job_id)}
        try:
            return await self._api.tail(_JOB_LOG, names, by=self._by, most=TAIL_BYTES)
        except NotThere:
            if self._has_waited:
                raise
            self._has_waited = True
            await self._clock.sleep(LATE_SECONDS)
            return await self._api.tail(_JOB_LOG, names, by=self._by, most=TAIL_BYTES)


def why_missing(error: ForgeRefused) -> str:
    """Say what to do about it, too."""
    if isinstance(error, Gone):
        return f"its log is gone: GitHub keeps logs for as long as the repository's settings say ({error})"
    if isinstance(error, NotThere):
        return f"GitHub shows no log: there is none, or `actions: read` is missing ({error})"
    return str(error)
