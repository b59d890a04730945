"""/jobs: by the worker's own rules, once for each key, no faster than allowed; every fault as a problem."""

import json
from datetime import timedelta
from http import HTTPStatus

import pytest
from openapi_spec_validator import validate

from tests.fakes.ingress import NOW, World
from tests.worker.ingress import payloads as some
from worker.domain.fanout import MAXIMUM_CHILDREN
from worker.domain.job import JobKind, JobStatus
from worker.ingress.handler import description, respond
from worker.ingress.intake import SWEEP_AFTER
from worker.ingress.jobs_api import ACCEPTED_FIELDS
from worker.ingress_ports import JobView

CODE = {"type": "test", "language": "python", "code": "def f(x):\n    return x\n", "path": "f.py"}


@pytest.fixture
def world():
    return World()


def answered(world, event):
    answer = respond(world.ingress(), event)
    if answer["statusCode"] >= HTTPStatus.BAD_REQUEST:
        assert answer["headers"]["content-type"] == "application/problem+json"
    body = json.loads(answer["body"]) if answer["body"] else {}
    return answer["statusCode"], body, answer["headers"]


def call(method, path, caller=some.ARN):
    return some.event_of(method, path, caller=caller)


def view(job_id="j-1", status=JobStatus.RUNNING):
    return JobView(job_id=job_id, status=status, batch_id="adhoc", kind="test", language="python", attempts=1)


def test_a_submission_is_taken_by_the_workers_own_rules(world):
    status, said, headers = answered(world, some.submission({**CODE, "priority": 5}))
    assert (status, said["status"]) == (202, "queued")
    assert headers["location"] == f"/jobs/{said['job_id']}"
    (job,) = world.requests.sent
    assert (job.job_id, job.kind, job.code, job.priority) == (said["job_id"], JobKind.TEST, CODE["code"], 5)
    assert world.starter.woken == 1


def test_a_fix_says_how_many_children_it_may_have(world):
    tests = [{"path": "test_a.py", "text": "import a\n"}]
    answered(world, some.submission({**CODE, "type": "fix", "path": "a.py", "tests": tests, "children": 3}))
    (job,) = world.requests.sent
    assert (job.kind, job.children) == (JobKind.FIX, 3)


@pytest.mark.parametrize(("hours", "woken"), [(-1, 1), (2, 0)])
def test_a_job_for_later_wakes_nobody(world, hours, woken):
    moment = (NOW + timedelta(hours=hours)).isoformat()
    answered(world, some.submission({**CODE, "not_before": moment}))
    assert len(world.requests.sent) == 1
    assert world.starter.woken == woken


def test_two_submissions_without_a_key_are_two_jobs(world):
    ids = {answered(world, some.submission(CODE))[1]["job_id"] for _ in range(2)}
    assert len(ids) == len(world.requests.sent) == 2


def test_the_same_key_is_the_same_job_and_another_callers_key_is_another(world):
    first = answered(world, some.submission(CODE, idempotency_key="k-1"))
    again = answered(world, some.submission(CODE, idempotency_key="k-1"))
    other = answered(world, some.submission(CODE, caller=some.ARN + "2", idempotency_key="k-1"))
    assert (first[0], again[0], other[0]) == (202, 200, 202)
    assert first[1]["job_id"] == again[1]["job_id"] != other[1]["job_id"]
    assert len(world.requests.sent) == 2


def test_a_key_that_was_used_for_something_else_is_refused(world):
    answered(world, some.submission(CODE, idempotency_key="k-1"))
    status, said, _ = answered(world, some.submission({**CODE, "seed": 2}, idempotency_key="k-1"))
    assert status == 422
    assert "another submission" in said["detail"]


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        (b"{", 400, "no JSON"),
        (b"[]", 400, "object"),
        ({}, 422, "type"),
        ({**CODE, "code": ""}, 422, "code is empty"),
        ({**CODE, "type": "dance"}, 422, "not served"),
        ({**CODE, "priority": "high", "seed": 1.5}, 422, "seed"),
        ({**CODE, "job_id": "mine"}, 422, "job_id"),
        ({**CODE, "origin": {"repository": "a/b"}}, 422, "origin"),
        ({**CODE, "batch_id": "other"}, 422, "batch_id"),
        ({**CODE, "children": 9}, 422, "from 0 to 8"),
        ({**CODE, "\u2028x": 1}, 422, "u2028"),
    ],
)
def test_what_can_not_be_served_is_told_with_every_reason(world, fields, status, said):
    found, told, _ = answered(world, some.submission(fields))
    assert found == status
    assert said in told["detail"]
    assert not world.requests.sent


def test_nobody_without_a_signature_gets_further(world):
    for event in (some.submission(CODE, caller=""), call("GET", "/jobs/j-1", caller="")):
        assert answered(world, event)[0] == 403


