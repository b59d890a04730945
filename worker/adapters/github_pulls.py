"""What a pull request on GitHub holds now."""

from worker.adapters.github_app import Credentials
from worker.adapters.github_forge_client import GithubApi, names_of, reading
from worker.domain.publication import Repository
from worker.repository_ports import PullRequestHead


class GithubPulls:
    """A `worker.repository_ports.Pulls`."""

    def __init__(self, api: GithubApi, *, credentials: Credentials) -> None:
        """Call by `api`, in the name of `credentials`."""
        self._api = api
        self._credentials = credentials

    async def head(self, repository: Repository, number: int) -> PullRequestHead:
        """Read it; a head whose repository is gone counts as a fork's."""
        by = await self._credentials.authority(repository)
        names = {**names_of(repository), "pull_number": str(number)}
        answer = await self._api.get("/repos/{owner}/{repo}/pulls/{pull_number}", names, by=by)
        with reading(f"pull request {number}"):
            head, base = answer["head"], answer["base"]
            there = (head.get("repo") or {}).get("full_name", "")
            return PullRequestHead(
                commit=str(head["sha"]),
                branch=str(head["ref"]),
                base_commit=str(base["sha"]),
                base_branch=str(base["ref"]),
                is_fork=str(there).lower() != str(base["repo"]["full_name"]).lower(),
            )
