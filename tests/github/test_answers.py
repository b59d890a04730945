"""Check runs and comments where others write too, and where the process dies between two calls."""

from dataclasses import replace

import pytest

from tests.github.fixtures import Github
from tests.github.server import Refusal
from worker.adapters.github_forge_reports import ANNOTATIONS_A_CALL, MAXIMUM_TEXT, GithubReports
from worker.domain.errors import ForgeRefused, ForgeUnavailable
from worker.domain.forge import Annotation, AnnotationLevel, CheckConclusion, CheckReport
from worker.domain.publication import Repository

SHOP = Repository(owner="acme", name="shop")
REPORT = CheckReport(
    name="fleet / tests", head_sha="c" * 40, title="t", summary="s", conclusion=CheckConclusion.SUCCESS
)
TOKEN = "ghp_" + "a1B2" * 9
CHANGE = "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}"


def notes(count: int) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(path="a.py", start_line=line, end_line=line, level=AnnotationLevel.NOTICE, message="m")
        for line in range(1, count + 1)
    )


@pytest.fixture
def reports(github) -> GithubReports:
    return GithubReports(github.api, credentials=github.app)


def say(github: Github, login: str, body: str) -> None:
    """Write a comment as somebody else."""
    example = github.server.example("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", 201)
    github.world.comment(github.world.projects["acme/shop"], 5, login, body, example)


async def test_a_comment_of_somebody_else_with_our_marker_is_theirs(github, reports):
    forged = "<!-- fleet:job:1 -->\nmine now"
    say(github, "mallory", forged)
    await reports.upsert_comment(SHOP, 5, marker="job:1", body="ours")
    await reports.upsert_comment(SHOP, 5, marker="job:1", body="ours again")
    assert [each["body"] for each in github.world.projects["acme/shop"].comments] == [
        forged,
        "<!-- fleet:job:1 -->\nours again",
    ]


async def test_our_comment_is_found_behind_hundreds_of_others(github, reports):
    for number in range(130):
        say(github, "somebody", f"comment {number}")
    first = await reports.upsert_comment(SHOP, 5, marker="job:1", body="ours")
    assert await reports.upsert_comment(SHOP, 5, marker="job:1", body="again") == first


@pytest.mark.parametrize("marker", ["", "a b", "-->", "x" * 300, "a\nb"])
async def test_a_marker_that_could_close_its_own_comment_is_refused(reports, marker):
    with pytest.raises(ForgeRefused):
        await reports.upsert_comment(SHOP, 5, marker=marker, body="b")


async def test_long_texts_are_cut_and_secrets_taken_out(github, reports):
    note = replace(notes(1)[0], message=f"m {TOKEN}", title=TOKEN)
    report = replace(REPORT, summary=f"{TOKEN} " + "x" * 100_000, title=f"t {TOKEN}", annotations=(note,))
    await reports.report_check(SHOP, report)
    await reports.upsert_comment(SHOP, 5, marker="job:1", body=f"{TOKEN} " + "x" * 100_000)
    project = github.world.projects["acme/shop"]
    assert TOKEN not in f"{project.runs} {project.comments} {project.annotations}"
    assert len(project.runs[0]["output"]["summary"]) < MAXIMUM_TEXT + 100
    assert len(project.comments[0]["body"]) < MAXIMUM_TEXT + 100


async def test_who_dies_between_two_portions_makes_a_whole_run_the_next_time(github, reports):
    report = replace(REPORT, annotations=notes(ANNOTATIONS_A_CALL * 2 + 3))
    github.server.refuse(CHANGE, Refusal(502, body="<html>"))
    with pytest.raises(ForgeUnavailable):
        await reports.report_check(SHOP, report)
    again = await reports.report_check(SHOP, report)
    project = github.world.projects["acme/shop"]
    half, whole = project.runs
    assert half["status"] == "in_progress"
    assert (whole["id"], whole["status"], whole["conclusion"]) == (again, "completed", "success")
    assert len(project.annotations[again]) == len(report.annotations)


async def test_a_finished_run_is_not_changed_but_followed_by_another(github, reports):
    first = await reports.report_check(SHOP, REPORT)
    second = await reports.report_check(SHOP, replace(REPORT, summary="other"))
    assert second != first
    assert [run["output"]["summary"] for run in github.world.projects["acme/shop"].runs] == ["s", "other"]


async def test_a_person_can_not_report_checks_and_is_told_what_it_needs(github):
    github.server.refuse(
        "POST /repos/{owner}/{repo}/check-runs",
        Refusal(
            403,
            {"x-accepted-github-permissions": "checks=write"},
            '{"message": "You must authenticate via a GitHub App."}',
        ),
    )
    reports = GithubReports(github.api, credentials=github.person)
    with pytest.raises(ForgeRefused, match=r"via a GitHub App.*checks=write"):
        await reports.report_check(SHOP, REPORT)
