"""The door: what is let in, once, wherever somebody dies; and what is turned away, cheaply."""

import gzip
import json
import random
import tracemalloc

import pytest

from tests.fakes.ingress import NOW, SECRET, Died, Steps, World
from tests.worker.ingress import payloads as some
from worker.domain.errors import StoreUnavailable
from worker.domain.job import JobKind, Lane
from worker.domain.reply import Topic
from worker.ingress.bounded_json import MAXIMUM_BODY_BYTES, MAXIMUM_DEPTH
from worker.ingress.handler import respond
from worker.ingress.intake import SWEEP_AFTER
from worker.ingress.signature import is_signed, sign

OPENED = some.delivery_of("pull_request", some.pull_request())


@pytest.fixture
def world():
    return World()


def answered(world, event):
    answer = respond(world.ingress(), event)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_delivery_becomes_a_job_that_knows_where_it_comes_from(world):
    status, said = answered(world, OPENED)
    assert (status, said["outcome"]) == (202, "queued")
    (job,) = world.requests.sent
    assert (job.job_id, job.batch_id) == (said["job_id"], said["batch_id"])
    assert (job.kind, job.repository, job.origin.pull_request) == (JobKind.TEST, "octo-org/hello", 7)
    assert world.requests.labels == ["octo-org/hello#7 test (pull_request.opened)"]
    assert world.starter.woken == 1


def test_a_delivery_that_was_done_is_answered_and_not_done_again(world):
    answered(world, OPENED)
    status, said = answered(world, OPENED)
    assert (status, said["outcome"]) == (202, "already handled")
    assert len(world.requests.sent) == 1


def test_another_content_under_a_used_delivery_id_is_refused(world):
    answered(world, OPENED)
    status, said = answered(world, some.delivery_of("pull_request", some.pull_request("reopened")))
    assert status == 409
    assert "forgery" in said["detail"]
    assert len(world.requests.sent) == 1


def test_what_is_ignored_says_why(world):
    status, said = answered(world, some.delivery_of("pull_request", some.pull_request(draft=True)))
    assert (status, said["outcome"]) == (200, "ignored")
    assert "draft" in said["reason"]
    assert not world.receipts.kept


def test_help_is_said_by_a_worker_who_alone_may_write_comments(world):
    asked = some.delivery_of("issue_comment", some.comment("/fleet help"))
    status, said = answered(world, asked)
    assert (status, said["outcome"]) == (202, "queued")
    assert "`/fleet test [COMMIT]`" in said["says"]
    (job,) = world.requests.sent
    assert (job.kind, job.repository, job.origin) == (JobKind.REPLY, "octo-org/hello", None)
    assert (job.reply.topic, job.reply.issue) == (Topic.HELP, 7)
    assert Lane.of_priority(job.priority) is Lane.HIGH
    assert world.requests.labels == ["octo-org/hello#7 reply (issue_comment.created)"]
    assert answered(world, asked)[1]["outcome"] == "already handled"
    assert len(world.requests.sent) == 1


def test_however_often_a_stranger_asks_there_is_one_answer_to_say(world):
    for number in range(5):
        asked = some.comment(f"/fleet test {number}", by="NONE", author=some.USER)
        status, _ = answered(world, some.delivery_of("issue_comment", asked, delivery=f"delivery-{number}"))
        assert status == 202
    (job,) = world.requests.sent
    assert job.reply.topic is Topic.STRANGER
    assert Lane.of_priority(job.priority) is Lane.LOW
    elsewhere = some.comment("/fleet test", by="NONE", author=some.USER)
    elsewhere["issue"]["number"] = 8
    answered(world, some.delivery_of("issue_comment", elsewhere, delivery="delivery-8"))
    assert [each.reply.issue for each in world.requests.sent] == [7, 8]


def test_whoever_calls_jobs_can_have_the_fleet_say_nothing(world):
    for fields in ({"type": "reply", "language": "python", "code": "x = 1"}, {"type": "reply"}):
        said = {**fields, "repository": "octo-org/hello"}
        assert answered(world, some.submission(said))[0] == 422
        worse = {**said, "reply": {"topic": "help", "issue": 1, "verb": ""}}
        assert answered(world, some.submission(worse))[0] == 422
    assert not world.requests.sent


