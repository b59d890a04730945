"""What failed runs said, asked of the mock GitHub: bounded, without secrets, and explained where it can't be had."""

import pytest

from tests.github.server import Refusal
from worker.adapters.github_failures import MOST_CHARACTERS, GithubFailures
from worker.adapters.github_run_reading import LATE_SECONDS, MOST_JOBS
from worker.domain.errors import ForgeUnavailable
from worker.domain.publication import Repository
from worker.repository_ports import FailureLog

SHOP = Repository(owner="acme", name="shop")
JOBS = "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs"
RUNS = "GET /repos/{owner}/{repo}/actions/runs"
HEAD = "c" * 40
LOG = "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs"
CHECK = "GET /repos/{owner}/{repo}/check-runs/{check_run_id}"
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture
def failures(github) -> GithubFailures:
    return GithubFailures(github.api, credentials=github.app, clock=github.clock)


@pytest.fixture
def shop(github):
    return github.world.projects["acme/shop"]


def printed(*lines: str) -> str:
    return "".join(f"2026-01-02T03:04:05.1234567Z {line}\n" for line in lines)


FAILED = printed(
    *("##[group]Run actions/checkout@v4", "##[endgroup]", "fetched"),
    *("##[group]Run pytest -q", "shell: /usr/bin/bash -e {0}", "##[endgroup]"),
    "\x1b[31mFAILED\x1b[0m test_cart.py::test_total - assert 3 == 4",
    *("##[error]Process completed with exit code 1.", "Post job cleanup."),
)


async def test_the_step_that_failed_is_read_as_a_person_reads_it(failures, shop):
    shop.ran(31, 1, "lint", "fine", "success")
    shop.ran(31, 2, "test (3.12)", FAILED)
    found = await failures.of_run(SHOP, 31)
    assert (found.source, found.note) == ("run 31, test (3.12)", "")
    assert found.text.splitlines() == [
        "Run pytest -q",
        "shell: /usr/bin/bash -e {0}",
        "FAILED test_cart.py::test_total - assert 3 == 4",
        "Process completed with exit code 1.",
    ]


async def test_secrets_in_a_log_are_taken_out_before_anything_is_kept(failures, shop):
    key = ["-----BEGIN RSA PRIVATE KEY-----", *["MIIEpAIBAAKCAQEA" * 4] * 9, "-----END RSA PRIVATE KEY-----"]
    log = printed(f"token={TOKEN}", *key, "x" * 80, *["assert False"] * 3)
    shop.ran(31, 1, f"test {TOKEN}", log)
    found = await failures.of_run(SHOP, 31)
    assert TOKEN not in f"{found}"
    assert "MIIEpAIBAAKCAQEA" not in found.text
    assert found.text.endswith("assert False\nassert False\nassert False")


async def test_of_a_huge_log_the_end_is_kept(failures, shop):
    shop.ran(31, 1, "test", b"".join(b"line %d \xc3\xa4\n" % number for number in range(100_000)))
    found = await failures.of_run(SHOP, 31)
    assert MOST_CHARACTERS * 0.9 < len(found.text) <= MOST_CHARACTERS
    assert found.text.startswith("line ")
    assert found.text.endswith("line 99999 ä")


async def test_of_many_failed_jobs_the_first_are_read_wherever_they_stand(failures, shop):
    for number in range(120):
        shop.ran(31, number, f"job {number}", None, "success")
    for number in range(120, 130):
        shop.ran(31, number, f"job {number}", printed(f"fault {number}"))
    found = await failures.of_run(SHOP, 31)
    assert found.text.split() == [
        "fault",
        "120",
        "fault",
        "121",
        "fault",
        "122",
        "fault",
        "123",
        "fault",
        "124",
    ]
    assert found.note == f"5 more jobs failed; the first {MOST_JOBS} are read"


async def test_a_log_that_was_kept_long_enough_is_told_as_gone_and_the_others_are_read(failures, shop):
    shop.ran(31, 1, "old", None)
    shop.ran(31, 2, "new", printed("assert False"))
    found = await failures.of_run(SHOP, 31)
    assert found.text == "assert False"
    assert found.note.startswith("old: its log is gone")


async def test_a_log_that_comes_late_is_asked_for_once_more(github, failures, shop):
    shop.ran(31, 1, "test", printed("assert False"))
    github.server.refuse(LOG, Refusal(404))
    assert (await failures.of_run(SHOP, 31)).text == "assert False"
    assert github.clock.slept == [LATE_SECONDS]
    github.server.refuse(LOG, Refusal(404), Refusal(404))
    found = await failures.of_run(SHOP, 31)
    assert (found.text, "actions: read" in found.note) == ("", True)


async def test_a_missing_right_is_told_with_its_name(github, failures, shop):
    shop.ran(31, 1, "test", printed("assert False"))
    refusal = Refusal(403, {"x-accepted-github-permissions": "actions=read"})
    github.server.refuse(LOG, refusal)
    assert "actions=read" in (await failures.of_run(SHOP, 31)).note
    github.server.refuse(JOBS, refusal)
    assert "actions=read" in (await failures.of_run(SHOP, 31)).note


@pytest.mark.parametrize("operation", [JOBS, LOG])
async def test_a_limit_is_waited_for_by_the_queue(github, failures, shop, operation):
    shop.ran(31, 1, "test", printed("assert False"))
    github.server.refuse(operation, Refusal(429, {"retry-after": "600"}, "{}"))
    with pytest.raises(ForgeUnavailable) as told:
        await failures.of_run(SHOP, 31)
    assert told.value.retry_after_seconds == 600


