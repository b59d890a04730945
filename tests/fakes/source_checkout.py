"""Git in memory, read as a whole; and pull requests of other people."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.fakes.checkout import FakeCheckout
from worker.domain.errors import ForgeRefused
from worker.domain.publication import Repository
from worker.repository_ports import FailureLog, PullRequestHead, SourceCheckout


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


@dataclass
class FakeFailures:
    runs: dict[int, FailureLog] = field(default_factory=dict)
    checks: dict[int, FailureLog] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    async def of_run(self, repository: Repository, run_id: int) -> FailureLog:
        return self._found(self.runs, run_id)

    async def of_check(self, repository: Repository, check_run_id: int) -> FailureLog:
        return self._found(self.checks, check_run_id)

    def _found(self, held: Mapping[int, FailureLog], number: int) -> FailureLog:
        self.asked.append(number)
        return held.get(number, FailureLog(source=f"run {number}", note="there is no such run"))
