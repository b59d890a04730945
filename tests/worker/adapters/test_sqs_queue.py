"""What the queue adapter makes of answers that name failed entries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from worker.adapters.sqs_queue import SqsQueue
from worker.domain.errors import StoreUnavailable
from worker.domain.exchange import Message
from worker.domain.job import Lane


@dataclass
class ScriptedClient:
    """Fails the receipts that the script names, call by call."""

    failures: list[dict[str, bool]]
    calls: list[list[str]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)

    async def delete_message_batch(self, **fields: Any) -> dict[str, Any]:
        entries: Sequence[dict[str, Any]] = fields["Entries"]
        assert [entry["Id"] for entry in entries] == [str(at) for at in range(len(entries))]
        self.calls.append([entry["ReceiptHandle"] for entry in entries])
        failing = self.failures[min(len(self.calls), len(self.failures)) - 1]
        failed = [
            {"Id": entry["Id"], "SenderFault": failing[entry["ReceiptHandle"]], "Code": "x"}
            for entry in entries
            if entry["ReceiptHandle"] in failing
        ]
        return {"Failed": failed}

    async def send_message(self, **fields: Any) -> dict[str, Any]:
        self.sent.append(fields)
        return {}


def queue(client: ScriptedClient) -> SqsQueue:
    return SqsQueue(
        client=client,
        url="u",
        dead_letter_url="d",
        lane=Lane.HIGH,
        visibility_timeout_seconds=30,
        retry_seconds=0,
    )


async def test_entries_that_may_work_later_are_tried_again_alone():
    client = ScriptedClient(failures=[{"b": False, "c": True}, {}])
    assert await queue(client).acknowledge(["a", "b", "c"]) == ["c"]
    assert client.calls == [["a", "b", "c"], ["b"]]


async def test_entries_that_never_work_mean_the_store_is_unavailable():
    client = ScriptedClient(failures=[{"a": False}])
    with pytest.raises(StoreUnavailable, match="1 entries failed 3 times"):
        await queue(client).acknowledge(["a", "b"])


async def test_calls_are_split_in_tens_and_a_receipt_stands_in_them_once():
    client = ScriptedClient(failures=[{}])
    await queue(client).acknowledge([*map(str, range(23)), "0"])
    assert [len(call) for call in client.calls] == [10, 10, 3]


async def test_a_dead_letter_tells_reason_and_lane_and_is_deleted_after_the_copy():
    client = ScriptedClient(failures=[{}])
    message = Message(message_id="m", receipt="r", body="{", receives=1, lane=Lane.HIGH)
    await queue(client).dead_letter(message, reason="not JSON\x00")
    (sent,) = client.sent
    assert sent["QueueUrl"] == "d"
    assert {name: value["StringValue"] for name, value in sent["MessageAttributes"].items()} == {
        "ddf_reason": "not JSON?",
        "ddf_lane": "high",
    }
    assert client.calls == [["r"]]