@pytest.mark.parametrize("operation", [JOBS, LOG])
async def test_a_github_that_stumbles_may_be_asked_again(github, failures, shop, operation):
    shop.ran(31, 1, "test", printed("assert False"))
    github.server.refuse(operation, *[Refusal(502, body="<html>")] * 3)
    with pytest.raises(ForgeUnavailable, match="502"):
        await failures.of_run(SHOP, 31)


async def test_a_run_that_is_not_there_or_in_which_nothing_failed_says_so(failures, shop):
    assert "no log" in (await failures.of_run(SHOP, 99)).note
    shop.ran(31, 1, "test", None, "cancelled")
    found = await failures.of_run(SHOP, 31)
    assert (found.text, found.note) == ("", "GitHub names no job of it that failed")


def fail(shop, run: int, workflow: str, log: str | None = "assert False\n", **more: object) -> None:
    """Let a workflow fail on the commit."""
    shop.ran(run, run * 10, "test", log)
    shop.listed(run, HEAD, workflow, **more)


async def test_a_commit_on_which_nothing_failed_costs_one_call(github, failures, shop):
    for run in range(150):
        shop.listed(run + 1, HEAD, "CI", "success")
    assert await failures.of_commit(SHOP, HEAD) == []
    assert github.server.calls[-1] == RUNS
    assert github.server.calls.count(RUNS) == 1


async def test_a_run_that_was_started_again_is_newer_than_one_that_began_in_between(failures, shop):
    fail(shop, 31, "CI", run_attempt=2, run_started_at="2026-01-02T09:00:00Z")
    fail(shop, 32, "Lint")
    found = await failures.of_commit(SHOP, HEAD)
    assert [log.source for log in found] == ["run 31 (CI), test", "run 32 (Lint), test"]


async def test_a_workflow_without_a_name_is_told_by_its_file_and_secrets_are_taken_out(failures, shop):
    fail(shop, 31, "CI", name=None, path=".github/workflows/ci.yml")
    fail(shop, 32, TOKEN, printed(f"token={TOKEN}", "assert False"))
    named, unnamed = await failures.of_commit(SHOP, HEAD)
    assert unnamed.source == "run 31 (.github/workflows/ci.yml), test"
    assert TOKEN not in f"{named}"
    assert named.text.endswith("assert False")


async def test_one_log_that_is_gone_hides_no_other(failures, shop):
    fail(shop, 31, "CI")
    fail(shop, 32, "Lint", None)
    gone, read = await failures.of_commit(SHOP, HEAD)
    assert gone.note.startswith("test: its log is gone")
    assert (read.source, read.text, read.note) == ("run 31 (CI), test", "assert False", "")


async def test_logs_of_several_runs_that_come_late_are_waited_for_once(github, failures, shop):
    for run, name in ((31, "CI"), (32, "Lint"), (33, "Docs")):
        fail(shop, run, name)
    github.server.refuse(LOG, *[Refusal(404)] * 4)
    found = await failures.of_commit(SHOP, HEAD)
    assert [bool(log.text) for log in found] == [False, False, False]
    assert github.clock.slept == [LATE_SECONDS]


@pytest.mark.parametrize(("status", "word"), [(403, "actions=read"), (404, "`actions: read` is missing")])
async def test_who_may_not_list_a_commits_runs_is_told_why(github, failures, shop, status, word):
    fail(shop, 31, "CI")
    github.server.refuse(RUNS, Refusal(status, {"x-accepted-github-permissions": "actions=read"}))
    (found,) = await failures.of_commit(SHOP, HEAD)
    assert (found.source, found.text) == ("failed runs of commit cccccccccccc", "")
    assert word in found.note


@pytest.mark.parametrize("operation", [RUNS, JOBS, LOG])
async def test_a_limit_or_an_outage_while_a_commits_runs_are_read_is_waited_for(
    github, failures, shop, operation
):
    fail(shop, 31, "CI")
    github.server.refuse(operation, Refusal(429, {"retry-after": "600"}, "{}"))
    with pytest.raises(ForgeUnavailable) as told:
        await failures.of_commit(SHOP, HEAD)
    assert told.value.retry_after_seconds == 600
    github.server.refuse(operation, *[Refusal(502, body="<html>")] * 3)
    with pytest.raises(ForgeUnavailable, match="502"):
        await failures.of_commit(SHOP, HEAD)


def checked(github, *, app: str, **output: object) -> int:
    """Let an app report a check run."""
    run = github.server.example(CHECK, 200)
    run["app"] = {**run["app"], "slug": app}
    run |= {"id": 41, "name": "some-linter", "output": {**run["output"], **output}}
    project = github.world.projects["acme/shop"]
    project.runs.append(run)
    note = {"path": "cart.py", "start_line": 3, "title": "unused", "message": f"`os` is unused {TOKEN}"}
    project.annotations[41] = [note, {**note, "title": None, "annotation_level": "failure"}]
    return 41


async def test_what_another_app_wrote_on_its_check_is_read_with_its_annotations(github, failures):
    number = checked(github, app="some-linter", title="2 faults", summary="see below", text=None)
    found = await failures.of_check(SHOP, number)
    assert found.source == "check some-linter"
    assert found.text.splitlines()[:3] == ["2 faults", "see below", "cart.py:3: unused"]
    assert "cart.py:3: failure" in found.text
    assert TOKEN not in found.text


async def test_our_own_check_says_nothing_new(github, failures):
    number = checked(github, app=github.world.app_slug, title="t", summary="s")
    assert await failures.of_check(SHOP, number) == FailureLog(source="")


async def test_a_check_that_is_not_there_says_so(failures):
    found = await failures.of_check(SHOP, 99)
    assert (found.source, found.text) == ("check run 99", "")
    assert "404" in found.note
