"""What everybody who tells of failures elsewhere does, on the fake and on GitHub as an App sees it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

import pytest

from tests.fakes.source_checkout import FakeFailures, FakeRun
from tests.github.fixtures import a_github
from tests.github.server import Refusal
from worker.adapters.github_failures import GithubFailures
from worker.domain.job import MAXIMUM_LOG_CHARACTERS
from worker.domain.publication import Repository
from worker.repository_ports import MOST_RUNS, FailureLog, Failures

SHOP = Repository(owner="acme", name="shop")
HEAD, OTHER = "c" * 40, "d" * 40
RUNS = "GET /repos/{owner}/{repo}/actions/runs"


class Ran(Protocol):
    def __call__(
        self,
        run: int,
        workflow: str,
        log: str = ...,
        *,
        commit: str = ...,
        ended: str = ...,
        event: str = ...,
    ) -> None:
        """A workflow runs on a commit; its one job, `test`, prints the log and ends so."""


@dataclass
class World:
    failures: Failures
    ran: Ran
    forbid: Callable[[], None]
    """Let nobody list runs."""


@pytest.fixture(params=["fake", "GitHub"])
async def world(request) -> AsyncIterator[World]:
    if request.param == "fake":
        yield a_fake()
        return
    async with a_github() as github:
        project = github.world.projects["acme/shop"]

        def ran(run, workflow, log="", *, commit=HEAD, ended="failure", event="push"):
            status = "completed" if ended else "in_progress"
            project.ran(run, run * 10, "test", log, ended or "failure")
            project.listed(run, commit, workflow, ended or None, event=event, status=status)

        def forbid():
            github.server.refuse(RUNS, Refusal(403, {"x-accepted-github-permissions": "actions=read"}))

        failures = GithubFailures(github.api, credentials=github.app, clock=github.clock)
        yield World(failures=failures, ran=ran, forbid=forbid)


def a_fake() -> World:
    fake = FakeFailures()

    def ran(run, workflow, log="", *, commit=HEAD, ended="failure", event="push"):
        fake.runs[run] = FailureLog(source=f"run {run}, test", text=log[-MAXIMUM_LOG_CHARACTERS:])
        fake.listed.append(
            FakeRun(number=run, commit=commit, workflow=workflow, conclusion=ended, event=event)
        )

    def forbid():
        fake.refusal = "it needs actions=read"

    return World(failures=fake, ran=ran, forbid=forbid)


async def sources(world: World) -> list[str]:
    return [log.source for log in await world.failures.of_commit(SHOP, HEAD)]


async def test_a_run_is_told_by_its_failed_jobs(world):
    world.ran(31, "CI", "assert False")
    assert await world.failures.of_run(SHOP, 31) == FailureLog(source="run 31, test", text="assert False")


async def test_a_run_or_a_check_that_nobody_knows_is_told_in_the_note(world):
    run, check = await world.failures.of_run(SHOP, 99), await world.failures.of_check(SHOP, 99)
    assert run.source == "run 99"
    assert run.note
    assert check.note
    assert (run.text, check.text) == ("", "")


async def test_a_commit_is_told_by_its_failed_runs_the_newest_first(world):
    world.ran(31, "CI", "assert False")
    world.ran(32, "Lint", "F841")
    assert await world.failures.of_commit(SHOP, HEAD) == [
        FailureLog(source="run 32 (Lint), test", text="F841"),
        FailureLog(source="run 31 (CI), test", text="assert False"),
    ]


async def test_a_commit_without_a_failed_run_says_nothing(world):
    assert await sources(world) == []
    world.ran(31, "CI", ended="success")
    world.ran(32, "CI", commit=OTHER)
    world.ran(33, "Lint", ended="")
    assert await sources(world) == []


async def test_of_each_workflow_the_newest_run_is_read(world):
    world.ran(31, "CI", "old")
    world.ran(32, "Lint", "F841")
    world.ran(33, "CI", "new")
    assert await sources(world) == ["run 33 (CI), test", "run 32 (Lint), test"]


async def test_a_failure_that_a_later_run_made_good_is_none(world):
    world.ran(31, "CI")
    world.ran(32, "CI", ended="success")
    assert await sources(world) == []


async def test_a_run_that_was_called_off_makes_no_failure_good_and_one_that_took_too_long_is_one(world):
    world.ran(31, "CI", ended="timed_out")
    world.ran(32, "CI", ended="cancelled")
    world.ran(33, "Lint", ended="cancelled")
    assert await sources(world) == ["run 31 (CI), test"]


async def test_a_run_for_another_event_makes_no_failure_good(world):
    world.ran(31, "CI", event="pull_request")
    world.ran(32, "CI", ended="success", event="push")
    assert await sources(world) == ["run 31 (CI), test"]


async def test_of_more_workflows_than_are_read_it_is_told_how_many_are_left(world):
    for run in range(MOST_RUNS + 2):
        world.ran(31 + run, f"workflow {run}", "fault")
    *read, left = await world.failures.of_commit(SHOP, HEAD)
    assert [log.source.partition(" (")[0] for log in read] == ["run 35", "run 34", "run 33"]
    assert left.source == f"failed runs of commit {HEAD[:12]}"
    assert left.note == f"2 more workflows failed; the newest {MOST_RUNS} are read"
    assert left.text == ""


async def test_several_runs_are_together_no_longer_than_one(world):
    for run in (31, 32, 33):
        world.ran(run, f"workflow {run}", "a line of it\n" * 20_000)
    found = await world.failures.of_commit(SHOP, HEAD)
    assert len(found) == 3
    assert all(log.text for log in found)
    assert sum(len(log.text) for log in found) <= MAXIMUM_LOG_CHARACTERS


async def test_who_may_not_list_runs_is_told_what_is_missing(world):
    world.ran(31, "CI", "assert False")
    world.forbid()
    (found,) = await world.failures.of_commit(SHOP, HEAD)
    assert (found.source, found.text) == (f"failed runs of commit {HEAD[:12]}", "")
    assert "actions=read" in found.note
