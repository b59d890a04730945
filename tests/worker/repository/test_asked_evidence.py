"""A fix that somebody asked for, and of which no run is told: the failed runs of the commit are looked for."""

from dataclasses import replace

import pytest

from tests.fakes.source_checkout import FakeRun
from tests.worker.repository.test_evidence import GREEN, LINTED, RAISED
from tests.worker.repository.test_pipeline import SHOP, Stand
from worker.domain.errors import ForgeUnavailable
from worker.domain.job import Job, JobKind
from worker.domain.repository_report import UnitEnd
from worker.repository_ports import FailureLog, PullRequestHead

TESTS, LINT = "run 31 (CI), test", "run 32 (Lint), lint"


@pytest.fixture
def stand() -> Stand:
    return Stand()


@pytest.fixture
def green(stand) -> Stand:
    """Nothing fails here; on GitHub two workflows do."""
    stand.commit = stand.checkout.commit(SHOP, "main", GREEN)
    fail(stand)
    return stand


def fail(stand: Stand, commit: str = "") -> None:
    said = {31: ("CI", "test", RAISED), 32: ("Lint", "lint", LINTED)}
    for number, (workflow, job, text) in said.items():
        stand.failures.runs[number] = FailureLog(source=f"run {number}, {job}", text=text)
        run = FakeRun(number=number, commit=commit or stand.commit, workflow=workflow)
        stand.failures.listed.append(run)


def asked(stand: Stand) -> Job:
    """What a comment asks for: it names no commit."""
    stand.pulls.heads[7] = PullRequestHead(
        commit=stand.commit, branch="main", base_commit="", base_branch="trunk", is_fork=False
    )
    return stand.job(sha="", ref="", pull_request=7)


def test_the_failed_runs_of_the_pull_requests_head_are_the_evidence(green):
    outcome = green.run(asked(green))
    assert (green.failures.commits, green.failures.asked) == ([green.commit], [32, 31])
    assert outcome.repository_report.log_source == f"{LINT}; {TESTS}"
    by_path = {unit.path: unit for unit in outcome.repository_report.units}
    assert (by_path["cart.py"].end, by_path["cart.py"].fault) == (UnitEnd.UNFIXED, "exception")
    assert (by_path["names.py"].end, by_path["names.py"].fault) == (UnitEnd.UNFIXED, "lint")
    assert by_path["fine.py"].end is UnitEnd.PASSING


def test_comment_and_check_run_show_which_runs_were_read(green):
    green.run(asked(green))
    check = green.reports.checks["acme/shop", green.commit, "fleet / fix"]
    for text in (check.summary, green.reports.comments["acme/shop", 7, "fix"]):
        assert "run 32 \\(Lint\\), lint; run 31 \\(CI\\), test said last:" in text
        assert f"{LINT}:\n{LINTED.strip()}" in text
        assert f"{TESTS}:\n{RAISED.strip()}" in text


def test_the_pull_request_of_the_fix_shows_which_runs_were_read(stand):
    fail(stand)
    stand.run(asked(stand))
    ((_, draft, _),) = stand.forge.pulls
    assert "run 32 \\(Lint\\), lint; run 31 \\(CI\\), test" in draft.body


def test_runs_of_other_commits_are_nobodys_evidence(stand):
    fail(stand, commit="d" * 40)
    outcome = stand.run(asked(stand))
    assert stand.failures.asked == []
    assert outcome.repository_report.log_source == ""
    assert stand.ends(outcome)["cart.py"] is UnitEnd.FIXED


def test_who_may_not_list_runs_mends_what_fails_here_and_says_so(stand):
    stand.failures.refusal = "it needs actions=read"
    outcome = stand.run(asked(stand))
    assert stand.ends(outcome)["cart.py"] is UnitEnd.FIXED
    told = f"Of failed runs of commit {stand.commit[:12]}: it needs actions=read."
    assert outcome.repository_report.log_note == told
    assert told in stand.reports.comments["acme/shop", 7, "fix"]


def test_a_forge_that_is_down_while_runs_are_looked_for_is_asked_again(stand):
    class Down:
        async def of_commit(self, *_: object) -> None:
            raise ForgeUnavailable("GitHub stumbled (502)")

    failures, job = stand.failures, asked(stand)
    stand.failures = Down()
    with pytest.raises(ForgeUnavailable):
        stand.run(job)
    stand.failures = failures
    assert stand.ends(stand.run(job))["cart.py"] is UnitEnd.FIXED


async def test_what_was_read_is_kept_with_the_work(green):
    job = asked(green)
    first = await green.running(job)
    assert await green.running(job) == replace(first, usage=type(first.usage)())
    assert green.failures.commits == [green.commit]


def test_our_own_check_stands_for_the_runs_of_its_commit(green):
    green.failures.checks[41] = FailureLog(source="")
    outcome = green.run(green.job(check_run_id=41))
    assert green.failures.asked == [41, 32, 31]
    assert outcome.repository_report.log_source == f"{LINT}; {TESTS}"


def test_another_apps_check_is_read_before_the_runs_of_its_commit(green):
    green.failures.checks[41] = FailureLog(source="check some-linter", text=LINTED)
    report = green.run(green.job(check_run_id=41)).repository_report
    assert report.log_source == f"check some-linter; {LINT}; {TESTS}"
    assert report.log_excerpt.startswith(f"check some-linter:\n{LINTED}")


def test_a_run_that_is_named_is_read_alone(green):
    outcome = green.run(green.job(run_id=31))
    assert (green.failures.commits, green.failures.asked) == ([], [31])
    assert outcome.repository_report.log_source == "run 31, test"


def test_who_asks_for_tests_is_shown_no_failures(green):
    green.run(green.job(JobKind.TEST))
    assert green.failures.commits == green.failures.asked == []
