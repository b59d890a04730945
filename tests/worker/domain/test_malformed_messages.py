"""Whatever a message body holds: it is a job that every store can take, or refused with a reason, and nothing else."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.worker.domain.malformed import BODIES, ODD_VALUES
from worker.domain.errors import MessageRejected, RequestRejected
from worker.domain.job import JOB_ID, MAXIMUM_CODE_BYTES, MAXIMUM_LABEL, Job, JobKind
from worker.domain.job_codec import (
    decode_job,
    encode_job,
    encode_pointer,
    job_id_in,
    named,
    payload_key_in,
)

SOUND = {"type": "test", "code": "x = 1", "language": "python"}
LABELS = ("language", "path", "batch_id", "repository", "retry_of", "traceparent")


def reading_of(body: str) -> Job | str:
    """Decode; the reason where it is refused. Any other exception ends the test."""
    try:
        return decode_job(body, message_id="m-1")
    except (MessageRejected, RequestRejected) as refused:
        return str(refused)


@given(body=BODIES)
@example(body="9" * 10_000)
@example(body="[" * 100_000 + "]" * 100_000)
@example(body='{"type":' * 50_000)
@example(body="\ufeff" + json.dumps(SOUND))
@example(body=json.dumps({**SOUND, "x": "y" * 1_000_000}))
def test_a_body_is_a_job_or_is_refused_with_a_short_reason(body: str) -> None:
    found = reading_of(body)
    if isinstance(found, str):
        assert found
        assert len(found) < 2_000
        found.encode()
    else:
        assert_can_be_kept(found)


@given(body=BODIES)
def test_what_else_reads_a_body_reads_every_body(body: str) -> None:
    assert JOB_ID.fullmatch(job_id_in(body, message_id="m-1"))
    key = payload_key_in(body)
    assert key is None or key == f"payloads/{json.loads(body)['job_id']}.json"
    again = named(body, job_id="m-1")
    if again != body:
        again.encode()
        wanted = {**json.loads(body), "job_id": "m-1"}
        assert json.dumps(json.loads(again)) == json.dumps(wanted)  # as text: NaN equals nothing


@given(fields=st.fixed_dictionaries({}, optional=dict.fromkeys((*SOUND, *LABELS), ODD_VALUES)))
def test_a_job_that_was_read_is_read_the_same_from_its_own_message(fields: dict[str, object]) -> None:
    found = reading_of(json.dumps({**SOUND, **fields}))
    if isinstance(found, Job):
        assert reading_of(encode_job(found)) == found


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("\ud800", "lone surrogate"),
        ("a\nb", "control characters"),
        ("a\x1b[2J", "control characters"),
        ("a\u2028b", "control characters"),
        ("x" * (MAXIMUM_LABEL + 1), f"more than {MAXIMUM_LABEL}"),
        (["a"], "is not text"),
        (7, "is not text"),
    ],
)
def test_a_name_that_no_store_or_table_takes_is_refused(label: str, value: object, word: str) -> None:
    with pytest.raises(RequestRejected, match=f"{label} .*{word}"):
        decode_job(json.dumps({**SOUND, label: value}), message_id="m")


@pytest.mark.parametrize("target", ["\ud800", "f\n", "x" * (MAXIMUM_LABEL + 1), 7, None])
def test_a_target_that_is_no_name_is_refused(target: object) -> None:
    with pytest.raises(RequestRejected, match="targets"):
        decode_job(json.dumps({**SOUND, "targets": ["f", target]}), message_id="m")


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00", "soon", 7]
)
def test_a_time_that_is_none_is_refused(moment: object) -> None:
    with pytest.raises(RequestRejected, match="not_before"):
        decode_job(json.dumps({**SOUND, "not_before": moment}), message_id="m")


@pytest.mark.parametrize("key", ["payloads/other.json", "../../etc/passwd", "", None, 7, "\ud800"])
def test_a_pointer_that_leads_elsewhere_is_refused_and_not_followed(key: object) -> None:
    body = json.dumps({"type": "test", "job_id": "j-1", "language": "python", "payload_key": key})
    assert payload_key_in(body) is None
    with pytest.raises(RequestRejected, match="payload_key"):
        decode_job(body, message_id="m")


def test_a_pointer_without_a_type_is_no_job() -> None:
    body = json.dumps({"job_id": "j-1", "payload_key": "payloads/j-1.json"})
    assert payload_key_in(body) is None
    with pytest.raises(MessageRejected, match='no "type"'):
        decode_job(body, message_id="m")


def test_of_a_key_that_stands_twice_the_last_one_counts_for_every_reader() -> None:
    body = '{"type":"test","job_id":"a","job_id":"b","code":"x","code":"y","language":"python"}'
    assert decode_job(body, message_id="m").job_id == job_id_in(body, message_id="m") == "b"
    assert decode_job(body, message_id="m").code == "y"


def test_the_largest_code_is_taken_and_one_byte_more_is_not() -> None:
    assert isinstance(reading_of(json.dumps({**SOUND, "code": "é" * (MAXIMUM_CODE_BYTES // 2)})), Job)
    told = reading_of(json.dumps({**SOUND, "code": "é" * (MAXIMUM_CODE_BYTES // 2) + "x"}))
    assert told == f"code has {MAXIMUM_CODE_BYTES + 1} bytes, more than {MAXIMUM_CODE_BYTES}"


def test_a_pointer_tells_what_its_job_is_so_that_a_lost_request_still_counts_in_its_batch() -> None:
    job = Job(job_id="j", kind=JobKind.TEST, language="python", code="x", path="a.py", batch_id="b")
    told = json.loads(encode_pointer(job))
    assert (told["language"], told["path"], told["batch_id"]) == ("python", "a.py", "b")


def test_a_message_is_named_without_making_it_unsendable() -> None:
    body = json.dumps({**SOUND, "note": "\ud800"})
    assert json.loads(named(body, job_id="m")) == {**json.loads(body), "job_id": "m"}
    named(body, job_id="m").encode()


def assert_can_be_kept(job: Job) -> None:
    """Every store takes it: valid Unicode, short names, a moment that can be told."""
    assert JOB_ID.fullmatch(job.job_id)
    assert job.kind is JobKind.TEST
    assert 0 < len(job.code.encode()) <= MAXIMUM_CODE_BYTES
    for label in LABELS:
        text = getattr(job, label) or ""
        assert len(text) <= MAXIMUM_LABEL
        text.encode()
    assert job.budget_seconds is None or job.budget_seconds > 0
    assert job.not_before is None or job.not_before.astimezone(UTC) > datetime.min.replace(tzinfo=UTC)
    encode_job(job).encode()
