"""What people are told where a command comes to no work: on the fake, and on GitHub as an App sees it."""

import asyncio
import json

import pytest

from tests.fakes.forge import FakeReports
from tests.github.fixtures import a_github
from worker.adapters.github_forge_reports import GithubReports
from worker.domain.attempt import EndReason
from worker.domain.errors import RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.reply import Reply, Topic
from worker.ingress.commands import command_in
from worker.repository.replying import ReplyPipeline


def job(topic: Topic = Topic.HELP, *, issue: int = 7, verb: str = "", repository: str = "acme/shop") -> Job:
    reply = Reply(topic=topic, issue=issue, verb=verb)
    return Job(
        job_id="gh-reply-1", kind=JobKind.REPLY, language="", code="", repository=repository, reply=reply
    )


def said(reports: FakeReports, *jobs: Job):
    pipeline = ReplyPipeline(reports)
    return [asyncio.run(pipeline.run(each, budget_seconds=1)) for each in jobs]


def test_an_answer_is_one_comment_that_says_what_was_asked_last():
    reports = FakeReports()
    outcomes = said(reports, job(), job(), job(Topic.UNKNOWN, verb="dance"))
    assert {outcome.end_reason for outcome in outcomes} == {EndReason.ANSWERED}
    ((place, text),) = reports.comments.items()
    assert place == ("acme/shop", 7, "reply")
    assert text.startswith("`dance` is no command")


def test_a_stranger_changes_nothing_of_what_maintainers_were_told():
    reports = FakeReports()
    said(reports, job(), job(Topic.STRANGER))
    assert "/fleet help" in reports.comments["acme/shop", 7, "reply"]
    assert "collaborator" in reports.comments["acme/shop", 7, "reply-stranger"]


@pytest.mark.parametrize("topic", Topic)
def test_on_github_an_answer_is_written_once_and_is_no_command(topic):
    async def run() -> list[str]:
        async with a_github() as github:
            pipeline = ReplyPipeline(GithubReports(github.api, credentials=github.app))
            for _ in range(2):
                await pipeline.run(job(topic, verb="fix"), budget_seconds=1)
            return [each["body"] for each in github.world.projects["acme/shop"].comments]

    (body,) = asyncio.run(run())
    assert command_in(body) is None


def test_an_answer_goes_through_the_queue_as_it_is():
    asked = job(Topic.ARGUMENT, verb="fix")
    assert decode_job(encode_job(asked), message_id="m") == asked


@pytest.mark.parametrize(
    "reply",
    [
        None,
        7,
        [],
        {},
        {"topic": "help"},
        {"topic": "help", "issue": 0},
        {"topic": "help", "issue": True},
        {"topic": "help", "issue": 2**63},
        {"topic": "speech", "issue": 7},
        {"topic": ["help"], "issue": 7},
        {"topic": "unknown", "issue": 7, "verb": "@everybody"},
        {"topic": "unknown", "issue": 7, "verb": "x" * 41},
        {"topic": "unknown", "issue": 7, "verb": 7},
    ],
)
def test_no_message_has_the_fleet_say_anything_else(reply):
    fields = {**json.loads(encode_job(job())), "reply": reply}
    with pytest.raises(RequestRejected, match="reply is not"):
        decode_job(json.dumps(fields), message_id="m")


def test_a_worker_without_a_forge_says_that_it_answers_nobody():
    with pytest.raises(RequestRejected, match="no forge"):
        asyncio.run(ReplyPipeline(None).run(job(), budget_seconds=1))


@pytest.mark.parametrize("repository", ["", "shop", "../..", "a/b/c"])
def test_a_place_that_is_none_is_refused(repository):
    with pytest.raises(RequestRejected, match="a repository"):
        said(FakeReports(), job(repository=repository))
