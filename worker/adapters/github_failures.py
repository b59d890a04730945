"""What a failed run on GitHub said: logs of the jobs of a workflow, or what another app wrote on a check run."""

from collections.abc import Mapping, Sequence
from typing import Any

from worker.adapters.github_app import Credentials
from worker.adapters.github_forge_client import GithubApi, names_of, reading
from worker.adapters.github_run_reading import RunReader, why_missing
from worker.adapters.github_runs import Run, failed_runs
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.domain.redaction import redacted
from worker.ports import Clock
from worker.repository_ports import MOST_RUNS, FailureLog

MOST_CHARACTERS = 200_000
"""Of all that is returned at once: as much as a job's log may hold."""

_CHECK = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
_RUNS = "/repos/{owner}/{repo}/actions/runs{?head_sha,status,exclude_pull_requests,per_page}"


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
        reader = RunReader(self._api, repository, by=by, clock=self._clock)
        return await reader.read(Run(number=run_id), most=MOST_CHARACTERS)

    async def of_commit(self, repository: Repository, commit: str) -> Sequence[FailureLog]:
        """List the commit's runs that are over, the newest hundred, and read those that failed as one run is read."""
        by = await self._credentials.authority(repository)
        names = {
            **names_of(repository),
            "head_sha": commit,
            "status": "completed",
            "exclude_pull_requests": "true",
            "per_page": "100",
        }
        place = f"failed runs of commit {commit[:12]}"
        try:
            answer = await self._api.get(_RUNS, names, by=by)
        except ForgeRefused as error:
            return [FailureLog(source=place, note=why_missing(error))]
        with reading(place):
            failed = failed_runs(answer["workflow_runs"], commit)
        taken = failed[:MOST_RUNS]
        reader = RunReader(self._api, repository, by=by, clock=self._clock)
        logs = [await reader.read(run, most=MOST_CHARACTERS // len(taken)) for run in taken]
        if len(failed) > len(taken):
            note = f"{len(failed) - len(taken)} more workflows failed; the newest {len(taken)} are read"
            logs.append(FailureLog(source=place, note=note))
        return logs

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
            return FailureLog(source=source, note=why_missing(error))
        with reading(f"annotations of {source}"):
            parts += [_annotation(note) for note in notes]
        text = redacted("\n".join(part for part in parts if part))
        return FailureLog(source=source, text=text[:MOST_CHARACTERS])


def _annotation(note: Mapping[str, Any]) -> str:
    return f"{note['path']}:{int(note['start_line'])}: {note['title'] or note['annotation_level']}\n{note['message']}"
