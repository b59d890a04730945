"""What every place for answers does, on the fake and on GitHub as an App sees it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest

from tests.fakes.forge import FakeReports
from tests.github.fixtures import a_github
from worker.adapters.github_forge_reports import GithubReports
from worker.domain.forge import Annotation, AnnotationLevel, CheckConclusion, CheckReport
from worker.domain.publication import Repository
from worker.publication_ports import Reports

SHOP = Repository(owner="acme", name="shop")
HEAD = "c" * 40
AT_WORK = CheckReport(name="fleet / tests", head_sha=HEAD, title="At work", summary="3 files")
DONE = replace(
    AT_WORK,
    title="2 tests kept",
    summary="**2** tests",
    conclusion=CheckConclusion.NEUTRAL,
    annotations=(
        Annotation(
            path="cart.py",
            start_line=3,
            end_line=4,
            level=AnnotationLevel.WARNING,
            message="no test runs this",
            title="Uncovered",
        ),
    ),
)


@dataclass
class World:
    reports: Reports
    check: Callable[[], tuple[str, str, str | None, int]]
    """Of the latest run: title, summary, conclusion, number of annotations."""
    comments: Callable[[], list[str]]


@pytest.fixture(params=["fake", "GitHub"])
async def world(request) -> AsyncIterator[World]:
    if request.param == "fake":
        fake = FakeReports()

        def latest() -> tuple[str, str, str | None, int]:
            report = list(fake.checks.values())[-1]
            conclusion = report.conclusion.value if report.conclusion else None
            return report.title, report.summary, conclusion, len(report.annotations)

        yield World(reports=fake, check=latest, comments=lambda: list(fake.comments.values()))
        return
    async with a_github() as github:
        project = github.world.projects["acme/shop"]

        def last() -> tuple[str, str, str | None, int]:
            run = project.runs[-1]
            output = run["output"]
            return output["title"], output["summary"], run["conclusion"], len(project.annotations[run["id"]])

        def comments() -> list[str]:
            return [each["body"].partition("\n")[2] for each in project.comments]

        yield World(reports=GithubReports(github.api, credentials=github.app), check=last, comments=comments)


async def test_a_check_that_is_at_work_becomes_the_one_that_is_done(world):
    first = await world.reports.report_check(SHOP, AT_WORK)
    assert world.check() == ("At work", "3 files", None, 0)
    assert await world.reports.report_check(SHOP, DONE) == first
    assert world.check() == ("2 tests kept", "**2** tests", "neutral", 1)


async def test_the_same_report_again_changes_nothing(world):
    first = await world.reports.report_check(SHOP, DONE)
    assert await world.reports.report_check(SHOP, DONE) == first
    assert world.check() == ("2 tests kept", "**2** tests", "neutral", 1)


async def test_any_number_of_annotations_is_reported_once_each(world):
    (one,) = DONE.annotations
    many = tuple(replace(one, start_line=line, end_line=line) for line in range(1, 121))
    await world.reports.report_check(SHOP, AT_WORK)
    await world.reports.report_check(SHOP, replace(DONE, annotations=many))
    assert world.check()[3] == 120


async def test_checks_of_other_names_and_commits_are_others(world):
    first = await world.reports.report_check(SHOP, DONE)
    assert await world.reports.report_check(SHOP, replace(DONE, name="fleet / fix")) != first
    assert await world.reports.report_check(SHOP, replace(DONE, head_sha="d" * 40)) != first


async def test_one_comment_a_marker_says_what_is_so_now(world):
    first = await world.reports.upsert_comment(SHOP, 5, marker="job:1", body="at work")
    assert await world.reports.upsert_comment(SHOP, 5, marker="job:1", body="done") == first
    assert world.comments() == ["done"]
    assert await world.reports.upsert_comment(SHOP, 5, marker="job:2", body="other") != first
    assert await world.reports.upsert_comment(SHOP, 6, marker="job:1", body="elsewhere") != first
    assert sorted(world.comments()) == ["done", "elsewhere", "other"]
