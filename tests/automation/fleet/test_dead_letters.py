"""The dead-letter queue: looked at, sent back, deleted."""

import pytest

from automation.fleet.dead_letters import NO_REASON, dead_letters, purge, redrive
from tests.automation.fleet.conftest import Stores
from tests.automation.fleet.test_jobs_and_results import bodies

pytestmark = pytest.mark.slow


def put(stores: Stores, body: str, *, reason: str = "", lane: str = "") -> None:
    attributes = {"ddf_reason": reason, "ddf_lane": lane}
    stores.access.client("sqs").send_message(
        QueueUrl=stores.outputs.dead_letter_queue_url,
        MessageBody=body,
        MessageAttributes={
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items() if text
        },
    )


def test_looking_takes_nothing_away_and_tells_the_reasons(stores: Stores) -> None:
    put(stores, "poison", reason="not a job: the body is not JSON", lane="high")
    put(stores, '{"type": "test", "job_id": "j-1"}')
    for _ in range(2):
        found = {letter.job_id: letter for letter in dead_letters(stores.access, stores.outputs)}
        assert found["j-1"].reason == NO_REASON
        (poison,) = (letter for letter in found.values() if letter.body == "poison")
        assert (poison.reason, poison.lane) == ("not a job: the body is not JSON", "high")


def test_more_than_one_request_brings_are_all_seen(stores: Stores) -> None:
    for number in range(23):
        put(stores, f"poison {number}")
    assert len(dead_letters(stores.access, stores.outputs)) == 23


def test_what_is_sent_back_goes_to_its_lane_and_the_rest_stays(stores: Stores) -> None:
    put(stores, "one", reason="r", lane="low")
    put(stores, "two", reason="r", lane="normal")
    first = next(letter for letter in dead_letters(stores.access, stores.outputs) if letter.body == "one")
    assert redrive(stores.access, stores.outputs, [first.message_id]) == (first.message_id,)
    assert bodies(stores, stores.outputs.queue_url_low) == ["one"]
    assert [letter.body for letter in dead_letters(stores.access, stores.outputs)] == ["two"]
    assert len(redrive(stores.access, stores.outputs, [])) == 1
    assert bodies(stores, stores.outputs.queue_url) == ["two"]


def test_only_what_was_shown_is_deleted(stores: Stores) -> None:
    put(stores, "old")
    shown = [letter.message_id for letter in dead_letters(stores.access, stores.outputs)]
    put(stores, "came meanwhile")
    assert purge(stores.access, stores.outputs, shown) == tuple(shown)
    assert [letter.body for letter in dead_letters(stores.access, stores.outputs)] == ["came meanwhile"]