def test_a_caller_who_is_too_quick_is_told_when_to_come_again(world):
    world.rates.allowed = 1
    assert answered(world, some.submission(CODE))[0] == 202
    status, _, headers = answered(world, some.submission(CODE))
    assert (status, headers["retry-after"]) == (429, "2")


def test_a_store_that_is_away_is_told_without_its_details(world):
    world.receipts.fault = "away: secret detail"
    status, said, headers = answered(world, some.submission(CODE))
    assert (status, headers["retry-after"]) == (503, "10")
    assert "secret detail" not in said["detail"]


@pytest.mark.parametrize("key", ["x" * 256, "a b", "é"])
def test_an_odd_key_is_refused(world, key):
    assert answered(world, some.submission(CODE, idempotency_key=key))[0] == 400


def test_status_and_result_are_told(world):
    world.book.jobs["j-1"] = view()
    status, said, _ = answered(world, call("GET", "/jobs/j-1"))
    assert (status, said["status"], said["attempts"]) == (200, "running", 1)
    assert "batch_id" not in said
    status, _, headers = answered(world, call("GET", "/jobs/j-1/result"))
    assert (status, headers["retry-after"]) == (404, "5")
    world.book.results["j-1"] = b'{"job_id": "j-1"}'
    assert answered(world, call("GET", "/jobs/j-1/result"))[:2] == (200, {"job_id": "j-1"})


def test_a_result_that_is_too_large_for_an_answer_is_fetched_elsewhere(world):
    world.book.jobs["j-1"] = view()
    world.book.results["j-1"] = b"x" * 4_000_001
    status, _, headers = answered(world, call("GET", "/jobs/j-1/result"))
    assert (status, headers["location"]) == (303, "https://store.example/j-1")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/jobs/j-1"), ("POST", "/jobs/j-1/cancel")])
def test_a_job_is_called_off_once(world, method, path):
    world.book.jobs["j-1"] = view(status=JobStatus.QUEUED)
    assert answered(world, call(method, path))[:2] == (202, {"job_id": "j-1", "outcome": "cancelled"})
    assert answered(world, call(method, path))[0] == 409
    world.book.jobs["j-1"] = view()
    assert answered(world, call(method, path))[1]["outcome"] == "asked its worker to stop"


@pytest.mark.parametrize(
    "path", ["/jobs/j-2", "/jobs/../x", "/jobs/%2e%2e", "/jobs/j-1/result/x", "/jobs/" + "x" * 81, "/jobs/é"]
)
def test_ids_and_ways_that_nobody_knows_are_not_found(world, path):
    world.book.jobs["j-1"] = view()
    assert answered(world, call("GET", path))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/jobs", "POST"), ("PUT", "/jobs/j-1", "DELETE, GET"), ("GET", "/jobs/j-1/cancel", "POST")],
)
def test_a_wrong_method_is_told_the_right_one(world, method, path, allow):
    world.book.jobs["j-1"] = view()
    status, _, headers = answered(world, call(method, path))
    assert (status, headers["allow"]) == (405, allow)


def test_a_sweep_finishes_a_submission_from_its_stored_request(world):
    answered(world, some.submission(CODE))
    (receipt,) = world.receipts.kept.values()
    world.receipts.kept[receipt.receipt_id] = type(receipt)(**{**vars(receipt), "is_closed": False})
    world.clock.moment = NOW + 2 * SWEEP_AFTER
    assert respond(world.ingress(), {"source": "aws.events"}) == {"finished": 1}
    assert [job.code for job in world.requests.sent] == [CODE["code"]] * 2


def test_the_description_is_sound_and_names_exactly_what_is_served(world):
    status, document, _ = answered(world, some.event_of("GET", "/openapi.json"))
    assert status == 200
    validate(document)
    served = {
        (path, method.upper())
        for path, item in document["paths"].items()
        for method in item
        if method in {"get", "post", "delete"}
    }
    assert served == {
        ("/jobs", "POST"),
        ("/jobs/{job_id}", "GET"),
        ("/jobs/{job_id}", "DELETE"),
        ("/jobs/{job_id}/result", "GET"),
        ("/jobs/{job_id}/cancel", "POST"),
        ("/webhooks/github", "POST"),
        ("/openapi.json", "GET"),
    }
    job = document["components"]["schemas"]["JobRequest"]
    assert set(job["properties"]) == ACCEPTED_FIELDS
    assert job["properties"]["children"]["maximum"] == MAXIMUM_CHILDREN
    assert set(job["properties"]["type"]["enum"]) == set(JobKind) - {JobKind.REPLY}
    assert set(document["components"]["schemas"]["Job"]["properties"]["status"]["enum"]) == set(JobStatus)
    assert description() == description()
