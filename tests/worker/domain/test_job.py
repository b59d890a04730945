"""The message codec."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.job import Job, JobKind
from worker.domain.job_codec import decode_job, encode_job, encode_pointer, job_id_in, payload_key_in

SMALLEST = '{"type":"test","code":"function add(a,b){return a+b;}","language":"javascript"}'


def test_the_smallest_message_is_a_job_named_by_its_message_id() -> None:
    job = decode_job(SMALLEST, message_id="m-1")
    assert (job.job_id, job.kind, job.language, job.priority) == ("m-1", JobKind.TEST, "javascript", 1)
    assert job.result_key == "test-results/m-1.json"


@given(
    code=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1).filter(
        str.strip
    ),
    priority=st.integers(-5, 10),
    seed=st.integers(0, 1000),
    path=st.none() | st.just("src/a.py"),
    budget=st.none() | st.floats(0.5, 600),
)
def test_what_is_encoded_is_decoded_to_the_same_job(code, priority, seed, path, budget) -> None:
    job = Job(
        job_id="j-1",
        kind=JobKind.TEST,
        language="python",
        code=code,
        priority=priority,
        seed=seed,
        path=path,
        batch_id="b",
        budget_seconds=budget,
    )
    assert decode_job(encode_job(job), message_id="other") == job


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"test"', '{"code": "x"}', "[" * 100_000])
def test_a_body_that_is_no_job_at_all_is_rejected_as_a_message(body: str) -> None:
    with pytest.raises(MessageRejected):
        decode_job(body, message_id="m")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"type": "dance"}, "dance"),
        ({"type": 7}, "7"),
        ({"code": ""}, "empty"),
        ({"code": "  \n"}, "empty"),
        ({"code": "a\x00b"}, "binary"),
        ({"code": "\ud800"}, "surrogate"),
        ({"code": 3}, "code is not text"),
        ({"language": None}, "language is missing"),
        ({"job_id": "../../etc"}, "job_id"),
        ({"priority": "high"}, "priority"),
        ({"priority": True}, "priority"),
        ({"budget_seconds": -1}, "budget_seconds"),
        ({"budget_seconds": 1e9}, "budget_seconds"),
        ({"seed": 10**30}, "seed"),
    ],
)
def test_a_request_that_cannot_be_served_says_why(change: dict, word: str) -> None:
    with pytest.raises(RequestRejected, match=word):
        decode_job(json.dumps({**json.loads(SMALLEST), **change}), message_id="m")


def test_all_faults_of_a_request_are_told_together() -> None:
    with pytest.raises(RequestRejected) as told:
        decode_job('{"type": "dance", "code": "", "priority": "x"}', message_id="m")
    assert str(told.value).count(";") == 3


@pytest.mark.parametrize("body", ["{", '{"job_id": "../x"}', '{"job_id": 5}', "[1]"])
def test_a_job_id_that_cannot_be_used_falls_back_to_the_message_id(body: str) -> None:
    assert job_id_in(body, message_id="m-9") == "m-9"


def test_the_fields_of_a_scheduled_retry_of_a_part_survive_the_message() -> None:
    job = Job(
        job_id="j-2",
        kind=JobKind.TEST,
        language="python",
        code="def f(): pass",
        targets=("f", "C.m"),
        repository="acme/shop",
        not_before=datetime(2026, 11, 23, 6, tzinfo=UTC),
        retry_of="j-1",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    assert decode_job(encode_job(job), message_id="m") == job


def test_a_pointer_leads_to_its_own_jobs_request_and_to_no_other() -> None:
    job = Job(job_id="j-3", kind=JobKind.TEST, language="python", code="x = 1")
    assert payload_key_in(encode_pointer(job)) == "payloads/j-3.json"
    stolen = json.dumps({"type": "test", "job_id": "j-3", "payload_key": "payloads/other.json"})
    assert payload_key_in(stolen) is None
    assert payload_key_in(encode_job(job)) is None