STEPS = 5
"""Request, receipt, job, message, end."""


@pytest.mark.parametrize("at", range(1, STEPS + 1))
@pytest.mark.parametrize("when", ["dies_before", "dies_after"])
@pytest.mark.parametrize("then", ["redelivered", "swept"])
def test_wherever_the_process_dies_the_job_is_in_the_queue_in_the_end(at, when, then):
    world = World(Steps(**{when: at}))
    with pytest.raises(Died):
        answered(world, OPENED)
    world.clock.moment = NOW + 2 * SWEEP_AFTER
    is_known = bool(world.receipts.kept)
    if then == "redelivered":
        status, _said = answered(world, OPENED)
        assert status == 202
    else:
        swept = respond(world.ingress(), {"source": "aws.events"})
        is_done = when == "dies_after" and at == STEPS
        assert swept["finished"] == int(is_known and not is_done)
    if then == "redelivered" or is_known:
        assert len({job.job_id for job in world.requests.sent}) == 1
        assert [one.is_closed for one in world.receipts.kept.values()] == [True]
        assert answered(world, OPENED)[1]["outcome"] == "already handled"
    else:  # nobody had said yes to it: GitHub shows it as failed
        assert not world.requests.sent


def test_a_sweep_leaves_alone_what_somebody_may_still_be_at_work_on():
    world = World(Steps(dies_after=2))
    with pytest.raises(Died):
        answered(world, OPENED)
    world.clock.moment = NOW + SWEEP_AFTER / 2
    assert respond(world.ingress(), {"source": "aws.events"}) == {"finished": 0}


def test_a_fleet_that_can_not_be_woken_holds_nothing_up(world):
    world.starter.fault = "throttled"
    assert answered(world, OPENED)[0] == 202
    assert len(world.requests.sent) == 1


def test_a_store_that_is_away_fails_the_delivery_for_the_alarm_to_hear_and_a_redelivery_is_taken(world):
    world.receipts.fault = "away"
    with pytest.raises(StoreUnavailable):
        respond(world.ingress(), OPENED)
    world.receipts.fault = ""
    assert answered(world, OPENED)[1]["outcome"] == "queued"


def test_either_of_two_secrets_signs_while_one_replaces_the_other(world):
    world.secrets.held = ("new", "old")
    for at, secret in enumerate(("new", "old")):
        event = some.delivery_of("ping", {"zen": "x"}, delivery=f"ping-0000{at}", secret=secret)
        assert answered(world, event)[0] == 200
    assert answered(world, some.delivery_of("ping", {}, secret="older"))[0] == 401


@pytest.mark.parametrize("held", [(), ("",)])
def test_without_a_secret_nobody_is_let_in(world, held):
    world.secrets.held = held
    assert answered(world, some.delivery_of("ping", {}, secret=""))[0] == 401


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha1=" + "0" * 40,
        sign(b"other", SECRET),
        sign(b"x", SECRET).upper(),
        sign(b"x", SECRET) + "," + sign(b"x", SECRET),
        "sha256=" + "é" * 64,
        sign(b"x", SECRET)[:-1],
    ],
)
def test_no_other_signature_is_ours(header):
    assert not is_signed(b"x", header, [SECRET])
    assert is_signed(b"x", sign(b"x", SECRET), [SECRET])


