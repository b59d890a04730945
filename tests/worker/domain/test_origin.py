"""Where a job comes from, in its message: all of it survives the way, and nothing odd gets in."""

import json
from dataclasses import replace

import pytest

from worker.domain.errors import RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.job_codec import decode_job, encode_job
from worker.domain.origin import Origin, is_ref

ORIGIN = Origin(
    repository="octo-org/hello.world",
    clone_url="https://github.com/someone/hello.world.git",
    sha="a" * 40,
    base_sha="b" * 40,
    ref="feature/täst",
    base_ref="main",
    pull_request=7,
    installation=12,
    event="pull_request.opened",
    delivery="72d3162e-cc78-11e3-81ab-4c9367dc0958",
    run_id=3,
    check_run_id=4,
    comment_id=5,
    asked_by="dependabot[bot]",
    is_fork=True,
)
JOB = Job(job_id="gh-1", kind=JobKind.TEST, language="", code="", origin=ORIGIN)


def test_an_origin_survives_the_message_and_stands_for_the_code():
    found = decode_job(encode_job(JOB), message_id="m")
    assert found == JOB
    assert found.is_of_repository


def test_code_that_comes_with_its_origin_is_that_code():
    job = replace(JOB, code="x = 1", language="python")
    found = decode_job(encode_job(job), message_id="m")
    assert found == job
    assert not found.is_of_repository


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repository", "octo-org/.."),
        ("repository", "../etc/passwd"),
        ("repository", 7),
        ("clone_url", "https://user:pass@github.com/a/b.git"),
        ("clone_url", "ssh://github.com/a/b.git"),
        ("clone_url", "https://github.com/a/b.git --upload-pack=x"),
        ("clone_url", "file:///etc"),
        ("sha", "HEAD"),
        ("sha", "-" + "a" * 39),
        ("base_sha", "a" * 65),
        ("ref", "--upload-pack=x"),
        ("ref", "a..b"),
        ("ref", "x\u2028y"),
        ("ref", "\ud800"),
        ("ref", ["main"]),
        ("pull_request", 0),
        ("pull_request", True),
        ("run_id", "7"),
        ("installation", 2**63),
        ("event", "pull request"),
        ("asked_by", "a b"),
        ("delivery", "x\n"),
        ("is_fork", 1),
        ("surprise", "x"),
    ],
)
def test_what_could_steer_a_command_or_an_address_is_refused_by_name(name, value):
    fields = json.loads(encode_job(JOB))
    fields["origin"][name] = value
    with pytest.raises(RequestRejected, match=rf"origin\.{name}"):
        decode_job(json.dumps(fields), message_id="m")


def test_only_a_pull_request_stands_for_its_head():
    head = replace(JOB, origin=replace(ORIGIN, sha=""))
    assert decode_job(encode_job(head), message_id="m") == head
    with pytest.raises(RequestRejected, match=r"origin\.sha is missing"):
        decode_job(
            encode_job(replace(JOB, origin=replace(ORIGIN, sha="", pull_request=None))), message_id="m"
        )


@pytest.mark.parametrize("value", [7, "x", [], [1]])
def test_an_origin_that_is_no_object_is_refused(value):
    body = json.dumps({"type": "test", "language": "python", "code": "x = 1", "origin": value})
    with pytest.raises(RequestRejected, match="origin"):
        decode_job(body, message_id="m")


def test_without_code_and_without_origin_code_is_missed():
    with pytest.raises(RequestRejected, match="code is missing"):
        decode_job('{"type": "test", "language": "python", "origin": null}', message_id="m")


@pytest.mark.parametrize(
    "name", ["", "-x", "/x", "x/", "x.", "a//b", "a b", "a~1", "x.lock", "a@{1}", "x" * 256]
)
def test_names_that_git_refuses_are_no_branches(name):
    assert not is_ref(name)
