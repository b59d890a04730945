"""Jobs that are due later than SQS can delay a message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from worker.domain.job import Job, JobKind, Lane
from worker.domain.job_codec import decode_job, payload_key_in
from worker.domain.later import (
    KeptJob,
    decode_kept,
    delay_seconds,
    encode_kept,
    horizon,
    is_for_later,
    kept,
    later_key,
)
from worker.domain.parcels import parcels

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def job(seconds=None, **fields) -> Job:
    due = None if seconds is None else NOW + timedelta(seconds=seconds)
    return Job(job_id="j-1", kind=JobKind.TEST, language="python", code="x = 1\n", not_before=due, **fields)


def waiting(name="j-1", *, lane=Lane.NORMAL, body="{}", due_at=NOW) -> KeptJob:
    return KeptJob(job_id=name, due_at=due_at, lane=lane, body=body)


@pytest.mark.parametrize(
    ("seconds", "is_later"),
    [(None, False), (-5, False), (60, False), (900, False), (901, True), (31 * 86_400, True)],
)
def test_a_job_waits_in_the_ledger_where_sqs_cannot_delay_it(seconds, is_later):
    assert is_for_later(job(seconds), NOW) is is_later


def test_a_job_that_is_too_far_ahead_to_be_served_is_not_kept_for_years():
    assert not is_for_later(job(31 * 86_400 + 1), NOW)


@pytest.mark.parametrize(
    ("seconds", "delay"), [(None, 0), (-3600, 0), (0, 0), (0.2, 1), (59.5, 60), (900, 900), (5000, 900)]
)
def test_a_message_is_delayed_until_its_job_is_due_and_no_longer_than_sqs_takes(seconds, delay):
    assert delay_seconds(job(seconds).not_before, NOW) == delay


def test_a_kept_job_comes_back_whole_and_its_message_is_the_jobs():
    made = kept(job(3600, priority=7))
    assert decode_kept(encode_kept(made)) == made
    assert (made.job_id, made.due_at, made.lane) == ("j-1", NOW + timedelta(hours=1), Lane.HIGH)
    assert decode_job(made.body, message_id="m") == job(3600, priority=7)
    assert "expires_at" not in encode_kept(made)


def test_a_long_request_is_kept_as_a_pointer_to_where_it_lies():
    made = kept(replace(job(3600), code="x = 1\n" * 60_000))
    assert payload_key_in(made.body) == "payloads/j-1.json"
    assert len(made.body) < 1000


def test_a_job_without_a_time_waits_for_nothing():
    with pytest.raises(ValueError, match="no time"):
        kept(job())


def test_kept_jobs_lie_in_the_order_in_which_they_are_due_wherever_they_were_submitted():
    there = timezone(timedelta(hours=9))
    moments = [NOW, NOW + timedelta(milliseconds=5), (NOW + timedelta(seconds=1)).astimezone(there)]
    keys = [later_key("z" if number == 0 else "a", one)["sk"]["S"] for number, one in enumerate(moments)]
    assert keys == sorted(keys)
    assert later_key("j", NOW) == later_key("j", NOW.astimezone(there))


def test_a_request_holds_ten_messages_of_one_lane_and_no_more_than_sqs_takes():
    small = [waiting(f"n{number}") for number in range(12)]
    urgent = [waiting("h", lane=Lane.HIGH)]
    assert [[one.job_id for one in parcel] for parcel in parcels([*small, *urgent])] == [
        ["h"],
        [f"n{number}" for number in range(10)],
        ["n10", "n11"],
    ]
    large = [waiting(f"l{number}", body="x" * 300_000) for number in range(5)]
    assert [len(parcel) for parcel in parcels(large)] == [3, 2]
    assert list(parcels([])) == []


def test_what_is_due_within_two_minutes_is_sent_now():
    assert horizon(NOW) == NOW + timedelta(minutes=2)
