"""Git in memory, read as a whole; and pull requests of other people."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from tests.fakes.checkout import FakeCheckout
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.repository_ports import MOST_RUNS, FailureLog, PullRequestHead, SourceCheckout


@dataclass
class FakeSourceCheckout(FakeCheckout):
    reads: list[tuple[str, ...]] = field(default_factory=list)
    """The paths of each read."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[SourceCheckout]:
        yield self

    async def parent(self, repository: Repository, commit: str) -> str | None:
        self._require(commit)
        return self.commits[commit].parent or None

    async def paths(self, repository: Repository, commit: str) -> Sequence[str]:
        self._require(commit)
        return sorted(self.commits[commit].files)

    async def contents(
        self, repository: Repository, commit: str, paths: Sequence[str]
    ) -> Mapping[str, bytes]:
        self._require(commit)
        self.reads.append(tuple(paths))
        files = self.commits[commit].files
        return {path: files[path].encode() for path in paths if path in files}


@dataclass
class FakePulls:
    heads: dict[int, PullRequestHead] = field(default_factory=dict)

    async def head(self, repository: Repository, number: int) -> PullRequestHead:
        if number not in self.heads:
            raise ForgeRefused(f"there is no pull request {number}")
        return self.heads[number]


_FAILED = frozenset({"failure", "timed_out"})
MOST_CHARACTERS = 200_000
"""Of all that is returned at once."""


@dataclass(frozen=True, kw_only=True)
class FakeRun:
    """A workflow run as it is listed."""

    number: int
    commit: str
    workflow: str
    conclusion: str = "failure"
    """Empty while it is not over."""
    event: str = "push"


@dataclass
class FakeFailures:
    runs: dict[int, FailureLog] = field(default_factory=dict)
    checks: dict[int, FailureLog] = field(default_factory=dict)
    listed: list[FakeRun] = field(default_factory=list)
    """In the order in which they began."""
    refusal: str = ""
    """Why no runs are listed."""
    asked: list[int] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    """Whose runs were asked for."""

    async def of_run(self, repository: Repository, run_id: int) -> FailureLog:
        return self._found(self.runs, run_id)

    async def of_commit(self, repository: Repository, commit: str) -> Sequence[FailureLog]:
        self.commits.append(commit)
        place = f"failed runs of commit {commit[:12]}"
        if self.refusal:
            return [FailureLog(source=place, note=self.refusal)]
        judged = [
            run for run in self.listed if run.commit == commit and run.conclusion in _FAILED | {"success"}
        ]
        last = {(run.workflow, run.event): run for run in judged}
        failed = [run for run in judged if run in last.values() and run.conclusion in _FAILED]
        newest = list({run.workflow: run for run in failed}.values())
        newest.sort(key=self.listed.index, reverse=True)
        taken = newest[:MOST_RUNS]
        logs = [self._shared(run, len(taken)) for run in taken]
        if len(newest) > len(taken):
            note = f"{len(newest) - len(taken)} more workflows failed; the newest {MOST_RUNS} are read"
            logs.append(FailureLog(source=place, note=note))
        return logs

    def _shared(self, run: FakeRun, runs: int) -> FailureLog:
        log = self._found(self.runs, run.number)
        _, comma, jobs = log.source.partition(", ")
        source = f"run {run.number} ({run.workflow}){comma}{jobs}"
        return replace(log, source=source, text=log.text[-(MOST_CHARACTERS // runs) :])

    async def of_check(self, repository: Repository, check_run_id: int) -> FailureLog:
        return self._found(self.checks, check_run_id)

    def _found(self, held: Mapping[int, FailureLog], number: int) -> FailureLog:
        self.asked.append(number)
        return held.get(number, FailureLog(source=f"run {number}", note="there is no such run"))
