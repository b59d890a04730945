"""The dead-letter queue: look without taking, send back, delete.

SQS can't list a queue: a look receives every message, remembers it and gives it back at once. Two that look at the same time see
less; nothing is ever lost by it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs
from worker.domain.job_codec import job_id_in

REASON_ATTRIBUTE, LANE_ATTRIBUTE = "ddf_reason", "ddf_lane"
NO_REASON = "received too often without an end: its workers died or gave it back"
"""SQS moved it by itself, and says no more."""
HIDDEN_SECONDS = 60
"""How long a message is out of sight at most, should this process die while it looks."""
MESSAGES_A_RECEIVE = 10


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """One message there."""

    message_id: str
    """SQS's id: what the commands take."""
    job_id: str
    """The job, where the body names one; else the message id."""
    reason: str
    """Why it lies there."""
    lane: str
    """Where it came from; empty where SQS moved it."""
    sent_at: str
    """When it was first sent, ISO 8601, UTC."""
    body: str
    """The message."""
    receipt: str
    """Handle of this look."""


def dead_letters(access: AwsAccess, outputs: StackOutputs) -> tuple[DeadLetter, ...]:
    """Look at all of them, oldest first, and leave them where they are."""
    found = tuple(_received(access, outputs))
    _give_back(access, outputs, found)
    return tuple(sorted(found, key=lambda letter: letter.sent_at))


def redrive(access: AwsAccess, outputs: StackOutputs, message_ids: Sequence[str]) -> tuple[str, ...]:
    """Send these (all where none are named) back to the lane that they came from; return the ids sent.

    Each is sent before it is deleted: cut off between the two it lies in both places, and its job is done once.
    """
    sent = []
    found = tuple(_received(access, outputs))
    wanted = [letter for letter in found if not message_ids or letter.message_id in message_ids]
    _give_back(access, outputs, [letter for letter in found if letter not in wanted])
    urls = {"high": outputs.queue_url_high, "low": outputs.queue_url_low}
    sqs = access.client("sqs")
    for letter in wanted:
        sqs.send_message(QueueUrl=urls.get(letter.lane, outputs.queue_url), MessageBody=letter.body)
        sqs.delete_message(QueueUrl=outputs.dead_letter_queue_url, ReceiptHandle=letter.receipt)
        sent.append(letter.message_id)
    return tuple(sent)


def purge(access: AwsAccess, outputs: StackOutputs, message_ids: Sequence[str]) -> tuple[str, ...]:
    """Delete exactly these, and nothing that came meanwhile; return the ids deleted."""
    deleted = []
    found = tuple(_received(access, outputs))
    _give_back(access, outputs, [letter for letter in found if letter.message_id not in message_ids])
    for letter in found:
        if letter.message_id in message_ids:
            access.client("sqs").delete_message(
                QueueUrl=outputs.dead_letter_queue_url, ReceiptHandle=letter.receipt
            )
            deleted.append(letter.message_id)
    return tuple(deleted)


def _received(access: AwsAccess, outputs: StackOutputs) -> Iterator[DeadLetter]:
    """Receive until nothing new comes."""
    seen: set[str] = set()
    sqs = access.client("sqs")
    while True:
        answer = sqs.receive_message(
            QueueUrl=outputs.dead_letter_queue_url,
            MaxNumberOfMessages=MESSAGES_A_RECEIVE,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=1,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        fresh = [entry for entry in answer.get("Messages", []) if entry["MessageId"] not in seen]
        if not fresh:
            return
        for entry in fresh:
            seen.add(entry["MessageId"])
            yield _letter(entry)


def _letter(entry: dict[str, Any]) -> DeadLetter:
    attributes = entry.get("MessageAttributes", {})
    sent = int(entry.get("Attributes", {}).get("SentTimestamp", "0")) / 1000
    return DeadLetter(
        message_id=entry["MessageId"],
        job_id=job_id_in(entry["Body"], message_id=entry["MessageId"]),
        reason=attributes.get(REASON_ATTRIBUTE, {}).get("StringValue", NO_REASON),
        lane=attributes.get(LANE_ATTRIBUTE, {}).get("StringValue", ""),
        sent_at=datetime.fromtimestamp(sent, UTC).isoformat(timespec="seconds"),
        body=entry["Body"],
        receipt=entry["ReceiptHandle"],
    )


def _give_back(access: AwsAccess, outputs: StackOutputs, letters: Sequence[DeadLetter]) -> None:
    for start in range(0, len(letters), MESSAGES_A_RECEIVE):
        entries = [
            {"Id": str(at), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
            for at, letter in enumerate(letters[start : start + MESSAGES_A_RECEIVE])
        ]
        access.client("sqs").change_message_visibility_batch(
            QueueUrl=outputs.dead_letter_queue_url, Entries=entries
        )