REFUSED = {
    "a wrong type": ({"content_type": "text/plain"}, 415),
    "a form": ({"content_type": "application/x-www-form-urlencoded"}, 415),
    "no type": ({"content_type": ""}, 415),
    "compressed": ({"content_encoding": "gzip"}, 415),
    "an event twice": ({"x_github_event": "push,ping"}, 400),
    "an odd event": ({"x_github_event": "../push"}, 400),
    "a delivery twice": ({"x_github_delivery": f"{some.DELIVERY},{some.DELIVERY}"}, 400),
    "no delivery": ({"x_github_delivery": ""}, 400),
    "an endless delivery": ({"x_github_delivery": "a" * 10_000}, 400),
    "a signature twice": ({"x_hub_signature_256": f"{sign(b'{}', SECRET)},{sign(b'{}', SECRET)}"}, 401),
    "a forged signature": ({"x_hub_signature_256": "sha256=" + "0" * 64}, 401),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_its_headers(world, name):
    headers, status = REFUSED[name]
    found, said = answered(world, some.delivery_of("ping", b"{}", **headers))
    assert (found, said["status"]) == (status, status)
    assert not world.receipts.kept


BODIES = {
    "a bomb": gzip.compress(b"0" * 50_000_000),
    "no JSON": b"{",
    "a list": b"[]",
    "a number that takes forever": b'{"a": ' + b"9" * 100_000 + b"}",
    "too deep": b'{"a":' * (MAXIMUM_DEPTH + 1) + b"1" + b"}" * (MAXIMUM_DEPTH + 1),
    "deep without end": b"[" * 1_000_000,
    "quotes without end": b'"\\' * 1_000_000,
    "no Unicode": b'{"a": "\xff"}',
    "nothing": b"",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_signed_and_still_no_delivery_is_refused(world, name):
    assert answered(world, some.delivery_of("push", BODIES[name]))[0] == 400


def test_brackets_in_texts_are_no_depth(world):
    payload = some.pull_request()
    payload["pull_request"]["body"] = '[{"\\' * 1000
    assert answered(world, some.delivery_of("pull_request", payload))[0] == 202


def test_a_body_that_is_too_long_is_refused_before_it_is_read(world):
    event = some.delivery_of("push", b" " * (MAXIMUM_BODY_BYTES + 1))
    assert answered(world, event)[0] == 413


def test_a_body_that_is_no_base64_though_it_says_so_is_refused(world):
    assert answered(world, {**OPENED, "body": "***"})[0] == 400


@pytest.mark.parametrize(
    "path", ["/", "/webhooks", "/webhooks/github/../jobs", "/webhooks/gitlab", "/health", ""]
)
def test_other_ways_lead_nowhere(world, path):
    assert answered(world, some.event_of("POST", path))[0] == 404


@pytest.mark.parametrize(
    "event", [{}, {"rawPath": 7, "headers": [], "requestContext": "x", "body": 9}, {"headers": {"a": None}}]
)
def test_what_is_no_call_at_all_is_answered_too(world, event):
    assert answered(world, event)[0] == 404


def test_ten_thousand_junk_requests_store_nothing_and_leave_nothing_behind(world):
    ingress, chance = world.ingress(), random.Random(7)
    paths = [
        "/webhooks/github",
        "/jobs",
        "/jobs/../../etc/passwd",
        "/jobs/%2e%2e",
        "/openapi.json",
        "/" + "x" * 5000,
    ]
    names = ["content-type", "x-github-event", "x-github-delivery", "x-hub-signature-256", "idempotency-key"]
    values = ["application/json", "push", some.DELIVERY, "sha256=" + "0" * 64, "\x00", "é", "a" * 3000, ""]

    def junk():
        headers = {chance.choice(names): chance.choice(values) for _ in range(chance.randrange(6))}
        body = chance.randbytes(chance.randrange(300))
        method = chance.choice(["GET", "POST", "PUT", "DELETE", "TRACE", ""])
        return some.event_of(method, chance.choice(paths), body=body, headers=headers, is_base64=True)

    statuses = {respond(ingress, junk())["statusCode"] for _ in range(10_000)}
    tracemalloc.start()  # it makes all of this five times slower
    before, _peak = tracemalloc.get_traced_memory()
    statuses |= {respond(ingress, junk())["statusCode"] for _ in range(500)}
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert statuses <= {200, 400, 401, 403, 404, 413, 415}
    assert not world.receipts.kept
    assert world.steps.taken == 0
    assert after - before < 200_000
    assert peak - before < 5_000_000
